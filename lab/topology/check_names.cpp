// SPDX-License-Identifier: Apache-2.0
#include "check_topology.hpp"

#include "migralab/core/spelling.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <string>
#include <vector>

namespace migralab {
namespace {

constexpr std::size_t longest_name = 31;

constexpr bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_name(const std::string& text) {
  return !text.empty() && text.size() <= longest_name && is_lower(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
}

/// The nearest allowed name, or nothing where little of the text would be left.
std::string repaired(const std::string& text) {
  std::string name;
  for (const char c : text) {
    const char small = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (is_digit(small) && name.empty()) {
      return {};
    }
    if (is_lower(small) || is_digit(small)) {
      name += small;
    } else if ((c == '_' || c == '.' || c == ' ' || c == '-') && !name.empty()) {
      name += '-';
    }
  }
  return name.substr(0, longest_name);
}

void check_name(const Located<std::string>& name, std::string_view what, Diagnostics& diagnostics) {
  if (is_name(name.value)) {
    return;
  }
  const std::string better = repaired(name.value);
  diagnostics.error(
      name.where,
      name.value.size() > longest_name
          ? fmt::format("name of {} has {} characters, at most {} are allowed", what, name.value.size(), longest_name)
          : fmt::format("'{}' is not a name for {}", name.value, what),
      fmt::format(
          "{}a name is a small letter, then small letters, digits and '-', at most {} characters",
          better.empty() ? "" : fmt::format("write '{}': ", better),
          longest_name));
}

/// A network's name becomes that of interfaces; these mean something else to the kernel (devinet_conf of sysctl,
/// loopback).
void check_interface_name(const Located<std::string>& network, Diagnostics& diagnostics) {
  for (const char* taken : {"lo", "all", "default"}) {
    if (network.value == taken) {
      diagnostics.error(
          network.where,
          fmt::format("a network cannot be called '{}'", taken),
          "interfaces bear the names of networks, and this one has a meaning of its own: choose another");
    }
  }
}

void check_node_names(const Draft& draft, Diagnostics& diagnostics) {
  std::map<std::string, const NodeDraft*> taken;
  for (const NodeDraft* node : nodes_of(draft)) {
    const Located<std::string>& name = node->name;
    check_name(name, fmt::format("a {}", node->kind), diagnostics);
    if (name.value == "switch") {
      diagnostics.error(
          name.where,
          "the name 'switch' is reserved",
          "choose another name: the lab's own switch of each network is called so");
    }
    const auto [earlier, fresh] = taken.emplace(name.value, node);
    if (!fresh) {
      // The sections may stand in any order in the file: the later place is the one to report.
      const NodeDraft* first = earlier->second;
      const NodeDraft* second = node;
      if (second->name.where.line < first->name.where.line) {
        std::swap(first, second);
      }
      diagnostics
          .error(
              second->name.where,
              fmt::format("the name '{}' is already taken by a {}", name.value, first->kind),
              "storage servers, hosts, clients and guests share one name space: rename one of the two")
          .notes.emplace_back(first->name.where, "first defined here");
    }
  }
}

void check_network_references(Draft& draft, Diagnostics& diagnostics) {
  std::vector<std::string> known;
  for (const NetworkDraft& network : draft.networks) {
    known.push_back(network.name.value);
  }
  if (known.empty()) {
    return; // reported as "no networks"
  }
  const auto needs_none = [&draft](const NodeDraft& node) {
    const StorageDraft* storage = find_storage(draft, node.name.value);
    return node.kind == "guest" || (storage != nullptr && storage->type == StorageSpec::Type::local);
  };
  for (NodeDraft* node : nodes_of(draft)) {
    for (const AttachmentDraft& attachment : node->networks) {
      const Located<std::string>& name = attachment.network;
      if (find_network(draft, name.value) == nullptr) {
        node->networks_known = false;
        diagnostics.error(
            name.where,
            fmt::format("{} '{}' is on an unknown network '{}'", node->kind, node->name.value, name.value),
            suggest(name.value, known, "Networks of this file"));
      }
    }
    if (node->networks.empty() && node->networks_known && !needs_none(*node)) {
      node->networks_known = false;
      diagnostics.error(
          node->name.where,
          fmt::format("{} '{}' is on no network", node->kind, node->name.value),
          fmt::format("write for example 'networks: [{}]'", known.front()));
    }
  }
}

template <typename Node>
void check_reference(
    const Located<std::string>& name,
    const std::vector<Node>& nodes,
    const std::string& what,
    std::string_view role,
    const std::string& hint_when_none,
    Diagnostics& diagnostics) {
  std::vector<std::string> known;
  for (const Node& node : nodes) {
    known.push_back(node.node.name.value);
  }
  if (std::find(known.begin(), known.end(), name.value) == known.end()) {
    diagnostics.error(
        name.where,
        fmt::format("{} '{}'", what, name.value),
        known.empty() ? hint_when_none : suggest(name.value, known, role));
  }
}

} // namespace

void check_names(Draft& draft, Diagnostics& diagnostics) {
  if (!draft.lab.value.empty()) {
    check_name(draft.lab, "a lab", diagnostics);
  }
  for (const NetworkDraft& network : draft.networks) {
    check_name(network.name, "a network", diagnostics);
    check_interface_name(network.name, diagnostics);
  }
  check_node_names(draft, diagnostics);
  check_network_references(draft, diagnostics);
  for (const GuestDraft& guest : draft.guests) {
    const std::string& name = guest.node.name.value;
    if (guest.host && !draft.hosts.empty()) { // a lab without hosts is reported as such
      check_reference(
          *guest.host,
          draft.hosts,
          fmt::format("guest '{}' starts on an unknown host", name),
          "Hosts of this file",
          "",
          diagnostics);
    }
    if (guest.disk && guest.disk->storage) {
      check_reference(
          *guest.disk->storage,
          draft.storage,
          fmt::format("disk of guest '{}' is on an unknown storage server", name),
          "Storage servers of this file",
          fmt::format(
              "the file has none: add for example 'storage: {{{}: {{type: iscsi}}}}'", guest.disk->storage->value),
          diagnostics);
    }
  }
}

} // namespace migralab
