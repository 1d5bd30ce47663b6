// SPDX-License-Identifier: Apache-2.0
// Does one node reach another by TCP, as a migration's stream would?
#pragma once

#include "migralab/core/address.hpp"
#include "migralab/core/clock.hpp"
#include "migralab/topology/topology.hpp"

#include <string>

namespace migralab {

/// Listens at the address in the network of `to` for a moment, and connects to it from that of `from`. What is wrong;
/// empty: it reaches it. Inside the lab.
[[nodiscard]] std::string
tcp_problem(const std::string& from, const std::string& to, Ipv4Address address, Nanoseconds limit);

/// The same from a machine, to the ssh server of another.
[[nodiscard]] std::string
tcp_problem_of_machine(const Topology& topology, const std::string& from, Ipv4Address address);

} // namespace migralab
