// SPDX-License-Identifier: Apache-2.0
// Private to this room.
#pragma once

#include "migralab/experiment/experiment.hpp"

#include <optional>
#include <string>

namespace migralab {

/// The address at which the client reaches the guest: on the first network that both are on.
[[nodiscard]] std::optional<Ipv4Address>
reachable_address(const std::string& client, const std::string& guest, const Topology& topology);

} // namespace migralab
