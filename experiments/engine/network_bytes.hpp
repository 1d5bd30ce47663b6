// SPDX-License-Identifier: Apache-2.0
// What crossed each lab network, out of the counters of its switch. Private to this room.
#pragma once

#include "migralab/measure/counters.hpp"
#include "migralab/topology/topology.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace migralab {

/// Bytes that crossed one lab network, as its switch counted them on entry (every port's received).
struct NetworkBytes {
  std::string network;
  std::uint64_t bytes = 0;
};

/// The switch's ports under the names of network and node ("lan.h1"): an interface's own name may be shortened.
[[nodiscard]] std::map<std::string, std::string> port_names(const Topology& topology);

/// Renames the interfaces of every sample; one without a name is no port and is left out.
void name_ports(std::vector<CounterSample>& samples, const std::map<std::string, std::string>& names);

/// What each network's ports took in, between the last sample before `from` and the first after `to`. `samples` are
/// named and in order of time.
[[nodiscard]] std::vector<NetworkBytes>
bytes_between(const std::vector<CounterSample>& samples, const Topology& topology, Instant from, Instant to);

} // namespace migralab
