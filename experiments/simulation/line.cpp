// SPDX-License-Identifier: Apache-2.0
#include "line.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace migralab::simulation {

namespace {

double cube(double x) {
  return x * x * x;
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

/// Takes out of `series` what lies along `direction`, which has length 1.
void take_out(std::vector<double>& series, const std::vector<double>& direction) {
  const double along = dot(series, direction);
  for (std::size_t i = 0; i < series.size(); ++i) {
    series[i] -= along * direction[i];
  }
}

} // namespace

Line line_through(std::span<const double> samples, std::span<const double> weights) {
  double weight = 0;
  double x_sum = 0;
  double y_sum = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    weight += weights[i];
    x_sum += weights[i] * static_cast<double>(i + 1);
    y_sum += weights[i] * samples[i];
  }
  const double x_mean = x_sum / weight;
  const double y_mean = y_sum / weight;
  double xx = 0;
  double xy = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double x = static_cast<double>(i + 1) - x_mean;
    xx += weights[i] * x * x;
    xy += weights[i] * x * (samples[i] - y_mean);
  }
  const double slope = xy / xx;
  return {y_mean - slope * x_mean, slope};
}

std::vector<double> tricube_weights(std::size_t samples) {
  std::vector<double> weights;
  for (std::size_t i = 1; i <= samples; ++i) {
    weights.push_back(cube(1 - cube(static_cast<double>(samples - i) / static_cast<double>(samples - 1))));
  }
  return weights;
}

std::vector<double> robust_weights(std::span<const double> samples, std::span<const double> weights, const Line& line) {
  std::vector<double> distances;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    distances.push_back(std::abs(samples[i] - line.at(static_cast<double>(i + 1))));
  }
  const double far = 6 * median(distances);
  std::vector<double> robust(weights.begin(), weights.end());
  for (std::size_t i = 0; far > 0 && i < robust.size(); ++i) {
    const double part = std::min(distances[i] / far, 1.0);
    robust[i] *= (1 - part * part) * (1 - part * part);
  }
  return robust;
}

double median(std::vector<double> samples) {
  std::sort(samples.begin(), samples.end());
  const std::size_t middle = samples.size() / 2;
  return samples.size() % 2 == 1 ? samples[middle] : (samples[middle - 1] + samples[middle]) / 2;
}

double quartile_range(std::vector<double> samples) {
  std::sort(samples.begin(), samples.end());
  const auto n = static_cast<double>(samples.size());
  // Halves are rounded up.
  const auto number = [&](double part) { return static_cast<std::size_t>(std::floor(part * (n + 1) + 0.5)); };
  return samples[number(0.75) - 1] - samples[number(0.25) - 1];
}

std::vector<double> explained(const std::vector<std::vector<double>>& series) {
  constexpr double nothing = 1e-12; // of a variance: what is left of a sum of others is rounding
  std::vector<std::vector<double>> centred = series;
  std::vector<double> variances;
  for (std::vector<double>& one : centred) {
    const double mean = std::accumulate(one.begin(), one.end(), 0.0) / static_cast<double>(one.size());
    std::for_each(one.begin(), one.end(), [&](double& value) { value -= mean; });
    variances.push_back(dot(one, one));
  }
  std::vector<double> shares;
  for (std::size_t wanted = 0; wanted < centred.size(); ++wanted) {
    // Directions at right angles to each other that the others span (modified Gram-Schmidt); what they leave of the
    // wanted series is not explained.
    std::vector<std::vector<double>> directions;
    std::vector<double> rest = centred[wanted];
    for (std::size_t other = 0; other < centred.size(); ++other) {
      std::vector<double> direction = centred[other];
      if (other == wanted) {
        continue;
      }
      for (const std::vector<double>& known : directions) {
        take_out(direction, known);
      }
      const double left = dot(direction, direction);
      if (left <= nothing * variances[other] || left == 0) {
        continue;
      }
      std::for_each(direction.begin(), direction.end(), [&](double& value) { value /= std::sqrt(left); });
      take_out(rest, direction);
      directions.push_back(std::move(direction));
    }
    const double variance = variances[wanted];
    shares.push_back(variance == 0 ? 0 : 1 - dot(rest, rest) / variance);
  }
  return shares;
}

} // namespace migralab::simulation
