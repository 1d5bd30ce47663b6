// SPDX-License-Identifier: Apache-2.0
// What a run's numbers come to: each cell's summaries, cells beside each other, predictions and publications beside
// what was measured. Pure; points into the MeasuredRun.
#pragma once

#include "migralab/plan/plan.hpp"
#include "migralab/report/report.hpp"
#include "migralab/statistics/comparison.hpp"
#include "migralab/statistics/proportion.hpp"
#include "migralab/statistics/summary.hpp"

#include <optional>
#include <string>
#include <vector>

namespace migralab {

inline constexpr double significance = 0.05;

/// One metric of the trials of a cell that succeeded and are no warm-up.
struct CellMetric {
  std::string name;
  std::string unit;
  std::vector<double> values;
  std::vector<unsigned> trials; // the number of each value's trial
  Summary summary;
};

struct CellFacts {
  const Cell* cell = nullptr;
  std::string name;
  std::size_t trials = 0; // without warm-up
  std::size_t warm_up = 0;
  std::vector<const MeasuredTrial*> failed;
  std::optional<Proportion> failures; // nothing where there are no trials
  std::vector<CellMetric> metrics;    // in the order of metric_order()
  std::optional<unsigned> typical;    // the trial whose total time is the (lower) median

  [[nodiscard]] const CellMetric* find(const std::string& metric) const;
};

/// Second beside first: the ratio is second over first.
struct Comparison {
  std::string metric;
  std::string unit;
  std::size_t first_cell = 0; // index into Analysis::cells
  std::size_t second_cell = 0;
  std::string differs; // "technique": the factor whose level differs; empty: more than one does
  std::size_t n_first = 0;
  std::size_t n_second = 0;
  double median_first = 0;
  double median_second = 0;
  RatioOfMedians ratio; // ratio 0: a value is not above 0, so there is none
  RankTest test;
  double p = 1; // test.p, after Holm's correction over the comparisons of the same metric

  [[nodiscard]] bool significant() const { return p < significance; }
  /// "12 % lower", "2.3 times as much", "~" where it is not significant.
  [[nodiscard]] std::string verdict() const;
};

[[nodiscard]] Comparison compare(const CellMetric& first, const CellMetric& second);
/// Corrects `p` of those that share a metric.
void correct(std::vector<Comparison>& comparisons);

/// A model's prediction of a quantity in the trials of a cell.
struct ModelFacts {
  std::size_t cell = 0;
  std::string guest; // as in MetricName
  std::string model;
  std::string quantity; // the metric that it predicts: "total_time"
  std::string unit;
  std::size_t n = 0;
  double predicted = 0; // medians
  double measured = 0;
  double error = 0;           // median of (predicted - measured) / measured
  double absolute_error = 0;  // median of its absolute value
  std::vector<double> errors; // of each trial
};

/// A published value beside ours.
struct PublishedFacts {
  const PublishedValue* published = nullptr;
  std::optional<std::size_t> cell; // nothing: no cell has these levels
  std::optional<double> ours;      // the median, in the published unit where that can be reckoned
  std::string unit;                // of ours
  IntervalOrRefusal interval;      // in the same unit
  std::optional<double> deviation; // (ours - published) / published; nothing where the units do not fit
};

struct Analysis {
  const MeasuredRun* run = nullptr;
  std::vector<std::string> metric_order; // as the first trial that has one tells it
  std::vector<CellFacts> cells;          // all of the experiment, in its order
  std::vector<Comparison> comparisons;   // by metric, then by cell
  std::vector<ModelFacts> models;
  std::vector<PublishedFacts> published;
  bool moves = false;    // any guest migrated by plan
  bool balanced = false; // a balancer decided what moves
  Caution caution;       // about any trial
  std::string accelerators;
};

/// Resampling takes a while in a large run.
enum class Comparing { nothing, cells };
[[nodiscard]] Analysis analyse(const MeasuredRun& run, Comparing comparing = Comparing::cells);

/// Only the summaries of the cells, without comparisons: what `compare` needs of each run.
[[nodiscard]] std::vector<CellFacts> cells_facts(const MeasuredRun& run, std::vector<std::string>& metric_order);

/// As render_json() of the run.
[[nodiscard]] std::string render_json(const Analysis& analysis);

/// "accelerator: kvm"; for TCG with the warning that no figure of it is a performance figure.
[[nodiscard]] std::string accelerator_note(const Analysis& analysis);

} // namespace migralab
