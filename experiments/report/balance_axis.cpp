// SPDX-License-Identifier: Apache-2.0
#include "balance_axis.hpp"

#include "migralab/plan/plan.hpp"
#include "table.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace migralab {

namespace {

constexpr int most_points = 400; // of a curve, as on the other time axes
constexpr double letter = 0.62;  // em, what a name's letter takes up
constexpr double narrow = 25;    // em, a panel in print

double seconds(Nanoseconds span) {
  return std::chrono::duration<double>(span).count();
}

} // namespace

BalanceAxis::BalanceAxis(const TrialOutcome& trial) : zero_(trial.during), from_(trial.during), to_(trial.after) {
  const auto include = [this](Instant at) {
    from_ = std::min(from_, at);
    to_ = std::max(to_, at);
  };
  for (const balancer::LoadSample& sample : trial.balance->samples) {
    include(sample.at);
  }
  for (const balancer::BalanceMove& move : trial.balance->moves) {
    include(move.began);
    include(move.ended.value_or(move.began));
  }
  to_ = std::max<Instant>(to_, from_ + std::chrono::milliseconds(10));
}

double BalanceAxis::at(Instant instant) const {
  return seconds(instant - zero_);
}

Nanoseconds BalanceAxis::bin() const {
  return std::max((to_ - from_) / most_points, Nanoseconds(1'000'000));
}

double BalanceAxis::width_of_text(const std::string& text) const {
  return (letter * static_cast<double>(width_of(text)) + 1.2) / narrow * seconds(to_ - from_);
}

std::vector<std::string> hosts_of(const balancer::BalanceTrace& trace) {
  std::set<std::string> hosts;
  for (const balancer::LoadSample& sample : trace.samples) {
    hosts.insert(sample.host);
  }
  for (const balancer::BalanceMove& move : trace.moves) {
    hosts.insert({move.from, move.to});
  }
  return {hosts.begin(), hosts.end()};
}

Figure balance_figure(
    const CellFacts& cell,
    const TrialOutcome& trial,
    const std::string& kind,
    const std::string& subject,
    const std::string& caption) {
  const std::string which = fmt::format("trial {}, block {}", trial.plan.number, trial.plan.block);
  const std::string where = fmt::format("{} of cell {} ({})", which, cell.cell->number, cell.name);
  return {
      .name = cell_file(kind, *cell.cell),
      .title = fmt::format("{}: {}, {}", cell.name, subject, which),
      .caption = fmt::format(fmt::runtime(caption), where),
      .warning = caution_about(trial.accelerator).brief,
      .left = 5,
      .legend = {},
      .panels = {}};
}

} // namespace migralab
