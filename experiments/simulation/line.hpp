// SPDX-License-Identifier: Apache-2.0
// Lines through samples that were taken at 1, 2, ..., n, and what else detections ask of samples.
#pragma once

#include <span>
#include <vector>

namespace migralab::simulation {

struct Line {
  double at_zero = 0;
  double slope = 0;
  [[nodiscard]] double at(double x) const { return at_zero + slope * x; }
};

/// Least squares; `weights` as many as samples, two of them above 0.
[[nodiscard]] Line line_through(std::span<const double> samples, std::span<const double> weights);

/// (1 - ((n - i) / (n - 1))^3)^3 for sample i: 1 for the newest, which is the last, 0 for the oldest. W. S. Cleveland,
/// Robust locally weighted regression and smoothing scatterplots, JASA 74(368), 1979.
[[nodiscard]] std::vector<double> tricube_weights(std::size_t samples);

/// `weights`, less for samples that are far from the line: times (1 - (r / 6s)^2)^2, 0 beyond 6s, where r is a sample's
/// distance and s the median of all. Cleveland 1979. The same weights where s is 0.
[[nodiscard]] std::vector<double>
robust_weights(std::span<const double> samples, std::span<const double> weights, const Line& line);

/// The middle one, or the mean of the middle two. At least one sample.
[[nodiscard]] double median(std::vector<double> samples);

/// Samples number round(3 (n + 1) / 4) less number round((n + 1) / 4), in ascending order. At least two samples.
[[nodiscard]] double quartile_range(std::vector<double> samples);

/// How much of the variance of each series all the others explain together, from 0 to 1: the squared coefficient of
/// multiple correlation. Series are of equal length. One that does not vary has 0.
[[nodiscard]] std::vector<double> explained(const std::vector<std::vector<double>>& series);

} // namespace migralab::simulation
