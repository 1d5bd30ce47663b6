// SPDX-License-Identifier: Apache-2.0
// Automatic addresses: a pure function of the file. On each network the nodes without an explicit address get, in the
// order storage servers, hosts, clients, guests and in file order within each, the next free address from .10 upwards;
// from .2 in a /28 or /29, where .10 leaves no room. Explicit addresses of other nodes are skipped.
#pragma once

#include "draft.hpp"

#include <map>
#include <string>
#include <utility>

namespace migralab {

/// (node, network) -> address, explicit ones included.
using AddressPlan = std::map<std::pair<std::string, std::string>, Ipv4Address>;

/// Reports networks that are too small for their nodes.
[[nodiscard]] AddressPlan plan_addresses(const Draft& draft, Diagnostics& diagnostics);

} // namespace migralab
