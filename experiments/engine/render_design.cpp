// SPDX-License-Identifier: Apache-2.0
// What `run --dry-run` says about an experiment.
#include "migralab/core/units.hpp"
#include "migralab/experiment/design.hpp"
#include "migralab/statistics/summary.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

namespace migralab {

namespace {

using Lines = std::back_insert_iterator<std::string>;

std::string counted(std::size_t count, const std::string& noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

/// Rounded down, for what is "or more": "45 s", "12 min", "3 h 20 min".
std::string rough(Nanoseconds span) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(span).count();
  const auto minutes = seconds / 60;
  if (minutes < 10) {
    return fmt::format("{} s", seconds);
  }
  return minutes < 120 ? fmt::format("{} min", minutes) : fmt::format("{} h {} min", minutes / 60, minutes % 60);
}

/// Blocks that are run whatever is measured.
unsigned certain_blocks(const Experiment& experiment) {
  unsigned repetitions = experiment.repetitions;
  if (!experiment.stop.metric.empty()) { // no interval, no end
    const auto needed = static_cast<unsigned>(values_needed(0.5));
    const unsigned legs = experiment.legs();
    repetitions = std::min(experiment.stop.at_most, std::max(repetitions, (needed + legs - 1) / legs));
  }
  return experiment.warm_up + repetitions;
}

void render_cells(Lines out, const std::vector<Cell>& cells) {
  std::vector<std::size_t> widths;
  for (const Level& level : cells.front().levels) {
    widths.push_back(level.factor.size());
  }
  for (const Cell& cell : cells) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], cell.levels[i].value.size());
    }
  }
  const auto row = [&](const std::string& number, const Cell& cell, auto member) {
    fmt::format_to(out, "  {:>4}", number);
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const std::string& value = cell.levels[i].*member;
      i + 1 == widths.size() ? fmt::format_to(out, "  {}", value) : fmt::format_to(out, "  {:{}}", value, widths[i]);
    }
    fmt::format_to(out, "\n");
  };
  row("cell", cells.front(), &Level::factor);
  for (const Cell& cell : cells) {
    row(std::to_string(cell.number), cell, &Level::value);
  }
}

/// "web h1 -> h2, db h2 -> h1".
std::string moves_of(const Cell& cell, unsigned leg) {
  if (const auto& balance = cell.experiment.balance) {
    return fmt::format("{} balances for {}", balance->wish.policy, human(balance->lasts));
  }
  std::string moves;
  for (const GuestRoute& route : cell.experiment.routes) {
    const std::string& start = guest_of(cell.topology, route.guest).host;
    moves += moves.empty() ? "" : ", ";
    moves += cell.experiment.moves
                 ? fmt::format(
                       "{} {} -> {}", route.guest, leg == 1 ? start : route.hosts.at(leg - 2), route.hosts.at(leg - 1))
                 : fmt::format("{} stays on {}", route.guest, start);
  }
  return moves;
}

Nanoseconds least_time(const Experiment& experiment) {
  const Nanoseconds balanced = experiment.balance ? experiment.balance->lasts : Nanoseconds{};
  return experiment.settle + experiment.before + balanced + experiment.after;
}

} // namespace

std::string render_design(const Experiment& experiment, const std::vector<Cell>& cells) {
  std::string text;
  const Lines out = std::back_inserter(text);
  fmt::format_to(
      out, "experiment {}: {}, measured from {}\n", experiment.name, counted(cells.size(), "cell"), experiment.client);
  if (!experiment.factors.empty()) {
    render_cells(out, cells);
  }
  std::set<unsigned> all;
  Nanoseconds block_time{};
  for (const Cell& cell : cells) {
    all.insert(cell.number);
    block_time += least_time(cell.experiment) * static_cast<Nanoseconds::rep>(experiment.legs());
  }
  const unsigned blocks = certain_blocks(experiment);
  const std::size_t in_block = cells.size() * experiment.legs();
  fmt::format_to(out, "trials{}:\n", cells.size() > 1 ? fmt::format(", in the order of seed {}", experiment.seed) : "");
  std::vector<std::string> of_cell;
  std::size_t width = 0;
  for (const Cell& cell : cells) {
    of_cell.push_back(cells.size() > 1 ? fmt::format("cell {} ({})  ", cell.number, cell.name()) : "");
    width = std::max(width, of_cell.back().size());
  }
  const std::string warm_up = experiment.warm_up > 0 ? " (warm-up)" : "";
  unsigned number = 1;
  for (unsigned block = 1; block <= blocks; ++block) {
    for (const PlannedTrial& trial : block_of(experiment, all, block, number)) {
      fmt::format_to(
          out,
          "  {:>4}  block {:>{}}{:{}}  {:{}}{}\n",
          trial.number,
          trial.block,
          std::to_string(blocks).size(),
          trial.warm_up ? warm_up : "",
          warm_up.size(),
          of_cell.at(trial.cell - 1),
          width,
          moves_of(cells.at(trial.cell - 1), trial.leg));
      ++number;
    }
  }
  const std::size_t certain = blocks * in_block;
  if (experiment.stop.metric.empty()) {
    fmt::format_to(out, "{}", counted(certain, "trial"));
  } else {
    fmt::format_to(
        out,
        "  then more of each cell until the median of {} is known within {}%\nat least {} and at most {}",
        experiment.stop.metric,
        experiment.stop.within * 100,
        certain,
        counted((experiment.warm_up + experiment.stop.at_most) * in_block, "trial"));
  }
  fmt::format_to(
      out,
      ", {} or more: migrations and making the lab come on top\n",
      rough(block_time * static_cast<Nanoseconds::rep>(blocks)));
  return text;
}

} // namespace migralab
