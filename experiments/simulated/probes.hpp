// SPDX-License-Identifier: Apache-2.0
// What clients and workloads would have seen of guests that stood still for a while. Private to this room.
#pragma once

#include "migralab/experiment/experiment.hpp"
#include "migralab/measure/probe.hpp"
#include "world.hpp"

#include <vector>

namespace migralab::simulated {

/// How a client reaches a guest.
struct Reach {
  Nanoseconds round_trip{};
  double loss = 0; ///< of the frames, one way
};

/// Requests from `from` to `to`. One that reaches a guest that stands still is lost (UDP), or begins anew after 1 s,
/// 3 s, 7 s (TCP: the first frame again, RFC 6298).
[[nodiscard]] ProbeTrace udp_seen(
    const std::string& name,
    double rate,
    Instant from,
    Instant to,
    const Reach& reach,
    const std::vector<Standstill>& still,
    simulation::Random& random);
[[nodiscard]] ProbeTrace http_seen(
    double rate,
    Instant from,
    Instant to,
    const Reach& reach,
    const std::vector<Standstill>& still,
    simulation::Random& random);

} // namespace migralab::simulated
