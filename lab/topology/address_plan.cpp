// SPDX-License-Identifier: Apache-2.0
#include "address_plan.hpp"

#include <fmt/format.h>
#include <set>
#include <vector>

namespace migralab {
namespace {

constexpr std::uint32_t usual_start = 10;
constexpr std::uint32_t small_start = 2; // .1 stays free for a gateway
constexpr unsigned small_prefix = 28;

std::uint32_t first_offset(unsigned prefix) {
  return prefix >= small_prefix ? small_start : usual_start;
}

/// How many nodes find an automatic address in an otherwise empty subnet.
std::uint32_t room(unsigned prefix) {
  return (1U << (32U - prefix)) - 1U - first_offset(prefix);
}

void plan_network(const Draft& draft, const NetworkDraft& network, AddressPlan& plan, Diagnostics& diagnostics) {
  const Subnet& subnet = network.subnet->value;
  std::set<Ipv4Address> taken;
  std::vector<const NodeDraft*> waiting;
  for (const NodeDraft* node : nodes_of(draft)) {
    for (const AttachmentDraft& attachment : node->networks) {
      if (attachment.network.value != network.name.value) {
        continue;
      }
      if (attachment.address) {
        taken.insert(attachment.address->value);
        plan[{node->name.value, network.name.value}] = attachment.address->value;
      } else {
        waiting.push_back(node);
      }
    }
  }
  Ipv4Address next{subnet.base.value + first_offset(subnet.prefix)};
  std::size_t served = 0;
  for (; served < waiting.size(); ++served, ++next.value) {
    while (taken.contains(next)) {
      ++next.value;
    }
    if (next >= subnet.broadcast()) {
      break;
    }
    plan[{waiting[served]->name.value, network.name.value}] = next;
  }
  if (served == waiting.size()) {
    return;
  }
  unsigned prefix = subnet.prefix;
  while (prefix > 8 && room(prefix) < waiting.size() + taken.size()) {
    --prefix;
  }
  diagnostics.error(
      network.subnet->where,
      fmt::format(
          "subnet {} of network '{}' has room for {} automatic addresses, its nodes need {}",
          to_string(subnet),
          network.name.value,
          served,
          waiting.size()),
      fmt::format("use a shorter prefix: /{} is large enough", prefix));
}

} // namespace

AddressPlan plan_addresses(const Draft& draft, Diagnostics& diagnostics) {
  AddressPlan plan;
  for (const NetworkDraft& network : draft.networks) {
    if (network.subnet) {
      plan_network(draft, network, plan, diagnostics);
    }
  }
  return plan;
}

} // namespace migralab
