// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "migralab/topology/topology.hpp"

namespace migralab {

/// A storage server's address on the storage network; 0.0.0.0 where there is no server.
[[nodiscard]] Ipv4Address portal_of(const Topology& topology, const StorageSpec& server);

} // namespace migralab
