// SPDX-License-Identifier: Apache-2.0
// What guests demand, sample by sample: read from files, or generated.
#pragma once

#include "migralab/core/clock.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace migralab::simulation {

/// A guest of a trace. What the trace does not tell is 0.
struct TraceGuest {
  std::string name;
  unsigned cores = 0;
  double mhz = 0;                    ///< of all its cores together
  double memory_mb = 0;              ///< that it was given
  std::optional<std::size_t> host{}; ///< where it was at first, of Trace::hosts
};

/// A host of a trace that tells of hosts.
struct TraceHost {
  std::string name;
  double memory_mb = 0;
  double net_mbit = 1000; ///< of which shares of its network are
};

/// A value: samples of all guests, at the same times. The samples of a guest lie one after the other.
struct Trace {
  Nanoseconds interval{0}; ///< between samples; above 0
  std::size_t steps = 0;   ///< samples of each guest
  std::vector<TraceGuest> guests;
  std::vector<double> cpu;        ///< shares, from 0 to 1, of a guest's processors: guests.size() * steps
  std::vector<double> mem;        ///< shares of a guest's memory; empty where the trace does not tell
  std::vector<double> net;        ///< kB/s, received and sent; empty where the trace does not tell
  std::vector<TraceHost> hosts{}; ///< of samples of a lab: then guests' shares are of a host

  [[nodiscard]] std::span<const double> cpu_of(std::size_t guest) const {
    return std::span(cpu).subspan(guest * steps, steps);
  }
};

} // namespace migralab::simulation
