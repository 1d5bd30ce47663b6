// SPDX-License-Identifier: Apache-2.0
#include "grid.hpp"
#include "migralab/report/report.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace migralab {

namespace {

void end_line(std::string& text) {
  text.erase(text.find_last_not_of(' ') + 1);
  text += '\n';
}

void add_cell(std::string& text, const std::string& cell, std::size_t width, bool to_the_right) {
  text += to_the_right ? fmt::format("{:>{}}  ", cell, width) : fmt::format("{:<{}}  ", cell, width);
}

/// The headings of groups, each over the left edge of its first column.
std::string group_line(const Grid& grid, const std::vector<std::size_t>& widths) {
  std::string line;
  std::size_t edge = 0;
  for (std::size_t i = 0; i < grid.columns.size(); ++i) {
    const std::string& group = grid.columns[i].group;
    if (!group.empty() && (i == 0 || grid.columns[i - 1].group != group)) {
      line.resize(std::max(edge, line.empty() ? 0 : line.size() + 1), ' ');
      line += group;
    }
    edge += widths[i] + 2;
  }
  return line;
}

std::string draw(const Grid& grid) {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < grid.columns.size(); ++i) {
    std::size_t width = grid.columns[i].name.size();
    for (const auto& row : grid.rows) {
      width = std::max(width, row[i].size());
    }
    widths.push_back(width);
  }
  std::string text = group_line(grid, widths);
  end_line(text);
  std::string line;
  for (std::size_t i = 0; i < grid.columns.size(); ++i) {
    add_cell(line, grid.columns[i].name, widths[i], grid.columns[i].to_the_right);
  }
  end_line(line);
  text += line;
  for (const auto& row : grid.rows) {
    line.clear();
    for (std::size_t i = 0; i < row.size(); ++i) {
      add_cell(line, row[i], widths[i], grid.columns[i].to_the_right);
    }
    end_line(line);
    text += line;
  }
  return text;
}

} // namespace

std::string render_table(const RunOutcome& run) {
  std::string text = fmt::format(
      "{} on {}: {} trial{}\n\n", run.experiment, run.lab, run.trials.size(), run.trials.size() == 1 ? "" : "s");
  text += draw(trial_grid(run));
  const Grid networks = network_grid(run);
  if (!networks.columns.empty()) {
    text += '\n';
    text += draw(networks);
  }
  text += '\n';
  for (const TrialOutcome& trial : run.trials) {
    if (!trial.migration.succeeded) {
      text += fmt::format("trial {} failed: {}\n", trial.trial, trial.migration.error);
    }
  }
  text += "downtime: by the hypervisor's own account; by each probe, the longest silence its client saw\n";
  for (const std::string& line : deviations(run.link_rates)) {
    text += "network off its rate: " + line + "\n";
  }
  text += accelerator_note(run) + "\n";
  return text;
}

} // namespace migralab
