// SPDX-License-Identifier: Apache-2.0
#include "draft.hpp"

#include <algorithm>

namespace migralab {
namespace {

/// Draft is const or not; the pointers follow.
template <typename Node, typename AnyDraft> std::vector<Node*> collect_nodes(AnyDraft& draft) {
  std::vector<Node*> nodes;
  const auto add = [&nodes](auto& section) {
    for (auto& item : section) {
      nodes.push_back(&item.node);
    }
  };
  add(draft.storage);
  add(draft.hosts);
  add(draft.clients);
  add(draft.guests);
  return nodes;
}

template <typename Node> const Node* find_node(const std::vector<Node>& nodes, std::string_view name) {
  const auto found = std::find_if(nodes.begin(), nodes.end(), [&](const Node& n) { return n.node.name.value == name; });
  return found == nodes.end() ? nullptr : &*found;
}

} // namespace

std::vector<NodeDraft*> nodes_of(Draft& draft) {
  return collect_nodes<NodeDraft>(draft);
}
std::vector<const NodeDraft*> nodes_of(const Draft& draft) {
  return collect_nodes<const NodeDraft>(draft);
}

Substrate substrate_of(const HostDraft& host) {
  if (host.substrate) {
    return host.substrate->value;
  }
  if (host.ssh) {
    return Substrate::remote;
  }
  return host.hypervisor.value == HostSpec::Hypervisor::xen ? Substrate::machine : Substrate::name_space;
}

bool is_machine(const HostDraft& host) {
  return substrate_of(host) != Substrate::name_space;
}

bool is_booted(const HostDraft& host) {
  return substrate_of(host) == Substrate::machine;
}

Substrate substrate_of(const StorageDraft& storage) {
  if (storage.substrate) {
    return storage.substrate->value;
  }
  return storage.ssh ? Substrate::remote : Substrate::name_space;
}

bool is_machine(const StorageDraft& storage) {
  return substrate_of(storage) != Substrate::name_space;
}

bool is_booted(const StorageDraft& storage) {
  return substrate_of(storage) == Substrate::machine;
}

std::string image_of(const HostDraft& host) {
  if (!is_booted(host)) {
    return {};
  }
  return host.image ? host.image->value : to_string(host.hypervisor.value) + "-host";
}

std::string image_of(const StorageDraft& storage) {
  if (!is_booted(storage)) {
    return {};
  }
  return storage.image ? storage.image->value : "storage-host";
}

const NetworkDraft* find_network(const Draft& draft, std::string_view name) {
  const auto found = std::find_if(draft.networks.begin(), draft.networks.end(), [&](const NetworkDraft& network) {
    return network.name.value == name;
  });
  return found == draft.networks.end() ? nullptr : &*found;
}

const HostDraft* find_host(const Draft& draft, std::string_view name) {
  return find_node(draft.hosts, name);
}
const StorageDraft* find_storage(const Draft& draft, std::string_view name) {
  return find_node(draft.storage, name);
}

bool is_attached(const NodeDraft& node, std::string_view network) {
  return std::any_of(node.networks.begin(), node.networks.end(), [&](const AttachmentDraft& attachment) {
    return attachment.network.value == network;
  });
}

bool share_network(const Draft& draft, const NodeDraft& a, const NodeDraft& b, std::optional<Role> role) {
  return std::any_of(a.networks.begin(), a.networks.end(), [&](const AttachmentDraft& attachment) {
    const NetworkDraft* network = find_network(draft, attachment.network.value);
    return network != nullptr && (!role || network->roles.contains(*role)) && is_attached(b, attachment.network.value);
  });
}

} // namespace migralab
