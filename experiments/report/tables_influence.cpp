// SPDX-License-Identifier: Apache-2.0
// The table of Alkmim 2009, figure 4.1: what one level of a factor changes against the other, and how much that is.
#include "tables.hpp"
#include "tables_parts.hpp"
#include "words.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <set>

namespace migralab {

namespace {

// Alkmim calls less than 1 % negligible, 34.9 % considerable, 47.4 % high; the limit between the latter two is ours.
constexpr double considerable = 0.01;
constexpr double high = 0.40;

std::string class_of(double change) {
  const double size = std::fabs(change);
  return size < considerable ? "negligible" : size < high ? "considerable" : "high";
}

/// Those that have two levels in this run.
std::set<std::string> factors_of_two(const Analysis& analysis) {
  std::map<std::string, std::set<std::string>> levels;
  for (const CellFacts& cell : analysis.cells) {
    for (const Level& level : cell.cell->levels) {
      levels[level.factor].insert(level.value);
    }
  }
  std::set<std::string> two;
  for (const auto& [factor, values] : levels) {
    if (values.size() == 2) {
      two.insert(factor);
    }
  }
  return two;
}

/// What an experiment is about: where nothing moves, what its workloads told and not what the probes beside them saw.
std::vector<std::string> subject(const Analysis& analysis) {
  const bool of_workloads = !analysis.moves && !analysis.balanced && !analysis.run->run.experiment.workloads.empty();
  return of_workloads ? std::vector<std::string>{} : headline(analysis);
}

/// Of the subject, and what workloads told of the whole measuring.
bool is_shown(const Analysis& analysis, const std::vector<std::string>& about, const std::string& metric) {
  const MetricName name = metric_name(metric);
  const auto& workloads = analysis.run->run.experiment.workloads;
  return std::find(about.begin(), about.end(), metric) != about.end() ||
         (name.phase == "whole" && std::any_of(workloads.begin(), workloads.end(), [&](const WorkloadSpec& workload) {
            return name.stem.starts_with(workload.name + ".");
          }));
}

/// "local to iscsi", and in which of the cells that have them.
Field levels_of(const Comparison& one, const Analysis& analysis) {
  const std::vector<Level>& first = analysis.cells[one.first_cell].cell->levels;
  const std::vector<Level>& second = analysis.cells[one.second_cell].cell->levels;
  Field field;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (first[i].factor == one.differs) {
      field.text = first[i].value + " to " + second[i].value;
    } else {
      field.below += (field.below.empty() ? "" : ", ") + first[i].value;
    }
  }
  return field;
}

} // namespace

Table influence_table(const Analysis& analysis) {
  Table table{
      .name = "influence",
      .caption = "What each factor with two levels changes: medians at both, the change in %, and its class.",
      .columns =
          {{"factor", "", false},
           {"levels", "", false},
           {"metric", "", false},
           {"first level"},
           {"second level"},
           {"change"},
           {"influence", "", false}},
      .rows = {},
      .last = {},
      .note = {}};
  table.note = fmt::format(
      "Negligible: less than {:.0f} %; high: {:.0f} % and more; considerable: between them. Alkmim 2009 has these "
      "classes and no limits: the first is his remark on figure 4.1, the second lies between what he calls "
      "considerable "
      "(34.9 %) and high (47.4 %). Not significant: by the test of the comparisons, at {:g}.",
      considerable * 100,
      high * 100,
      significance);
  const std::set<std::string> factors = factors_of_two(analysis);
  const std::vector<std::string> about = subject(analysis);
  for (const Comparison& one : analysis.comparisons) {
    if (!factors.contains(one.differs) || !is_shown(analysis, about, one.metric) || one.median_first <= 0) {
      continue; // of nothing there is no percentage
    }
    const double ratio = one.median_second / one.median_first;
    table.rows.push_back(
        {one.differs,
         levels_of(one, analysis),
         in_words(one.metric),
         with_unit(one.median_first, one.unit),
         with_unit(one.median_second, one.unit),
         change(ratio),
         {class_of(ratio - 1), one.significant() ? "" : "not significant"}});
  }
  return table;
}

} // namespace migralab
