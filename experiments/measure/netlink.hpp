// SPDX-License-Identifier: Apache-2.0
// What the kernel tells of the network of the calling thread (rtnetlink(7)): its links and its bridges' tables.
#pragma once

#include "migralab/measure/packets.hpp"

#include <map>
#include <string>

namespace migralab {

struct NetworkLink {
  std::string name;
  bool has_master = false; // a bridge's port
};

/// By interface index. Throws Error.
[[nodiscard]] std::map<int, NetworkLink> network_links();

} // namespace migralab
