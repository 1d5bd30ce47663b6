// SPDX-License-Identifier: Apache-2.0
// Private to this room.
#pragma once

#include "migralab/topology/topology.hpp"

#include <optional>
#include <string>

namespace migralab {

/// The address at which a client reaches a guest: on the first network that both are on.
[[nodiscard]] std::optional<Ipv4Address>
reachable_address(const Topology& topology, const std::string& client, const std::string& guest);

} // namespace migralab
