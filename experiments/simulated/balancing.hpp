// SPDX-License-Identifier: Apache-2.0
// A balancer in a simulated lab: the agents and the coordinator that balance a real one, over a network that loses
// nothing. Private to this room.
#pragma once

#include "migralab/balancer/plan.hpp"
#include "migralab/balancer/trace.hpp"
#include "world.hpp"

#include <memory>

namespace migralab::simulated {

/// From now on, for as long as the timeline runs on. Throws as plan_balancer() does.
class Balancing {
public:
  Balancing(World& world, const balancer::BalanceWish& wish);
  Balancing(const Balancing&) = delete;
  Balancing& operator=(const Balancing&) = delete;
  ~Balancing();

  /// No agent begins a migration any more.
  void stop();
  /// How many go on.
  [[nodiscard]] std::size_t flying() const;
  [[nodiscard]] const balancer::BalanceTrace& trace() const;

private:
  class Processes;
  std::shared_ptr<Processes> processes_; // what is scheduled may outlive this
};

} // namespace migralab::simulated
