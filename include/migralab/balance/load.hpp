// SPDX-License-Identifier: Apache-2.0
// How much of its processors, memory and network a host or a guest uses, and what it would cost to move a guest. Pure.
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>

namespace migralab::balance {

enum class Resource { cpu, mem, net };
/// "cpu", "mem", "net".
[[nodiscard]] std::string_view to_string(Resource resource);

/// Either shares, from 0 to 1, of what a host has; or amounts, in the unit of the hosts' capacities.
struct Load {
  double cpu = 0;
  double mem = 0;
  double net = 0;

  bool operator==(const Load&) const = default;
  Load& operator+=(const Load& other) { return cpu += other.cpu, mem += other.mem, net += other.net, *this; }
  Load& operator-=(const Load& other) { return cpu -= other.cpu, mem -= other.mem, net -= other.net, *this; }
  friend Load operator+(Load a, const Load& b) { return a += b; }
  friend Load operator-(Load a, const Load& b) { return a -= b; }
  /// Resource by resource: a share of a capacity is an amount, an amount by a capacity a share.
  friend Load operator*(const Load& a, const Load& b) { return {a.cpu * b.cpu, a.mem * b.mem, a.net * b.net}; }
  friend Load operator/(const Load& a, const Load& b) { return {a.cpu / b.cpu, a.mem / b.mem, a.net / b.net}; }
};

/// Shares that differ by less are equal: 0.60 + 0.25 is 0.85, whatever binary fractions make of it.
inline constexpr double load_tolerance = 1e-9;

/// The largest of the three.
[[nodiscard]] inline double peak(const Load& load) {
  return std::max({load.cpu, load.mem, load.net});
}

/// No resource is above `limit`.
[[nodiscard]] inline bool within(const Load& load, double limit) {
  return peak(load) <= limit + load_tolerance;
}

/// The same limit, a share, for every resource.
[[nodiscard]] inline Load all_of(double limit) {
  return {limit, limit, limit};
}

/// 1 / ((1 - cpu) (1 - mem) (1 - net)), from 1 to infinity: how much of a machine is in use, in one number. T. Wood et
/// al., Black-box and Gray-box Strategies for Virtual Machine Migration, NSDI 2007.
[[nodiscard]] double volume(const Load& load);

/// volume^alpha * image^beta: a Cobb-Douglas function of how busy a guest is and how much has to be sent. `image_mb` is
/// above 0. Infinite where the volume is: such a guest moves last. Ferreira and Martins 2013, 5.2.
[[nodiscard]] double migration_cost(double volume, double image_mb, double alpha, double beta);

/// Of an adaptive mu: the weight of the newest error, and what mu is kept between.
inline constexpr double adaptive_phi = 0.2;
inline constexpr double least_mu = 0.2;
inline constexpr double most_mu = 0.9;

/// Exponentially weighted moving average of samples: N(i+1) = mu * sample + (1 - mu) * N(i), resource by resource; the
/// first sample counts whole. Ferreira and Martins 2013, 5.1.
///
/// Where mu is adaptive (not in that publication, which leaves it to future work), it is the tracking signal of Trigg
/// and Leach 1967, resource by resource: near 1 while samples are off the average to one side, near 0 while they are to
/// both.
class Smoother {
public:
  /// `mu`: the newest sample's weight, above 0 and up to 1. `before`: what an earlier one had come to. `adaptive`: the
  /// weight is `mu` only until a sample differs from the average.
  explicit Smoother(double mu, std::optional<Load> before = std::nullopt, bool adaptive = false)
      : mu_(mu), adaptive_(adaptive), value_(before) {}

  /// Takes a sample; the average with it.
  const Load& add(const Load& sample);
  /// Nothing before the first sample.
  [[nodiscard]] const std::optional<Load>& value() const { return value_; }

private:
  [[nodiscard]] Load adapted_weight(const Load& error);

  double mu_;
  bool adaptive_;
  std::optional<Load> value_;
  Load error_;     // smoothed: positive and negative ones cancel out
  Load deviation_; // smoothed, without signs
};

} // namespace migralab::balance
