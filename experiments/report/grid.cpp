// SPDX-License-Identifier: Apache-2.0
#include "grid.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

template <typename Value> std::string cell(const std::optional<Value>& value) {
  return value ? human(*value) : std::string("-");
}

std::string count_cell(const std::optional<double>& value) {
  return value ? fmt::format("{:g}", *value) : "-";
}

std::string failed_cell(const ProbeFacts& probe) {
  return probe.summary.planned == 0 ? std::string("-") : fmt::format("{}", probe.failed);
}

std::vector<std::string> trial_row(const TrialFacts& trial) {
  const MigrationRecord& migration = trial.outcome->migration;
  std::vector<std::string> row{
      fmt::format("{}", trial.outcome->trial),
      migration.from + " -> " + migration.to,
      migration.succeeded ? "ok" : "failed",
      human(migration.total_time()),
      to_string(trial.hypervisor)};
  for (const ProbeFacts& probe : trial.probes) {
    row.push_back(to_string(probe.downtime));
  }
  row.push_back(trial.iterations ? fmt::format("{}", *trial.iterations) : "-");
  row.push_back(cell(trial.moved));
  for (const ProbeFacts& probe : trial.probes) {
    row.push_back(failed_cell(probe));
  }
  return row;
}

std::vector<std::string> median_row(const Medians& medians) {
  std::vector<std::string> row{
      "median", fmt::format("of {} ok", medians.trials), "", cell(medians.total), to_string(medians.hypervisor)};
  for (const Downtime& downtime : medians.probes) {
    row.push_back(to_string(downtime));
  }
  row.push_back(count_cell(medians.iterations));
  row.push_back(cell(medians.moved));
  for (const std::optional<double>& failed : medians.failed) {
    row.push_back(count_cell(failed));
  }
  return row;
}

} // namespace

Grid trial_grid(const RunOutcome& run) {
  const std::vector<std::string> probes = probe_names(run);
  Grid grid;
  grid.columns = {
      {"", "trial"}, {"", "from -> to", false}, {"", "result", false}, {"", "total"}, {"downtime", "hypervisor"}};
  for (const std::string& probe : probes) {
    grid.columns.push_back({"downtime", probe});
  }
  grid.columns.push_back({"", "rounds"});
  grid.columns.push_back({"", "moved"});
  for (const std::string& probe : probes) {
    grid.columns.push_back({"failed", probe});
  }
  for (const TrialFacts& trial : facts_of(run)) {
    grid.rows.push_back(trial_row(trial));
  }
  if (const Medians medians = medians_of(run); medians.trials > 1) {
    grid.rows.push_back(median_row(medians));
  }
  return grid;
}

Grid network_grid(const RunOutcome& run) {
  Grid grid;
  grid.columns = {{"", "trial"}};
  for (const std::string& network : network_names(run)) {
    grid.columns.push_back({"bytes on", network});
  }
  if (grid.columns.size() == 1) {
    return {};
  }
  for (const TrialFacts& trial : facts_of(run)) {
    std::vector<std::string>& row = grid.rows.emplace_back();
    row.push_back(fmt::format("{}", trial.outcome->trial));
    for (const std::optional<std::uint64_t>& bytes : trial.networks) {
      row.push_back(bytes ? human(Bytes{*bytes}) : "-");
    }
  }
  if (const Medians medians = medians_of(run); medians.trials > 1) {
    std::vector<std::string>& row = grid.rows.emplace_back();
    row.emplace_back("median");
    for (const std::optional<Bytes>& bytes : medians.networks) {
      row.push_back(cell(bytes));
    }
  }
  return grid;
}

} // namespace migralab
