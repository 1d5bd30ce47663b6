// SPDX-License-Identifier: Apache-2.0
#include "line.hpp"
#include "parts.hpp"

#include <algorithm>
#include <cmath>

namespace migralab::simulation {

namespace {

// Fewer samples say nothing (Beloglazov and Buyya do not give a number; these are CloudSim's).
constexpr std::size_t fewest_samples = 12;
constexpr std::size_t line_samples = 10;
constexpr double rounding = 1e-9;

double demanded(const ClusterState& state, HostIndex host, std::optional<GuestIndex> with) {
  return (state.requested(host) + (with ? state.request(*with) : 0)) / state.host(host).mips();
}

/// Seconds that the largest guest takes to migrate.
double longest_migration(const ClusterState& state, HostIndex host, std::optional<GuestIndex> with) {
  double memory_mb = with ? state.guest(*with).memory_mb : 0;
  for (const GuestIndex guest : state.guests_of(host)) {
    memory_mb = std::max(memory_mb, state.guest(guest).memory_mb);
  }
  return migration_seconds(memory_mb, state.host(host).net_mbit);
}

const std::vector<double>& even_weights() {
  static const std::vector<double> weights(line_samples, 1);
  return weights;
}

const std::vector<double>& published_weights() {
  static const std::vector<double> weights = tricube_weights(line_samples);
  return weights;
}

} // namespace

bool Threshold::overloaded(const ClusterState& state, HostIndex host, std::optional<GuestIndex> with) const {
  return demanded(state, host, with) > share_;
}

bool SwingingThreshold::overloaded(const ClusterState& state, HostIndex host, std::optional<GuestIndex> with) const {
  ClusterState::Past past{};
  const std::size_t size = state.past(host, with, past);
  if (size < fewest_samples) {
    return fallback_.overloaded(state, host, with);
  }
  std::vector<double> samples(past.begin(), past.begin() + static_cast<std::ptrdiff_t>(size));
  double swing = 0;
  switch (measure_) {
  case Measure::median_deviation: {
    const double middle = median(samples);
    std::for_each(samples.begin(), samples.end(), [&](double& sample) { sample = std::abs(middle - sample); });
    swing = median(std::move(samples));
    break;
  }
  case Measure::quartile_range:
    swing = quartile_range(std::move(samples));
    break;
  }
  return demanded(state, host, with) > 1 - safety_ * swing;
}

bool Regression::overloaded(const ClusterState& state, HostIndex host, std::optional<GuestIndex> with) const {
  ClusterState::Past past{};
  if (state.past(host, with, past) < line_samples) {
    return fallback_.overloaded(state, host, with);
  }
  std::reverse(past.begin(), past.begin() + line_samples);
  const std::span samples(past.data(), line_samples); // the oldest first
  Line line = line_through(samples, weighted_ ? published_weights() : even_weights());
  if (kind_ == Kind::robust && weighted_) {
    line = line_through(samples, robust_weights(samples, published_weights(), line));
  }
  const double ahead = std::ceil(longest_migration(state, host, with) / interval_s_);
  return safety_ * line.at(static_cast<double>(line_samples) + ahead) >= 1;
}

bool OverloadTime::overloaded(const ClusterState& state, HostIndex host, std::optional<GuestIndex> with) const {
  ClusterState::Past past{};
  const std::size_t size = state.past(host, with, past);
  if (size < line_samples || demanded(state, host, with) < 1 - rounding) { // it has been, but is not now
    return false;
  }
  const auto full = std::count_if(past.begin(), past.begin() + static_cast<std::ptrdiff_t>(size), [](double share) {
    return share >= 1 - rounding;
  });
  const double migration = longest_migration(state, host, with) / interval_s_;
  return migration + static_cast<double>(full) >= share_ * (migration + static_cast<double>(size));
}

} // namespace migralab::simulation
