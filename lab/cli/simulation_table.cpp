// SPDX-License-Identifier: Apache-2.0
#include "simulation_table.hpp"

#include "migralab/core/csv.hpp"
#include "migralab/core/units.hpp"
#include "migralab/simulation/measures.hpp"
#include "migralab/statistics/summary.hpp"
#include "table.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace migralab {

namespace {

using Json = nlohmann::ordered_json;
using simulation::Measure;
using simulation::measures;

double milliseconds(Nanoseconds span) {
  return std::chrono::duration<double, std::milli>(span).count();
}

std::vector<std::string> row_of(const SimulationRuns& all, const SimulationRun& run) {
  std::vector<std::string> row{all.file.policies[run.policy].label, fmt::format("{}", run.seed)};
  for (const Measure& measure : measures()) {
    row.push_back(text_of(measure, measure.value(run.outcome)));
  }
  row.push_back(gap_words(run.gap));
  row.push_back(human(run.mean_decision));
  return row;
}

/// The median of all seeds, and the two ends of its interval in a row of their own.
void add_summary(const SimulationRuns& all, std::size_t policy, std::vector<std::vector<std::string>>& rows) {
  std::vector<std::string> middle{all.file.policies[policy].label, "median"};
  std::vector<std::string> ends{"", "95 %"};
  bool known = true;
  for (const Measure& measure : measures()) {
    const Summary summary = summary_of(values_of(all, policy, measure));
    middle.push_back(text_of(measure, summary.median));
    known = known && summary.of_median.interval.has_value();
    if (known) {
      const Interval& interval = *summary.of_median.interval;
      ends.push_back(text_of(measure, interval.low) + ".." + text_of(measure, interval.high));
    }
  }
  middle.push_back(gap_words(median_gap(all, policy)));
  middle.push_back(human(median_decision(all, policy)));
  rows.push_back(std::move(middle));
  if (known) {
    rows.push_back(std::move(ends));
  }
}

} // namespace

std::string text_of(const SimulationRuns& all) {
  const simulation::ScenarioFile& file = all.file;
  std::vector<std::vector<std::string>> rows{{"POLICY", "SEED"}};
  for (const Measure& measure : measures()) {
    rows.front().push_back(measure.heading);
  }
  rows.front().emplace_back(gap_heading);
  rows.front().emplace_back("DECISION");
  for (std::size_t policy = 0; policy < file.policies.size(); ++policy) {
    for (const SimulationRun& run : all.runs) {
      if (run.policy == policy) {
        rows.push_back(row_of(all, run));
      }
    }
    if (all.extent.seeds > 1) {
      add_summary(all, policy, rows);
    }
  }
  const IntervalOrRefusal example = summary_of(values_of(all, 0, measures().front())).of_median;
  return title_of(all) + render_rows(rows) +
         (example.interval ? "" : fmt::format("no intervals: {}\n", example.refusal));
}

std::string json_of(const SimulationRuns& all) {
  const simulation::ScenarioFile& file = all.file;
  Json runs = Json::array();
  for (const SimulationRun& run : all.runs) {
    Json one{{"policy", file.policies[run.policy].label}, {"seed", run.seed}};
    for (const Measure& measure : measures()) {
      one[measure.key] = measure.value(run.outcome);
    }
    one["gap"] = run.gap ? Json(*run.gap) : Json();
    one["decision_ms"] = milliseconds(run.mean_decision);
    runs.push_back(std::move(one));
  }
  Json policies = Json::array();
  for (std::size_t policy = 0; policy < file.policies.size(); ++policy) {
    const simulation::PolicyChoice& choice = file.policies[policy];
    Json one{{"name", choice.label}, {"policy", choice.policy}, {"settings", choice.settings}};
    for (const Measure& measure : measures()) {
      const Summary summary = summary_of(values_of(all, policy, measure));
      Json told{{"median", summary.median}};
      if (const auto& interval = summary.of_median.interval) {
        told.update({{"low", interval->low}, {"high", interval->high}, {"coverage", interval->coverage}});
      } else {
        told["no_interval"] = summary.of_median.refusal;
      }
      one[measure.key] = std::move(told);
    }
    const std::optional<double> gap = median_gap(all, policy);
    one["gap"] = {{"median", gap ? Json(*gap) : Json()}};
    one["decision_ms"] = {{"median", milliseconds(median_decision(all, policy))}};
    policies.push_back(std::move(one));
  }
  const Json json{
      {"schema", "migralab.balance-simulation/1"},
      {"simulated", true},
      {"scenario", file.name},
      {"about", file.about},
      {"quick", all.quick},
      {"hosts", file.hosts.size()},
      {"guests", guests_of(file)},
      {"interval_s", std::chrono::duration<double>(file.interval).count()},
      {"policies", policies},
      {"runs", runs}};
  return json.dump(2) + "\n";
}

std::string csv_of(const SimulationRuns& all) {
  std::vector<std::string> header{"scenario", "simulated", "policy", "seed"};
  for (const Measure& measure : measures()) {
    header.push_back(measure.key);
  }
  header.emplace_back("gap");
  header.emplace_back("decision_ms");
  CsvWriter writer({}, header);
  for (const SimulationRun& run : all.runs) {
    writer.text(all.file.name).text("true").text(all.file.policies[run.policy].label);
    writer.number(std::uint64_t(run.seed));
    for (const Measure& measure : measures()) {
      writer.number(measure.value(run.outcome));
    }
    if (run.gap) {
      writer.number(*run.gap);
    } else {
      writer.empty();
    }
    writer.number(milliseconds(run.mean_decision));
    writer.end_row();
  }
  return writer.take();
}

} // namespace migralab
