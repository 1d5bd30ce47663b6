// SPDX-License-Identifier: Apache-2.0
// A trace in numbers. Pure. docs/balancing.md defines each.
#pragma once

#include "migralab/balancer/trace.hpp"

#include <map>
#include <string>

namespace migralab::balancer {

struct HostSummary {
  double seconds_over = 0; ///< a resource was above the limit, by samples (not by averages)
  balance::Load mean;      ///< of the samples, over time
  balance::Load highest_average;
  double covered = 0; ///< seconds that samples tell of; without any, there is no mean
};

struct BalanceSummary {
  std::map<std::string, HostSummary> hosts;
  double imbalance = 0;         ///< standard deviation over the hosts of their largest shares; its mean over time
  std::size_t moves = 0;        ///< that succeeded
  std::size_t failed_moves = 0; ///< begun, and not succeeded
  std::size_t ping_pong = 0;    ///< moves back to a host that the guest had left within ten minutes
  double bytes = 0;             ///< sent by migrations
  Nanoseconds downtime{};       ///< of all guests together, by the hypervisor's account
  std::size_t rounds = 0;
  std::uint64_t messages = 0; ///< datagrams sent, by all
  std::uint64_t message_bytes = 0;
  std::map<std::pair<std::string, std::string>, std::size_t> destinations; ///< moves by guest and destination
  Nanoseconds longest_response{}; ///< from the sample that asked for relief to MIGRATE
};

/// `limit`: the policy's `overload`.
[[nodiscard]] BalanceSummary summarize(const BalanceTrace& trace, double limit);

} // namespace migralab::balancer
