// SPDX-License-Identifier: Apache-2.0
// One mapping function per struct of the format: its keys, which of them are required, and their defaults.
#include "read_topology.hpp"

#include "yaml_values.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace migralab {
namespace {

constexpr unsigned most_vcpus = 64;
constexpr unsigned most_cpus = 512;

const std::vector<Word<Role>> roles{
    {"management", Role::management},
    {"migration", Role::migration},
    {"storage", Role::storage},
    {"guest", Role::guest}};
const std::vector<Word<StorageSpec::Type>> storage_types{
    {"iscsi", StorageSpec::Type::iscsi},
    {"nfs", StorageSpec::Type::nfs},
    {"local", StorageSpec::Type::local}};
const std::vector<PlannedWord> planned_storage_types{
    {"aoe", "use 'iscsi': AoE needs hosts with a kernel of their own"}};
const std::vector<Word<HostSpec::Hypervisor>> hypervisors{{"kvm", HostSpec::Hypervisor::kvm}};
const std::vector<PlannedWord> planned_hypervisors{{"xen", "use 'kvm'"}};
const std::vector<Word<Service>> services{{"http", Service::http}, {"echo", Service::echo}};
const std::vector<Word<Accelerator>> accelerators{
    {"auto", Accelerator::automatic},
    {"kvm", Accelerator::kvm},
    {"tcg", Accelerator::tcg}};

/// "networks" of a node: a list of names, or a map from name to address; without it the only network of the file.
void read_attachments(YamlReader& reader, const YamlStruct& keys, const Draft& draft, NodeDraft& node) {
  if (!keys.readable()) {
    node.networks_known = false;
    return;
  }
  const YamlValue* value = keys.find("networks");
  if (value == nullptr || value->node.IsNull()) {
    if (draft.networks.size() == 1) {
      node.networks.push_back({{draft.networks.front().name.value, node.name.where}, {}});
      return;
    }
    node.networks_known = false;
    if (!draft.networks.empty()) {
      reader.diagnostics().error(
          node.name.where,
          fmt::format("{} '{}' lacks 'networks'", node.kind, node.name.value),
          fmt::format(
              "the file has {} networks: say which, for example 'networks: [{}]'",
              draft.networks.size(),
              draft.networks.front().name.value));
    }
    return;
  }
  const std::string example = "[" + (draft.networks.empty() ? "lan" : draft.networks.front().name.value) + "]";
  if (value->node.IsMap()) {
    const auto entries = reader.entries(*value, example);
    for (const YamlEntry& entry : *entries) {
      AttachmentDraft attachment{entry.key, {}};
      if (!entry.value.node.IsNull()) {
        YamlValue address = entry.value;
        address.what = fmt::format("address of {} '{}' on '{}'", node.kind, node.name.value, entry.key.value);
        attachment.address = read_address(reader, address);
      }
      node.networks.push_back(attachment);
    }
    return;
  }
  const auto items = reader.items(*value, example);
  node.networks_known = items.has_value();
  for (const YamlValue& item : items.value_or(std::vector<YamlValue>{})) {
    const auto name = reader.text(item, "lan");
    if (!name) {
      node.networks_known = false;
      continue;
    }
    const auto earlier = std::find_if(node.networks.begin(), node.networks.end(), [&](const AttachmentDraft& other) {
      return other.network.value == name->value;
    });
    if (earlier != node.networks.end()) {
      reader.diagnostics()
          .error(
              name->where,
              fmt::format("'{}' appears twice in {}", name->value, value->what),
              "a node has one place on each network: remove one of the two")
          .notes.emplace_back(earlier->network.where, "first given here");
      continue;
    }
    node.networks.push_back({*name, {}});
  }
}

NodeDraft start_node(std::string_view kind, YamlEntry& entry) {
  entry.value.what = fmt::format("{} '{}'", kind, entry.key.value);
  NodeDraft node;
  node.kind = kind;
  node.name = entry.key;
  return node;
}

NetworkDraft read_network(YamlReader& reader, YamlEntry& entry, std::size_t index) {
  entry.value.what = fmt::format("network '{}'", entry.key.value);
  const YamlStruct keys(reader, entry.value, entry.key.where, "a network", {}, {"subnet", "rate", "roles"});
  NetworkDraft network;
  network.name = entry.key;
  if (const YamlValue* subnet = keys.find("subnet")) {
    network.subnet = read_subnet(reader, *subnet);
  } else if (index < 256) {
    const Subnet automatic{{(10U << 24U) | (10U << 16U) | (static_cast<std::uint32_t>(index) << 8U)}, 24};
    network.subnet = Located<Subnet>{automatic, entry.key.where};
  } else {
    reader.diagnostics().error(entry.key.where, "no automatic subnet is left", "give this network a 'subnet'");
  }
  if (const YamlValue* rate = keys.find("rate")) {
    network.rate = read_link_rate(reader, *rate);
  }
  network.roles = {Role::management, Role::migration, Role::storage, Role::guest};
  if (const YamlValue* value = keys.find("roles")) {
    if (const auto words = read_words(reader, *value, roles, "[migration, storage]")) {
      network.roles.clear();
      for (const Located<Role>& role : *words) {
        network.roles.insert(role.value);
      }
      if (words->empty()) {
        reader.diagnostics().error(
            value->where,
            fmt::format("{} has no role", entry.value.what),
            "name at least one role, or leave 'roles' out for all four");
      }
    }
  }
  return network;
}

StorageDraft read_storage(YamlReader& reader, YamlEntry& entry, const Draft& draft) {
  StorageDraft storage;
  storage.node = start_node("storage server", entry);
  const YamlStruct keys(reader, entry.value, entry.key.where, "a storage server", {}, {"type", "networks"});
  if (const YamlValue* type = keys.find("type")) {
    storage.type = read_word(reader, *type, storage_types, planned_storage_types).value_or(storage.type);
  }
  if (storage.type == StorageSpec::Type::local) {
    if (const YamlValue* networks = keys.find("networks")) {
      reader.diagnostics().error(
          networks->where,
          fmt::format("{} is of type local: it has no networks", entry.value.what),
          "its disks are files on the guests' hosts: leave 'networks' out");
    }
    return storage;
  }
  read_attachments(reader, keys, draft, storage.node);
  return storage;
}

HostDraft read_host(YamlReader& reader, YamlEntry& entry, const Draft& draft) {
  HostDraft host;
  host.node = start_node("host", entry);
  const YamlStruct keys(
      reader, entry.value, entry.key.where, "a host", {{"memory", "memory: 2GiB"}}, {"hypervisor", "cpus", "networks"});
  if (const YamlValue* memory = keys.find("memory")) {
    host.memory = read_bytes(reader, *memory, "2GiB");
  }
  if (const YamlValue* hypervisor = keys.find("hypervisor")) {
    host.hypervisor = read_word(reader, *hypervisor, hypervisors, planned_hypervisors).value_or(host.hypervisor);
  }
  if (const YamlValue* cpus = keys.find("cpus")) {
    host.cpus = reader.count(*cpus, 1, most_cpus).value_or(Located<unsigned>{1, {}}).value;
  }
  read_attachments(reader, keys, draft, host.node);
  return host;
}

ClientDraft read_client(YamlReader& reader, YamlEntry& entry, const Draft& draft) {
  ClientDraft client;
  client.node = start_node("client", entry);
  const YamlStruct keys(reader, entry.value, entry.key.where, "a client", {}, {"networks"});
  read_attachments(reader, keys, draft, client.node);
  return client;
}

DiskDraft read_disk(YamlReader& reader, YamlValue value, const std::string& guest) {
  value.what = fmt::format("disk of guest '{}'", guest);
  const YamlStruct keys(
      reader, value, value.where, "a disk", {{"storage", "storage: store"}, {"size", "size: 64MiB"}}, {});
  DiskDraft disk;
  if (const YamlValue* storage = keys.find("storage")) {
    disk.storage = reader.text(*storage, "store");
  }
  if (const YamlValue* size = keys.find("size")) {
    disk.size = read_bytes(reader, *size, "64MiB");
  }
  return disk;
}

GuestDraft read_guest(YamlReader& reader, YamlEntry& entry, const Draft& draft) {
  GuestDraft guest;
  guest.node = start_node("guest", entry);
  const YamlStruct keys(
      reader,
      entry.value,
      entry.key.where,
      "a guest",
      {{"memory", "memory: 256MiB"}},
      {"image", "vcpus", "host", "disk", "networks", "services"});
  if (const YamlValue* image = keys.find("image")) {
    if (const auto name = reader.text(*image, "micro")) {
      guest.image = name->value;
    }
  }
  if (const YamlValue* memory = keys.find("memory")) {
    guest.memory = read_bytes(reader, *memory, "256MiB");
  }
  if (const YamlValue* vcpus = keys.find("vcpus")) {
    guest.vcpus = reader.count(*vcpus, 1, most_vcpus).value_or(Located<unsigned>{1, {}}).value;
  }
  if (const YamlValue* host = keys.find("host")) {
    guest.host = reader.text(*host, "h1");
  } else if (!draft.hosts.empty() && keys.readable()) {
    guest.host = {draft.hosts.front().node.name.value, entry.key.where};
  }
  if (const YamlValue* disk = keys.find("disk")) {
    guest.disk = read_disk(reader, *disk, entry.key.value);
  }
  if (const YamlValue* value = keys.find("services")) {
    guest.services = read_words(reader, *value, services, "[http]").value_or(std::vector<Located<Service>>{});
  }
  read_attachments(reader, keys, draft, guest.node);
  return guest;
}

/// Calls `read_one` for each entry of a section.
template <typename ReadOne>
void read_section(
    YamlReader& reader,
    const YamlStruct& keys,
    std::string_view section,
    const std::string& example,
    ReadOne read_one) {
  const YamlValue* value = keys.find(section);
  if (value == nullptr) {
    return;
  }
  if (auto entries = reader.entries(*value, example)) {
    for (YamlEntry& entry : *entries) {
      read_one(entry);
    }
  }
}

Draft read_lab(YamlReader& reader, const YamlValue& root) {
  const YamlStruct keys(
      reader,
      root,
      Location{},
      "the file",
      {{"lab", "lab: quickstart"}, {"networks", "networks: {lan: }"}, {"hosts", "hosts: {h1: {memory: 2GiB}}"}},
      {"storage", "clients", "guests", "accel"});
  Draft draft;
  if (const YamlValue* lab = keys.find("lab")) {
    draft.lab = reader.text(*lab, "quickstart").value_or(Located<std::string>{});
  }
  if (const YamlValue* accel = keys.find("accel")) {
    draft.accelerator = read_word(reader, *accel, accelerators).value_or(draft.accelerator);
  }
  // Networks first: what a node may leave out depends on how many there are. Hosts before guests for the same reason.
  read_section(reader, keys, "networks", "lan: {subnet: 10.10.0.0/24}", [&](YamlEntry& entry) {
    draft.networks.push_back(read_network(reader, entry, draft.networks.size()));
  });
  read_section(reader, keys, "storage", "store: {type: iscsi}", [&](YamlEntry& entry) {
    draft.storage.push_back(read_storage(reader, entry, draft));
  });
  read_section(reader, keys, "hosts", "h1: {memory: 2GiB}", [&](YamlEntry& entry) {
    draft.hosts.push_back(read_host(reader, entry, draft));
  });
  read_section(reader, keys, "clients", "client: {networks: [lan]}", [&](YamlEntry& entry) {
    draft.clients.push_back(read_client(reader, entry, draft));
  });
  read_section(reader, keys, "guests", "web: {memory: 256MiB}", [&](YamlEntry& entry) {
    draft.guests.push_back(read_guest(reader, entry, draft));
  });
  for (const std::string_view section : {"networks", "hosts"}) {
    const YamlValue* value = keys.find(section);
    if (value != nullptr && (value->node.IsNull() || (value->node.IsMap() && value->node.size() == 0))) {
      reader.diagnostics().error(
          value->where,
          fmt::format("the lab has no {}", section),
          section == "hosts" ? "add for example 'h1: {memory: 2GiB}'"
                             : "add for example 'lan: {subnet: 10.10.0.0/24}'");
    }
  }
  return draft;
}

} // namespace

std::optional<Draft> read_topology(const std::string& text, Diagnostics& diagnostics) {
  YamlReader reader(text, diagnostics, "lab: NAME");
  const auto root = reader.root();
  if (!root) {
    return std::nullopt;
  }
  if (!root->node.IsMap()) {
    diagnostics.error(
        root->where,
        "the file is not a map of keys",
        "start with 'lab: NAME', then 'networks:', 'hosts:' and 'guests:'");
    return std::nullopt;
  }
  return read_lab(reader, *root);
}

} // namespace migralab
