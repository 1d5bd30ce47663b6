// SPDX-License-Identifier: Apache-2.0
// From the counters of a host and its guests to loads. Pure. Private to this room.
#pragma once

#include "migralab/balancer/config.hpp"
#include "migralab/coordination/report.hpp"
#include "migralab/core/interfaces.hpp"
#include "migralab/hypervisor/guest_watch.hpp"

#include <map>
#include <string>
#include <vector>

namespace migralab::balancer {

/// One look at all counters.
struct HostReading {
  Instant at;
  Nanoseconds processor_time{};                     ///< of the host, guests included
  std::map<std::string, InterfaceCount> interfaces; ///< of its network
  std::vector<GuestCounters> guests;
};

/// What was used between two readings, as shares of the host's capacity from 0 to 1. A guest that was not there before
/// has begun its counters since. Of memory it is what guests use at the second reading; a guest that has never told
/// (see GuestCounters) uses all that it has. Throws Error when there is no time between them.
[[nodiscard]] coordination::HostSample
sample_of(const HostReading& before, const HostReading& after, const AgentConfig& config);

} // namespace migralab::balancer
