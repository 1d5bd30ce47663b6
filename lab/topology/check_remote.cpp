// SPDX-License-Identifier: Apache-2.0
// Hosts and storage servers that outlive the lab: where they are.
#include "check_topology.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <string_view>

namespace migralab {
namespace {

/// A destination of ssh(1) is one word, and no option.
bool is_destination(const std::string& text) {
  return !text.empty() && text.front() != '-' && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c > ' ' && c < 0x7f && std::string_view("'\"\\$`").find(static_cast<char>(c)) == std::string_view::npos;
  });
}

template <typename Draft> void check_ssh(const Draft& draft, Diagnostics& diagnostics) {
  const std::string node = fmt::format("{} '{}'", draft.node.kind, draft.node.name.value);
  const bool remote = substrate_of(draft) == Substrate::remote;
  if (remote && !draft.ssh) {
    diagnostics.error(
        draft.substrate->where,
        fmt::format("{} is remote, and it is not said where", node),
        "add 'ssh: USER@ADDRESS', or a name of your ~/.ssh/config");
  }
  if (!remote && draft.ssh) {
    diagnostics.error(
        draft.ssh->where,
        fmt::format("{} has 'ssh', but is not remote", node),
        "leave 'ssh' out, or write 'substrate: remote'");
  }
  if (draft.ssh && !is_destination(draft.ssh->value)) {
    diagnostics.error(
        draft.ssh->where,
        fmt::format("'{}' is no destination of ssh", draft.ssh->value),
        "write USER@ADDRESS, ssh://USER@ADDRESS:PORT, or a name of your ~/.ssh/config");
  }
}

constexpr std::size_t longest_interface = 15; // IFNAMSIZ - 1

bool is_interface(const std::string& text) {
  return !text.empty() && text.size() <= longest_interface && text != "." && text != ".." && text.front() != '-' &&
         std::all_of(
             text.begin(), text.end(), [](unsigned char c) { return c > ' ' && c < 0x7f && c != '/' && c != ':'; });
}

/// A network that is there already is nobody's to shape, and only remote hosts are on it.
void check_bridge(const Draft& draft, const NetworkDraft& network, Diagnostics& diagnostics) {
  const auto refuse = [&](const std::string& what, const std::string& hint) {
    diagnostics.error(network.bridge->where, fmt::format("network '{}' {}", network.name.value, what), hint);
  };
  if (!is_interface(network.bridge->value)) {
    refuse(
        fmt::format("has a bridge '{}', which is no interface's name", network.bridge->value),
        "for example 'bridge: br0'");
  }
  if (network.shaping.up || network.shaping.down || network.shaping.delays_or_loses() || network.vlan ||
      network.outbound.value) {
    refuse("is one that is there: a lab does not shape it", "leave rate, delay, loss, vlan and outbound out");
  }
  const auto is_at = [](const Location& a, const Location& b) { return a.line == b.line && a.column == b.column; };
  if (network.subnet && is_at(network.subnet->where, network.name.where)) { // the default's
    refuse(
        "is one that is there: its addresses are, too",
        "say which of them are free: 'subnet: 192.168.7.0/24', and an address for each node");
  }
  bool remote = false;
  const auto look = [&](const auto& drafts) {
    for (const auto& one : drafts) {
      if (!is_attached(one.node, network.name.value)) {
        continue;
      }
      remote = remote || substrate_of(one) == Substrate::remote;
      if (substrate_of(one) != Substrate::remote) {
        diagnostics
            .error(
                one.node.name.where,
                fmt::format(
                    "{} '{}' is not remote, and network '{}' is a bridge of remote hosts",
                    one.node.kind,
                    one.node.name.value,
                    network.name.value),
                "put it on another network")
            .notes.emplace_back(network.bridge->where, "the bridge");
      }
    }
  };
  look(draft.storage);
  look(draft.hosts);
  const auto expect_address = [&](const auto& drafts) {
    for (const auto& one : drafts) {
      for (const AttachmentDraft& attachment : one.node.networks) {
        if (attachment.network.value == network.name.value && !attachment.address) {
          diagnostics
              .error(
                  one.node.name.where,
                  fmt::format(
                      "{} '{}' has no address on network '{}', whose other addresses are others'",
                      one.node.kind,
                      one.node.name.value,
                      network.name.value),
                  fmt::format("give it a free one: 'networks: {{{}: ADDRESS}}'", network.name.value))
              .notes.emplace_back(network.bridge->where, "the bridge");
        }
      }
    }
  };
  expect_address(draft.storage);
  expect_address(draft.hosts);
  expect_address(draft.clients);
  expect_address(draft.guests);
  if (!remote) {
    refuse("has a bridge, and no remote host is on it", "leave 'bridge' out");
  }
}

} // namespace

void check_remote(const Draft& draft, Diagnostics& diagnostics) {
  struct Known {
    std::string node;
    Location where;
  };
  std::map<std::string, Known> places;
  const auto check = [&](const auto& drafts) {
    for (const auto& one : drafts) {
      check_ssh(one, diagnostics);
      if (!one.ssh) {
        continue;
      }
      const std::string node = fmt::format("{} '{}'", one.node.kind, one.node.name.value);
      const auto [known, is_new] = places.try_emplace(one.ssh->value, Known{node, one.ssh->where});
      if (!is_new) {
        diagnostics
            .error(
                one.ssh->where,
                fmt::format("{} and {} are one machine", known->second.node, node),
                "each remote node is a machine of its own")
            .notes.emplace_back(known->second.where, "first given here");
      }
    }
  };
  check(draft.storage);
  check(draft.hosts);
  for (const NetworkDraft& network : draft.networks) {
    if (network.bridge) {
      check_bridge(draft, network, diagnostics);
    }
  }
}

} // namespace migralab
