// SPDX-License-Identifier: Apache-2.0
// One sample of measured values: where they lie, how they scatter, how sure that is, and which stand apart. Nothing is
// ever removed from a sample. Pure.
//
// Every function throws Error when a value is not finite or a probability is not between 0 and 1.
#pragma once

#include "migralab/statistics/interval.hpp"

#include <span>
#include <vector>

namespace migralab {

/// The quantile of definition 7 of Hyndman and Fan (The American Statistician 50, 1996): between order statistics by
/// straight lines, h = (n - 1) p; what R, NumPy and spreadsheets take unless told otherwise. Not for an empty sample.
[[nodiscard]] double quantile(std::span<const double> values, double probability);
[[nodiscard]] double median(std::span<const double> values);
/// Of an empty sample: Error.
[[nodiscard]] double mean(std::span<const double> values);
/// With n - 1 below the root; 0 for a single value.
[[nodiscard]] double standard_deviation(std::span<const double> values);

/// Student's t interval of the mean; takes 2 values. Exact only for normal data: times of migrations are skewed, so the
/// median's interval is the one to report.
[[nodiscard]] IntervalOrRefusal mean_interval(std::span<const double> values, double confidence = 0.95);

/// The interval of a quantile from two order statistics, for any continuous distribution: with B binomial(n, p), the
/// largest l with P(B < l) <= (1 - confidence) / 2, the smallest u with P(B >= u) <= (1 - confidence) / 2, and coverage
/// P(l <= B < u) (David and Nagaraja, Order Statistics, 2003, section 7.1).
[[nodiscard]] IntervalOrRefusal
quantile_interval(std::span<const double> values, double probability, double confidence = 0.95);
[[nodiscard]] IntervalOrRefusal median_interval(std::span<const double> values, double confidence = 0.95);
/// The least number of values with which quantile_interval() has an answer: 6 for a median at 95 %, 8 at 99 %, 368 for
/// the 99th percentile at 95 %.
[[nodiscard]] std::size_t values_needed(double probability, double confidence = 0.95);

/// A value outside Tukey's fences: further than 1.5 times the distance of the quartiles from the nearer quartile.
struct Outlier {
  std::size_t index = 0; ///< in the sample as given
  double value = 0;
  bool far = false; ///< further than 3 times
};

/// Outliers are reported and kept: every figure of a Summary is of all values.
[[nodiscard]] std::vector<Outlier> outliers(std::span<const double> values);

struct Summary {
  std::size_t n = 0;
  double mean = 0;
  double standard_deviation = 0;
  double median = 0;
  double first_quartile = 0;
  double third_quartile = 0;
  double minimum = 0;
  double maximum = 0;
  IntervalOrRefusal of_mean;
  IntervalOrRefusal of_median;
  std::vector<Outlier> outliers;
};

/// Not for an empty sample: Error.
[[nodiscard]] Summary summary_of(std::span<const double> values, double confidence = 0.95);

/// Whether enough has been measured: half the width of the median's interval, relative to the median.
struct Precision {
  std::optional<double> relative_half_width; ///< none: no interval yet, or a median of 0
  bool reached = false;
  /// About how many values in all it will take: widths shrink with the root of n. At least one more than there are
  /// unless reached; never less than the interval needs.
  std::size_t expected_n = 0;
};

/// The stopping rule "half width of the median's interval <= target of the median"; target 0.05 means 5 %.
[[nodiscard]] Precision precision_of(std::span<const double> values, double target, double confidence = 0.95);

} // namespace migralab
