// SPDX-License-Identifier: Apache-2.0
#include "reachable_address.hpp"

namespace migralab {

std::optional<Ipv4Address>
reachable_address(const Topology& topology, const std::string& client, const std::string& guest) {
  for (const ClientSpec& known : topology.clients) {
    for (const Attachment& theirs : known.networks) {
      for (const Attachment& own : guest_of(topology, guest).networks) {
        if (known.name == client && own.network == theirs.network) {
          return own.address;
        }
      }
    }
  }
  return std::nullopt;
}

} // namespace migralab
