// SPDX-License-Identifier: Apache-2.0
// Two runs beside each other (`migralab compare`).
#include "analysis.hpp"
#include "migralab/core/csv.hpp"
#include "migralab/core/printable.hpp"
#include "table.hpp"
#include "tables.hpp"
#include "words.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <set>

namespace migralab {

namespace {

using Json = nlohmann::ordered_json;

/// A cell of both runs, or of one alone.
struct Pair {
  std::string name;
  std::optional<std::size_t> first;
  std::optional<std::size_t> second;
};

struct Difference {
  std::vector<CellFacts> first;
  std::vector<CellFacts> second;
  std::vector<Pair> pairs;
  std::vector<Comparison> comparisons; // cells: indices into first and second
  bool moves = false;                  // something migrated by plan
  bool balanced = false;
  std::string accelerators;

  [[nodiscard]] Caution caution() const { return caution_about(accelerators); }
};

/// Order of the factors does not matter.
bool same_levels(const Cell& first, const Cell& second) {
  return first.levels.size() == second.levels.size() &&
         std::is_permutation(first.levels.begin(), first.levels.end(), second.levels.begin());
}

std::vector<Pair> pair_up(const std::vector<CellFacts>& first, const std::vector<CellFacts>& second) {
  std::vector<Pair> pairs;
  std::vector<bool> taken(second.size(), false);
  for (std::size_t i = 0; i < first.size(); ++i) {
    Pair pair{first[i].name, i, std::nullopt};
    for (std::size_t j = 0; j < second.size() && !pair.second; ++j) {
      if (!taken[j] && same_levels(*first[i].cell, *second[j].cell)) {
        pair.second = j;
        taken[j] = true;
      }
    }
    pairs.push_back(std::move(pair));
  }
  for (std::size_t j = 0; j < second.size(); ++j) {
    if (!taken[j]) {
      pairs.push_back({second[j].name, std::nullopt, j});
    }
  }
  return pairs;
}

/// "kvm", "tcg", "kvm, tcg".
std::string accelerators_of(const MeasuredRun& first, const MeasuredRun& second) {
  std::set<std::string> accelerators;
  for (const MeasuredRun* run : {&first, &second}) {
    for (const MeasuredTrial& trial : run->trials) {
      accelerators.insert(trial.outcome.accelerator);
    }
  }
  return fmt::format("{}", fmt::join(accelerators, ", "));
}

Difference difference_of(const MeasuredRun& first, const MeasuredRun& second) {
  Difference difference;
  std::vector<std::string> order;
  difference.first = cells_facts(first, order);
  std::vector<std::string> other_order;
  difference.second = cells_facts(second, other_order);
  difference.pairs = pair_up(difference.first, difference.second);
  difference.accelerators = accelerators_of(first, second);
  for (const std::string& metric : order) {
    if (metric_name(metric).group == MetricGroup::model) {
      continue;
    }
    difference.moves = difference.moves || metric_name(metric).base == "total_time";
    difference.balanced = difference.balanced || metric_name(metric).group == MetricGroup::balance;
    for (const Pair& pair : difference.pairs) {
      const CellMetric* from = pair.first ? difference.first[*pair.first].find(metric) : nullptr;
      const CellMetric* to = pair.second ? difference.second[*pair.second].find(metric) : nullptr;
      if (from != nullptr && to != nullptr && from->unit == to->unit) {
        Comparison& made = difference.comparisons.emplace_back(compare(*from, *to));
        made.first_cell = *pair.first;
        made.second_cell = *pair.second;
      }
    }
  }
  correct(difference.comparisons);
  return difference;
}

/// Migrations; what a balancer came to; where nothing moved, what was told of the whole measuring. JSON and CSV have
/// every metric.
bool is_headline(const std::string& metric, const Difference& difference) {
  if (difference.balanced) {
    return is_balance_headline(metric);
  }
  const MetricName name = metric_name(metric);
  const bool whole =
      name.group == MetricGroup::phases && name.phase == "whole" && !name.base.starts_with("processors.");
  return difference.moves ? name.group == MetricGroup::migration || name.group == MetricGroup::downtime : whole;
}

std::string interval_words(const Comparison& one) {
  if (one.ratio.interval.interval) {
    return fmt::format(
        "{} to {}",
        figures_like(one.ratio.interval.interval->low, one.ratio.ratio),
        figures_like(one.ratio.interval.interval->high, one.ratio.ratio));
  }
  return one.ratio.interval.needed > 0 ? fmt::format("n < {}", one.ratio.interval.needed) : "no interval";
}

Table table_of(const Difference& difference) {
  Table table{
      .name = "difference",
      .caption = "The second run beside the first.",
      .columns =
          {{"cell", "", false},
           {"metric", "", false},
           {"n"},
           {"first"},
           {"second"},
           {"ratio"},
           {"95 % interval"},
           {"p (Holm)"},
           {"second is", "", false}},
      .rows = {}};
  for (const Comparison& one : difference.comparisons) {
    if (is_headline(one.metric, difference)) {
      table.rows.push_back(
          {difference.first[one.first_cell].name,
           in_words(one.metric),
           fmt::format("{}, {}", one.n_first, one.n_second),
           with_unit(one.median_first, one.unit),
           with_unit(one.median_second, one.unit),
           one.ratio.ratio > 0 ? figures(one.ratio.ratio) : "-",
           interval_words(one),
           p_value(one.p),
           one.test.least_p > significance ? "(too few values)" : one.verdict()});
    }
  }
  return table;
}

Json run_json(const MeasuredRun& run) {
  return {
      {"experiment", run.run.experiment.name},
      {"created_at", run.run.created_at},
      {"trials", run.trials.size()},
      {"planned", run.extent.planned},
      {"damaged", run.damaged},
      {"doubts", run.doubts}};
}

} // namespace

std::string render_difference_table(const MeasuredRun& first, const MeasuredRun& second) {
  const Difference difference = difference_of(first, second);
  const Table table = table_of(difference);
  std::string text = table.empty() ? "no cell of both runs has a metric in common\n" : terminal_table(table);
  text += "\nmedians (--csv has every metric); ratio second over first with its bootstrap interval; p of a two-sided "
          "Mann-Whitney test, corrected "
          "after Holm over the rows of a metric; ~: not significant at 0.05\n";
  for (const Pair& pair : difference.pairs) {
    if (!pair.first || !pair.second) {
      text += fmt::format("only in the {} run: {}\n", pair.first ? "first" : "second", pair.name);
    }
  }
  for (const MeasuredRun* run : {&first, &second}) {
    const char* which = run == &first ? "first" : "second";
    if (run->trials.size() < run->extent.planned) {
      text += fmt::format("the {} run has {}\n", which, counted_trials(*run));
    }
    for (const std::string& damaged : run->damaged) {
      text += fmt::format("damaged in the {} run, left out: {}\n", which, damaged);
    }
    for (const std::string& doubt : run->doubts) {
      text += fmt::format("of the {} run: {}\n", which, doubt);
    }
  }
  if (const std::string caution = difference.caution().sentence; !caution.empty()) {
    text += caution + "\n";
  }
  return printable(text);
}

std::string render_difference_json(const MeasuredRun& first, const MeasuredRun& second) {
  const Difference difference = difference_of(first, second);
  const auto number = [](double value) { return Json(rounded(value)); };
  Json json{{"schema", "migralab.comparison/1"}, {"performance_figures", difference.caution().sentence.empty()}};
  json["first"] = run_json(first);
  json["second"] = run_json(second);
  json["only_in_first"] = Json::array();
  json["only_in_second"] = Json::array();
  for (const Pair& pair : difference.pairs) {
    if (!pair.second) {
      json["only_in_first"].push_back(pair.name);
    } else if (!pair.first) {
      json["only_in_second"].push_back(pair.name);
    }
  }
  json["comparisons"] = Json::array();
  for (const Comparison& one : difference.comparisons) {
    Json entry{
        {"cell", difference.first[one.first_cell].name},
        {"metric", one.metric},
        {"unit", one.unit},
        {"n_first", one.n_first},
        {"n_second", one.n_second},
        {"median_first", number(one.median_first)},
        {"median_second", number(one.median_second)},
        {"ratio", one.ratio.ratio > 0 ? number(one.ratio.ratio) : Json()}};
    if (one.ratio.interval.interval) {
      entry["low"] = number(one.ratio.interval.interval->low);
      entry["high"] = number(one.ratio.interval.interval->high);
    } else {
      entry["refused"] = one.ratio.interval.refusal;
    }
    entry["p"] = number(one.test.p);
    entry["p_holm"] = number(one.p);
    entry["cliffs_delta"] = number(one.test.cliffs_delta);
    entry["significant"] = one.significant();
    json["comparisons"].push_back(std::move(entry));
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string render_difference_csv(const MeasuredRun& first, const MeasuredRun& second) {
  const Difference difference = difference_of(first, second);
  CsvWriter table(
      Instant(),
      {"cell",
       "metric",
       "unit",
       "n_first",
       "n_second",
       "median_first",
       "median_second",
       "ratio",
       "ratio_low",
       "ratio_high",
       "p",
       "p_holm",
       "cliffs_delta",
       "significant",
       "accelerator"});
  for (const Comparison& one : difference.comparisons) {
    const auto& interval = one.ratio.interval.interval;
    table.text(difference.first[one.first_cell].name).text(one.metric).text(one.unit);
    table.number(std::uint64_t{one.n_first}).number(std::uint64_t{one.n_second});
    table.text(computed(one.median_first)).text(computed(one.median_second));
    table.text(one.ratio.ratio > 0 ? computed(one.ratio.ratio) : "");
    table.text(interval ? computed(interval->low) : "").text(interval ? computed(interval->high) : "");
    table.text(computed(one.test.p)).text(computed(one.p)).text(computed(one.test.cliffs_delta));
    table.text(one.significant() ? "true" : "false").text(difference.accelerators).end_row();
  }
  return table.take();
}

} // namespace migralab
