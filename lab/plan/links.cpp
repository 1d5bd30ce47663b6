// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"
#include "migralab/plan/plan.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace migralab {

std::optional<OutboundAddresses>
outbound_addresses(const Topology& topology, const std::vector<Attachment>& attachments) {
  for (const Attachment& attachment : attachments) {
    const NetworkSpec& network = network_of(topology, attachment.network);
    if (network.outbound) {
      // Where slirp4netns has them.
      return OutboundAddresses{{network.subnet.base.value + 2}, {network.subnet.base.value + 3}};
    }
  }
  return std::nullopt;
}

std::string remote_prefix(const std::string& instance) {
  constexpr std::size_t length = 6; // an interface's name has 15, and says more than whose it is
  return "ml" + instance.substr(0, length);
}

std::vector<MakeLink> links_of(const Topology& topology) {
  std::vector<MakeLink> links;
  const auto add = [&](const auto& nodes, bool bridged) {
    for (const auto& node : nodes) {
      for (const Attachment& attachment : node.networks) {
        const NetworkSpec& network = network_of(topology, attachment.network);
        links.push_back(
            {.network = network.name,
             .subnet = network.subnet,
             .node = node.name,
             .address = attachment.address,
             .shaping = network.shaping_of(node.name),
             .bridged = bridged,
             .mtu = network.mtu,
             .vlan = network.vlan,
             .router = {}});
        const auto outbound = outbound_addresses(topology, node.networks);
        if (outbound && network.subnet.contains(outbound->router)) {
          links.back().router = outbound->router;
        }
      }
    }
  };
  add(topology.storage, false);
  add(topology.hosts, true);
  add(topology.clients, false);
  for (MakeLink& link : links) {
    link.machine = is_machine(topology, link.node);
    link.bridged = link.bridged || link.machine;
    link.index = static_cast<unsigned>(&network_of(topology, link.network) - topology.networks.data());
    if (is_remote(topology, link.node)) {
      link.remote = remote_prefix(topology.instance);
      link.bridge = network_of(topology, link.network).bridge;
    }
  }
  return links;
}

void expect_netem(const std::string& network, const Shaping& shaping, const Capabilities& capabilities) {
  if (shaping.delays_or_loses() && !capabilities.netem) {
    const char* wish = shaping.loss == 0 ? "delay" : shaping.delay.count() == 0 ? "loss" : "delay and loss";
    throw machine_lacks(
        fmt::format(
            "network {} asks for {}, which this kernel cannot do: it has no netem (sch_netem){}{}",
            network,
            wish,
            capabilities.netem_reason.empty() ? "" : "; tc says: ",
            capabilities.netem_reason),
        "as root: modprobe sch_netem, or run a kernel that has it; rates work without");
  }
}

} // namespace migralab
