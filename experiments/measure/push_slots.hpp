// SPDX-License-Identifier: Apache-2.0
// From the datagrams that a guest pushed to a trace on the client's clock; see start_udp_push_probe(). Pure.
#pragma once

#include "migralab/measure/probe.hpp"

#include <vector>

namespace migralab {

struct PushArrival {
  std::uint64_t sequence = 0;
  Nanoseconds lateness{}; // of the sender behind its own plan, by its own clock
  Instant at;
};

struct PushWindow {
  Nanoseconds interval;
  Nanoseconds timeout;
  Instant asked;                              // the first subscription was sent
  Instant stopped;                            // nothing is planned after it
  RequestEnd silence = RequestEnd::timed_out; // how every slot ended when nothing came at all
};

/// `arrivals` in the order in which they came.
[[nodiscard]] ProbeTrace trace_of_push(const std::vector<PushArrival>& arrivals, const PushWindow& window);

} // namespace migralab
