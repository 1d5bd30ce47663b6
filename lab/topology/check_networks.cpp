// SPDX-License-Identifier: Apache-2.0
#include "check_topology.hpp"

#include <array>
#include <fmt/format.h>
#include <map>
#include <utility>

namespace migralab {
namespace {

void check_overlaps(const Draft& draft, Diagnostics& diagnostics) {
  for (std::size_t second = 0; second < draft.networks.size(); ++second) {
    for (std::size_t first = 0; first < second; ++first) {
      const NetworkDraft& a = draft.networks[first];
      const NetworkDraft& b = draft.networks[second];
      if (!a.subnet || !b.subnet || !a.subnet->value.overlaps(b.subnet->value)) {
        continue;
      }
      const auto described = [](const NetworkDraft& network) {
        return fmt::format("{} of network '{}'", to_string(network.subnet->value), network.name.value);
      };
      diagnostics
          .error(
              b.subnet->where,
              fmt::format("subnet {} overlaps {}", described(b), described(a)),
              "give each network a range of its own, for example 10.10.0.0/24 and 10.10.1.0/24")
          .notes.emplace_back(a.subnet->where, fmt::format("'{}' has its subnet from here", a.name.value));
    }
  }
}

void check_vlans(const Draft& draft, Diagnostics& diagnostics) {
  std::map<unsigned, const NetworkDraft*> taken;
  for (const NetworkDraft& network : draft.networks) {
    if (!network.vlan) {
      continue;
    }
    const auto [earlier, fresh] = taken.emplace(network.vlan->value, &network);
    if (!fresh) {
      diagnostics
          .error(
              network.vlan->where,
              fmt::format(
                  "VLAN {} of network '{}' is already that of network '{}'",
                  network.vlan->value,
                  network.name.value,
                  earlier->second->name.value),
              "two networks cannot be one VLAN: give each an id of its own, 1 to 4094")
          .notes.emplace_back(earlier->second->vlan->where, "first given here");
    }
  }
}

/// The user-mode gateway has the addresses .2 and .3 of its subnet.
constexpr unsigned narrowest_outbound = 25; // slirp4netns takes no narrower one

void check_outbound(const Draft& draft, const NetworkDraft& network, Diagnostics& diagnostics) {
  if (!network.outbound.value || !network.subnet) {
    return;
  }
  if (network.subnet->value.prefix > narrowest_outbound) {
    diagnostics.error(
        network.subnet->where,
        fmt::format(
            "network '{}' with outbound access needs a wider subnet than {}",
            network.name.value,
            to_string(network.subnet->value)),
        fmt::format("the gateway takes addresses of its own: use a prefix up to /{}", narrowest_outbound));
    return;
  }
  for (const NodeDraft* node : nodes_of(draft)) {
    for (const AttachmentDraft& attachment : node->networks) {
      const auto offset = attachment.address && attachment.network.value == network.name.value
                              ? attachment.address->value.value - network.subnet->value.base.value
                              : 0;
      if (offset == 2 || offset == 3) {
        diagnostics
            .error(
                attachment.address->where,
                fmt::format(
                    "address {} of {} '{}' belongs to the gateway of network '{}'",
                    to_string(attachment.address->value),
                    node->kind,
                    node->name.value,
                    network.name.value),
                "outbound access takes .2 and .3: give the node another address")
            .notes.emplace_back(network.outbound.where, "outbound access asked for here");
      }
    }
  }
}

struct Unusable {
  Subnet subnet;
  const char* why;
};

/// Ranges that a kernel does not route between hosts (RFC 6890).
constexpr std::array unusable{
    Unusable{{{0U}, 8}, "0.0.0.0/8 means 'this network'"},
    Unusable{{{127U << 24U}, 8}, "127.0.0.0/8 never leaves a machine"},
    Unusable{{{224U << 24U}, 3}, "addresses from 224.0.0.0 on are for multicast or reserved"}};

void check_usable(const NetworkDraft& network, Diagnostics& diagnostics) {
  for (const Unusable& range : unusable) {
    if (network.subnet && network.subnet->value.overlaps(range.subnet)) {
      diagnostics.error(
          network.subnet->where,
          fmt::format(
              "subnet {} of network '{}' cannot be used: {}",
              to_string(network.subnet->value),
              network.name.value,
              range.why),
          "use a private range, for example 10.10.0.0/24");
    }
  }
}

struct Owner {
  const NodeDraft* node;
  Location where;
};

void check_address(
    const NodeDraft& node,
    const Located<Ipv4Address>& address,
    const NetworkDraft& network,
    std::map<std::pair<std::string, Ipv4Address>, Owner>& taken,
    Diagnostics& diagnostics) {
  const Subnet& subnet = network.subnet->value;
  const std::string text = to_string(address.value);
  const std::string range = fmt::format(
      "nodes of '{}' can have {} to {}",
      network.name.value,
      to_string(Ipv4Address{subnet.base.value + 1}),
      to_string(Ipv4Address{subnet.broadcast().value - 1}));
  if (!subnet.contains(address.value)) {
    diagnostics.error(
        address.where,
        fmt::format("address {} is outside subnet {} of network '{}'", text, to_string(subnet), network.name.value),
        range);
    return;
  }
  if (address.value == subnet.base || address.value == subnet.broadcast()) {
    diagnostics.error(
        address.where,
        fmt::format(
            "{} is the {} address of network '{}', not one for a node",
            text,
            address.value == subnet.base ? "network" : "broadcast",
            network.name.value),
        range);
    return;
  }
  const auto [earlier, fresh] =
      taken.emplace(std::pair(network.name.value, address.value), Owner{&node, address.where});
  if (fresh) {
    return;
  }
  Owner first = earlier->second;
  Owner second{&node, address.where};
  if (second.where.line < first.where.line) {
    std::swap(first, second);
  }
  diagnostics
      .error(
          second.where,
          fmt::format("address {} is already given to {} '{}'", text, first.node->kind, first.node->name.value),
          "give one of the two another address, or none for an automatic one")
      .notes.emplace_back(first.where, "first given here");
}

} // namespace

void check_networks(const Draft& draft, Diagnostics& diagnostics) {
  for (const NetworkDraft& network : draft.networks) {
    check_usable(network, diagnostics);
    check_outbound(draft, network, diagnostics);
  }
  check_overlaps(draft, diagnostics);
  check_vlans(draft, diagnostics);
  std::map<std::pair<std::string, Ipv4Address>, Owner> taken;
  for (const NodeDraft* node : nodes_of(draft)) {
    for (const AttachmentDraft& attachment : node->networks) {
      const NetworkDraft* network = find_network(draft, attachment.network.value);
      if (network != nullptr && network->subnet && attachment.address) {
        check_address(*node, *attachment.address, *network, taken, diagnostics);
      }
    }
  }
}

} // namespace migralab
