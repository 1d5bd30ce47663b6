// SPDX-License-Identifier: Apache-2.0
#include "failed_requests.hpp"

#include "tables.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace migralab {

namespace {

using Ends = std::map<RequestEnd, PhaseCounts>;

/// By guest and probe, all trials of a cell together.
std::map<std::pair<std::string, std::string>, Ends> ends_of(const CellFacts& cell, const MeasuredRun& run) {
  std::map<std::pair<std::string, std::string>, Ends> all;
  for (const MeasuredTrial& trial : run.trials) {
    const PlannedTrial& plan = trial.outcome.plan;
    if (plan.cell != cell.cell->number || plan.warm_up || !trial.outcome.succeeded()) {
      continue;
    }
    for (const auto& [guest, probes] : trial.probes) {
      for (const ProbeCount& probe : probes) {
        Ends& ends = all[{guest, probe.probe}];
        for (const auto& [kind, counts] : probe.ends) {
          PhaseCounts& sums = ends[kind];
          std::transform(sums.begin(), sums.end(), counts.begin(), sums.begin(), std::plus<>());
        }
      }
    }
  }
  return all;
}

std::size_t requests_of(const Ends& ends) {
  std::size_t requests = 0;
  for (const auto& [kind, counts] : ends) {
    requests = std::accumulate(counts.begin(), counts.end(), requests);
  }
  return requests;
}

} // namespace

std::vector<FailedRequests> failed_requests(const Analysis& analysis) {
  std::vector<FailedRequests> failed;
  for (std::size_t cell = 0; cell < analysis.cells.size(); ++cell) {
    for (const auto& [of, ends] : ends_of(analysis.cells[cell], *analysis.run)) {
      for (const auto& [kind, counts] : ends) {
        if (kind != RequestEnd::answered) {
          failed.push_back({cell, of.first, of.second, kind, requests_of(ends), counts});
        }
      }
    }
  }
  return failed;
}

Table failed_request_table(const Analysis& analysis) {
  const std::vector<FailedRequests> failed = failed_requests(analysis);
  std::set<std::string> guests;
  for (const FailedRequests& one : failed) {
    guests.insert(one.guest);
  }
  Table table{
      .name = "failed-requests",
      .caption = "Requests that were not answered in time, by how they ended.",
      .columns =
          {{"cell", "", false}, {"probe", "", false}, {"kind", "", false}, {"requests"}, {"count"}, {"share", "%"}},
      .rows = {},
      .last = {},
      .note = "Of the trials that succeeded. Late: a good answer after the time-out, which counts as an answer in all "
              "other tables; dropped: never sent, because the client had no room for it."};
  if (analysis.moves) {
    for (const char* phase : phase_names) {
      table.columns.push_back({phase, "", true, "planned"});
    }
  }
  for (const FailedRequests& one : failed) {
    std::vector<Field> row{
        analysis.cells[one.cell].name,
        (guests.size() > 1 ? one.guest + ": " : "") + one.probe,
        to_string(one.kind),
        fmt::format("{}", one.requests),
        fmt::format("{}", one.count()),
        fmt::format("{:.3g}", one.share() * 100)};
    for (std::size_t phase = 0; analysis.moves && phase < one.counts.size(); ++phase) {
      row.emplace_back(fmt::format("{}", one.counts[phase]));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

} // namespace migralab
