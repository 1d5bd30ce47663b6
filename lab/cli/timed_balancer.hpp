// SPDX-License-Identifier: Apache-2.0
// How long a policy takes to decide, by this machine's clock: the one thing about a simulation that is measured.
#pragma once

#include "migralab/core/clock.hpp"
#include "migralab/simulation/balancer.hpp"

#include <algorithm>

namespace migralab {

/// Of `balance replay` and `balance compare`.
inline constexpr const char* free_sizes_about =
    "memory and network of guests do not limit how many a host takes once it runs, as in CloudSim: processors alone do";

class TimedBalancer : public simulation::Balancer {
public:
  /// `inner` must outlive it.
  explicit TimedBalancer(simulation::Balancer& inner) : inner_(inner) {}

  [[nodiscard]] std::optional<simulation::HostIndex>
  first_host(const simulation::ClusterState& state, simulation::GuestIndex guest) override {
    return inner_.first_host(state, guest);
  }
  [[nodiscard]] std::vector<simulation::Order> decide(const simulation::ClusterState& state, double seconds) override {
    const Instant began = std::chrono::steady_clock::now();
    std::vector<simulation::Order> orders = inner_.decide(state, seconds);
    const Nanoseconds took = std::chrono::steady_clock::now() - began;
    total_ += took;
    longest_ = std::max(longest_, took);
    ++rounds_;
    return orders;
  }
  void finished(simulation::GuestIndex guest, double seconds) override { inner_.finished(guest, seconds); }
  [[nodiscard]] std::size_t messages() const override { return inner_.messages(); }
  [[nodiscard]] std::size_t reserve() const override { return inner_.reserve(); }

  [[nodiscard]] Nanoseconds mean() const { return rounds_ == 0 ? Nanoseconds(0) : total_ / rounds_; }
  [[nodiscard]] Nanoseconds longest() const { return longest_; }

private:
  simulation::Balancer& inner_;
  Nanoseconds total_{0};
  Nanoseconds longest_{0};
  std::int64_t rounds_ = 0;
};

} // namespace migralab
