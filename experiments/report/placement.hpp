// SPDX-License-Identifier: Apache-2.0
// Where guests were while a balancer ran. Pure.
#pragma once

#include "migralab/balancer/trace.hpp"

#include <string>
#include <vector>

namespace migralab {

/// A stretch of time that a guest was on a host.
struct Stay {
  std::string guest;
  std::string host;
  Instant from; // it was first seen there, or had come
  Instant to;   // it was last seen there, or left
};

/// From samples and migrations: by the host that a guest was on first, then by name and time. Between two hosts without
/// a migration that tells, nobody knows: there is a gap.
[[nodiscard]] std::vector<Stay> stays_of(const balancer::BalanceTrace& trace);

} // namespace migralab
