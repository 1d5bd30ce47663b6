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
  }
  check_overlaps(draft, diagnostics);
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
