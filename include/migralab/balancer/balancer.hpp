// SPDX-License-Identifier: Apache-2.0
// The balancing of a running lab: an agent for each host and a coordinator, each a process of its own where its node
// is, kept alive and listened to. For inside the lab (see inside() of keeper.hpp).
#pragma once

#include "migralab/balancer/plan.hpp"
#include "migralab/balancer/trace.hpp"
#include "migralab/lab/lab_state.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <string>

namespace migralab::balancer {

class Balancer {
public:
  virtual ~Balancer() = default; ///< ends all processes at once; what they migrate is aborted

  /// Starts anew what has ended, and reads what was written since. Throws Error for a process that does not stay up.
  virtual void look() = 0;
  /// All so far.
  [[nodiscard]] virtual const BalanceTrace& trace() const = 0;
  /// Ends the coordinator, waits for the migrations that go on, ends the agents. Once.
  [[nodiscard]] virtual BalanceTrace stop() = 0;
};

/// `folder`: made anew; gets the processes' configurations, the key of this lab's messages, and logs.
[[nodiscard]] std::unique_ptr<Balancer> start_balancer(
    const Topology& topology,
    const LabState& state,
    const BalanceWish& wish,
    const std::filesystem::path& folder);

/// The program that agent and coordinator are: beside this one. Throws Error when it is not there.
[[nodiscard]] std::filesystem::path balancer_program();

} // namespace migralab::balancer
