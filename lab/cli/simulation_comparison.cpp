// SPDX-License-Identifier: Apache-2.0
#include "simulation_comparison.hpp"

#include "migralab/core/units.hpp"
#include "migralab/statistics/comparison.hpp"
#include "migralab/statistics/summary.hpp"
#include "simulation_table.hpp"
#include "table.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <set>

namespace migralab {

namespace {

using Json = nlohmann::ordered_json;
using simulation::Measure;
using simulation::measures;

constexpr double significant = 0.05;

/// Of one measure of a policy, against the baseline's.
struct Difference {
  std::size_t policy = 0;
  std::size_t measure = 0;
  RankTest test;
  RatioOfMedians ratio;
  double shift = 0;
  double p_corrected = 1;
};

/// Holm's correction is over a scenario: its table is read as a whole.
std::vector<Difference> differences_of(const SimulationRuns& all, std::size_t baseline) {
  std::vector<Difference> found;
  std::vector<double> p_values;
  for (std::size_t policy = 0; policy < all.file.policies.size(); ++policy) {
    for (std::size_t measure = 0; policy != baseline && measure < measures().size(); ++measure) {
      const std::vector<double> here = values_of(all, policy, measures()[measure]);
      const std::vector<double> there = values_of(all, baseline, measures()[measure]);
      found.push_back(
          {policy,
           measure,
           mann_whitney(here, there),
           ratio_of_medians(here, there),
           hodges_lehmann_shift(here, there),
           1});
      p_values.push_back(found.back().test.p);
    }
  }
  const std::vector<double> corrected = holm(p_values);
  for (std::size_t i = 0; i < found.size(); ++i) {
    found[i].p_corrected = corrected[i];
  }
  return found;
}

const Difference* find(const std::vector<Difference>& all, std::size_t policy, std::size_t measure) {
  const auto found = std::find_if(
      all.begin(), all.end(), [&](const Difference& one) { return one.policy == policy && one.measure == measure; });
  return found == all.end() ? nullptr : &*found;
}

/// After Holm's correction the least p of all counts as often as there are comparisons.
bool can_be_marked(std::size_t seeds, std::size_t comparisons) {
  return least_p_of(seeds, seeds) * static_cast<double>(comparisons) < significant;
}

/// How many seeds it takes, whatever they come to.
std::size_t seeds_for(std::size_t comparisons) {
  std::size_t seeds = 1;
  while (!can_be_marked(seeds, comparisons)) {
    ++seeds;
  }
  return seeds;
}

bool is_marked(const Difference& one) {
  return one.p_corrected < significant;
}

/// What the marks mean, or why there are none.
std::string legend(const SimulationRuns& all, const std::vector<Difference>& differences, std::size_t baseline) {
  if (differences.empty()) {
    return "";
  }
  const std::string& name = all.file.policies[baseline].label;
  const bool some = std::any_of(differences.begin(), differences.end(), is_marked);
  if (!some && !can_be_marked(all.extent.seeds, differences.size())) {
    return fmt::format(
        "no differences from {} can be marked: {} of each, and for {} comparisons it takes {} seeds{}\n",
        name,
        all.extent.seeds,
        differences.size(),
        seeds_for(differences.size()),
        can_be_marked(all.extent.seeds, measures().size()) ? ", or fewer policies" : "");
  }
  return fmt::format(
      "* differs from {}: p < {} by Mann and Whitney's test, after Holm's correction for the {} comparisons of the "
      "table\n",
      name,
      significant,
      differences.size());
}

std::string text_of(const SimulationRuns& all, std::size_t baseline) {
  const std::vector<Difference> differences = differences_of(all, baseline);
  std::vector<std::vector<std::string>> rows{{"POLICY"}};
  for (const Measure& measure : measures()) {
    rows.front().push_back(measure.heading);
  }
  rows.front().emplace_back(gap_heading);
  rows.front().emplace_back("DECISION");
  std::string refusal;
  for (std::size_t policy = 0; policy < all.file.policies.size(); ++policy) {
    std::vector<std::string> middle{all.file.policies[policy].label};
    std::vector<std::string> ends{""};
    for (std::size_t i = 0; i < measures().size(); ++i) {
      const Measure& measure = measures()[i];
      const Summary summary = summary_of(values_of(all, policy, measure));
      const Difference* difference = find(differences, policy, i);
      const bool marked = difference != nullptr && is_marked(*difference);
      middle.push_back(text_of(measure, summary.median) + (marked ? "*" : ""));
      if (const auto& interval = summary.of_median.interval) {
        ends.push_back(text_of(measure, interval->low) + ".." + text_of(measure, interval->high));
      } else {
        refusal = summary.of_median.refusal;
      }
    }
    middle.push_back(gap_words(median_gap(all, policy)));
    middle.push_back(human(median_decision(all, policy)));
    rows.push_back(std::move(middle));
    if (ends.size() > 1) {
      rows.push_back(std::move(ends));
    }
  }
  const std::string what =
      all.extent.seeds == 1
          ? "one run of each\n"
          : fmt::format(
                "medians of {} seeds{}\n", all.extent.seeds, refusal.empty() ? ", and their 95 % intervals" : "");
  return title_of(all) + what + render_rows(rows) +
         (refusal.empty() ? "" : fmt::format("no intervals: {}\n", refusal)) + legend(all, differences, baseline);
}

Json json_of(const Difference& one, const SimulationRuns& all) {
  Json json{
      {"policy", all.file.policies[one.policy].label},
      {"measure", measures()[one.measure].key},
      {"shift", one.shift},
      {"cliffs_delta", one.test.cliffs_delta},
      {"p", one.test.p},
      {"p_corrected", one.p_corrected}};
  if (const auto& interval = one.ratio.interval.interval) {
    json["ratio"] = {{"value", one.ratio.ratio}, {"low", interval->low}, {"high", interval->high}};
  } else {
    json["no_ratio"] = one.ratio.interval.refusal;
  }
  return json;
}

} // namespace

std::string text_of(const SimulationComparison& comparison) {
  std::string text;
  for (const SimulationRuns& all : comparison.scenarios) {
    text += (text.empty() ? "" : "\n") + text_of(all, comparison.baseline);
  }
  return text;
}

std::string json_of(const SimulationComparison& comparison) {
  Json scenarios = Json::array();
  for (const SimulationRuns& all : comparison.scenarios) {
    Json one = Json::parse(json_of(all));
    Json differences = Json::array();
    for (const Difference& difference : differences_of(all, comparison.baseline)) {
      differences.push_back(json_of(difference, all));
    }
    one["differences"] = std::move(differences);
    scenarios.push_back(std::move(one));
  }
  const std::string& baseline = comparison.scenarios.front().file.policies[comparison.baseline].label;
  const Json json{
      {"schema", "migralab.balance-comparison/1"},
      {"simulated", true},
      {"baseline", baseline},
      {"scenarios", scenarios}};
  return json.dump(2) + "\n";
}

std::vector<PolicyFigure> figures_of(const SimulationComparison& comparison) {
  const std::set<std::string> shown{"energy_kwh", "migrations", "over_90_s", "deviation", "esv_kwh", "ping_pong"};
  std::vector<PolicyFigure> figures;
  for (const SimulationRuns& all : comparison.scenarios) {
    const std::string title = title_of(all);
    PolicyFigure& figure = figures.emplace_back(PolicyFigure{all.file.name, title.substr(0, title.find('\n')), {}});
    for (const Measure& measure : measures()) {
      if (!shown.contains(measure.key)) {
        continue;
      }
      PolicyMeasure& panel = figure.measures.emplace_back(PolicyMeasure{measure.heading, {}});
      for (std::size_t policy = 0; policy < all.file.policies.size(); ++policy) {
        std::vector<double> values = values_of(all, policy, measure);
        for (double& value : values) {
          value *= measure.factor;
        }
        const Summary summary = summary_of(values);
        panel.rows.push_back({all.file.policies[policy].label, values, summary.median, summary.of_median.interval});
      }
    }
  }
  return figures;
}

std::string csv_of(const SimulationComparison& comparison) {
  std::string text;
  for (const SimulationRuns& all : comparison.scenarios) {
    const std::string one = csv_of(all);
    text += text.empty() ? one : one.substr(one.find('\n') + 1);
  }
  return text;
}

} // namespace migralab
