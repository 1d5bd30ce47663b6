// SPDX-License-Identifier: Apache-2.0
#include "migralab/statistics/summary.hpp"

#include "migralab/core/error.hpp"
#include "precondition.hpp"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <fmt/format.h>
#include <numeric>

namespace migralab {
namespace {

using statistics::expect_probability;
using statistics::expect_values;

std::vector<double> sorted(std::span<const double> values) {
  std::vector<double> copy(values.begin(), values.end());
  std::sort(copy.begin(), copy.end());
  return copy;
}

double quantile_of_sorted(const std::vector<double>& values, double probability) {
  const double position = static_cast<double>(values.size() - 1) * probability;
  const auto below = static_cast<std::size_t>(std::floor(position));
  if (below + 1 >= values.size()) {
    return values.back();
  }
  return values[below] + (position - static_cast<double>(below)) * (values[below + 1] - values[below]);
}

/// Ranks from 1; nothing where the interval would need a value below the least or above the largest.
struct Ranks {
  std::size_t low = 0;
  std::size_t high = 0;
  double coverage = 0;
};

std::optional<Ranks> ranks_of_interval(std::size_t n, double probability, double confidence) {
  const boost::math::binomial_distribution<double> below(static_cast<double>(n), probability);
  const double tail = (1 - confidence) / 2;
  const auto at_most = [&](std::size_t count) { return boost::math::cdf(below, static_cast<double>(count)); };
  const auto more_than = [&](std::size_t count) {
    return boost::math::cdf(boost::math::complement(below, static_cast<double>(count)));
  };
  Ranks ranks;
  while (ranks.low < n && at_most(ranks.low) <= tail) { // P(B < low + 1)
    ++ranks.low;
  }
  ranks.high = n + 1;
  while (ranks.high > 1 && more_than(ranks.high - 2) <= tail) { // P(B >= high - 1)
    --ranks.high;
  }
  if (ranks.low < 1 || ranks.high > n || ranks.low >= ranks.high) {
    return std::nullopt;
  }
  ranks.coverage = at_most(ranks.high - 1) - at_most(ranks.low - 1);
  return ranks;
}

std::string percent(double share) {
  return fmt::format("{:.6g} %", 100 * share);
}

} // namespace

double quantile(std::span<const double> values, double probability) {
  expect_values(values);
  if (!(probability >= 0 && probability <= 1)) {
    throw Error(fmt::format("statistics: a quantile's probability is {}; it lies between 0 and 1", probability));
  }
  return quantile_of_sorted(sorted(values), probability);
}

double median(std::span<const double> values) {
  return quantile(values, 0.5);
}

double mean(std::span<const double> values) {
  expect_values(values);
  // Sorted first: the sum, and all that is made of it, must not depend on the order of the values.
  const std::vector<double> ordered = sorted(values);
  return std::accumulate(ordered.begin(), ordered.end(), 0.0) / static_cast<double>(ordered.size());
}

double standard_deviation(std::span<const double> values) {
  const double centre = mean(values);
  if (values.size() < 2) {
    return 0;
  }
  double squares = 0;
  for (const double value : sorted(values)) {
    squares += (value - centre) * (value - centre);
  }
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

IntervalOrRefusal mean_interval(std::span<const double> values, double confidence) {
  expect_probability(confidence, "the confidence");
  if (values.size() < 2) {
    return {{}, fmt::format("an interval of the mean takes 2 values, there are {}", values.size()), 2};
  }
  const double centre = mean(values);
  const boost::math::students_t_distribution<double> t(static_cast<double>(values.size() - 1));
  const double half = boost::math::quantile(boost::math::complement(t, (1 - confidence) / 2)) *
                      standard_deviation(values) / std::sqrt(static_cast<double>(values.size()));
  return {Interval{centre - half, centre + half, confidence}, "", 2};
}

IntervalOrRefusal quantile_interval(std::span<const double> values, double probability, double confidence) {
  expect_probability(probability, "a quantile's probability");
  expect_probability(confidence, "the confidence");
  const std::size_t needed = values_needed(probability, confidence);
  if (values.size() < needed) {
    return {
        {},
        fmt::format(
            "a {} interval of the {} takes {} values, there are {}",
            percent(confidence),
            probability == 0.5 ? "median" : percent(probability) + " quantile",
            needed,
            values.size()),
        needed};
  }
  expect_values(values);
  const auto ranks = ranks_of_interval(values.size(), probability, confidence);
  if (!ranks) {
    throw Error(fmt::format("statistics: no ranks for {} values, though {} are enough", values.size(), needed));
  }
  const std::vector<double> ordered = sorted(values);
  return {Interval{ordered[ranks->low - 1], ordered[ranks->high - 1], ranks->coverage}, "", needed};
}

IntervalOrRefusal median_interval(std::span<const double> values, double confidence) {
  return quantile_interval(values, 0.5, confidence);
}

std::size_t values_needed(double probability, double confidence) {
  expect_probability(probability, "a quantile's probability");
  expect_probability(confidence, "the confidence");
  // Both extreme values must lie on their side of the quantile often enough: (1 - p)^n and p^n at most (1 - c) / 2.
  const double tail = (1 - confidence) / 2;
  const double hardest = std::max(probability, 1 - probability);
  auto n = static_cast<std::size_t>(std::max(2.0, std::ceil(std::log(tail) / std::log(hardest) - 1e-9)));
  while (!ranks_of_interval(n, probability, confidence)) { // the logarithms' rounding
    ++n;
  }
  return n;
}

std::vector<Outlier> outliers(std::span<const double> values) {
  expect_values(values);
  const std::vector<double> ordered = sorted(values);
  const double first = quantile_of_sorted(ordered, 0.25);
  const double third = quantile_of_sorted(ordered, 0.75);
  const double spread = third - first;
  std::vector<Outlier> found;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double beyond = std::max(first - values[i], values[i] - third);
    if (beyond > 1.5 * spread) {
      found.push_back({i, values[i], beyond > 3 * spread});
    }
  }
  return found;
}

Summary summary_of(std::span<const double> values, double confidence) {
  expect_values(values);
  const std::vector<double> ordered = sorted(values);
  return {
      .n = ordered.size(),
      .mean = mean(values),
      .standard_deviation = standard_deviation(values),
      .median = quantile_of_sorted(ordered, 0.5),
      .first_quartile = quantile_of_sorted(ordered, 0.25),
      .third_quartile = quantile_of_sorted(ordered, 0.75),
      .minimum = ordered.front(),
      .maximum = ordered.back(),
      .of_mean = mean_interval(values, confidence),
      .of_median = median_interval(values, confidence),
      .outliers = outliers(values)};
}

Precision precision_of(std::span<const double> values, double target, double confidence) {
  if (!(target > 0)) {
    throw Error(fmt::format("statistics: the wanted precision is {}; it is above 0", target));
  }
  const IntervalOrRefusal found = median_interval(values, confidence);
  if (!found.interval) {
    return {.relative_half_width = {}, .reached = false, .expected_n = found.needed};
  }
  const std::size_t n = values.size();
  const double centre = std::abs(median(values));
  if (centre == 0) {
    const bool exact = found.interval->half_width() == 0;
    return {.relative_half_width = {}, .reached = exact, .expected_n = exact ? n : n + 1};
  }
  const double width = found.interval->half_width() / centre;
  if (width <= target) {
    return {.relative_half_width = width, .reached = true, .expected_n = n};
  }
  const double more = std::min(static_cast<double>(n) * (width / target) * (width / target), 1e9);
  return {
      .relative_half_width = width,
      .reached = false,
      .expected_n = std::max(n + 1, static_cast<std::size_t>(std::ceil(more)))};
}

} // namespace migralab
