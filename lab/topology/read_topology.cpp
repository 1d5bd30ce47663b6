// SPDX-License-Identifier: Apache-2.0
// The file as a whole: its sections in the order in which one needs the other, and defaults that depend on them.
#include "read_topology.hpp"

#include "mappings.hpp"
#include "migralab/topology/load.hpp"

#include <fmt/format.h>
#include <functional>

namespace migralab {
namespace {

constexpr std::size_t most_automatic = 256; // subnets 10.10.0.0/24 to 10.10.255.0/24

/// Without 'networks' a node is on the only network of the file.
void complete_networks(YamlReader& reader, bool readable, const Draft& draft, NodeDraft& node) {
  if (!readable) {
    node.networks_known = false;
    return;
  }
  if (node.networks_where) {
    return;
  }
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
}

/// Reads one node; returns whether it was a map.
template <typename Node>
bool read_node(
    YamlReader& reader,
    std::string_view kind,
    YamlEntry& entry,
    const Mapping<Node>& mapping,
    Node& target) {
  entry.value.what = fmt::format("{} '{}'", kind, entry.key.value);
  target.node.kind = kind;
  target.node.name = entry.key;
  return mapping.read(reader, entry.value, entry.key.where, target);
}

void read_network(YamlReader& reader, YamlEntry& entry, Draft& draft) {
  const std::size_t index = draft.networks.size();
  NetworkDraft& network = draft.networks.emplace_back();
  network.name = entry.key;
  // Before the keys: a subnet that cannot be read leaves none.
  if (index < most_automatic) {
    const Subnet automatic{{(10U << 24U) | (10U << 16U) | (static_cast<std::uint32_t>(index) << 8U)}, 24};
    network.subnet = Located<Subnet>{automatic, entry.key.where};
  }
  entry.value.what = fmt::format("network '{}'", entry.key.value);
  network_mapping().read(reader, entry.value, entry.key.where, network);
  if (!network.subnet && index >= most_automatic) {
    reader.diagnostics().error(entry.key.where, "no automatic subnet is left", "give this network a 'subnet'");
  }
}

void read_storage(YamlReader& reader, YamlEntry& entry, Draft& draft) {
  StorageDraft& storage = draft.storage.emplace_back();
  const bool readable = read_node(reader, "storage server", entry, storage_mapping(), storage);
  if (storage.type != StorageSpec::Type::local) {
    complete_networks(reader, readable, draft, storage.node);
  } else if (storage.node.networks_where) {
    storage.node.networks.clear();
    reader.diagnostics().error(
        *storage.node.networks_where,
        fmt::format("{} is of type local: it has no networks", entry.value.what),
        "its disks are files on the guests' hosts: leave 'networks' out");
  }
}

void read_host(YamlReader& reader, YamlEntry& entry, Draft& draft) {
  HostDraft& host = draft.hosts.emplace_back();
  complete_networks(reader, read_node(reader, "host", entry, host_mapping(), host), draft, host.node);
}

void read_client(YamlReader& reader, YamlEntry& entry, Draft& draft) {
  ClientDraft& client = draft.clients.emplace_back();
  complete_networks(reader, read_node(reader, "client", entry, client_mapping(), client), draft, client.node);
}

void read_guest(YamlReader& reader, YamlEntry& entry, Draft& draft) {
  GuestDraft& guest = draft.guests.emplace_back();
  if (!draft.hosts.empty()) { // before the keys: a host that cannot be read leaves none
    guest.host = {draft.hosts.front().node.name.value, entry.key.where};
  }
  const bool readable = read_node(reader, "guest", entry, guest_mapping(), guest);
  if (!readable) {
    guest.host.reset();
  }
  complete_networks(reader, readable, draft, guest.node);
}

using ReadEntry = std::function<void(YamlReader&, YamlEntry&, Draft&)>;

/// A map from names to structs; `example` is one entry.
Mapping<Draft>::Read section(const std::string& example, ReadEntry read_one) {
  return [example, read_one = std::move(read_one)](YamlReader& reader, const YamlValue& value, Draft& draft) {
    if (auto entries = reader.entries(value, example)) {
      for (YamlEntry& entry : *entries) {
        read_one(reader, entry, draft);
      }
    }
  };
}

/// The same for a section that must have an entry.
Mapping<Draft>::Read filled_section(const std::string& name, const std::string& example, ReadEntry read_one) {
  return [name, example, read = section(example, std::move(read_one))](
             YamlReader& reader, const YamlValue& value, Draft& draft) {
    read(reader, value, draft);
    if (value.node.IsNull() || (value.node.IsMap() && value.node.size() == 0)) {
      reader.diagnostics().error(
          value.where, fmt::format("the lab has no {}", name), fmt::format("add for example '{}'", example));
    }
  };
}

const Mapping<Draft>& lab_mapping() {
  static const auto mapping = [] {
    const auto named = [](const Json& entry) { return schema_of_section(entry, name_pattern); };
    const auto filled = [&named](const Json& entry) {
      Json schema = named(entry);
      schema["type"] = "object";
      schema["minProperties"] = 1;
      return schema;
    };
    Mapping<Draft> keys("the file", "A migralab lab: its networks, storage servers, hosts, clients and guests.");
    ValueKind<std::string> name = text_kind("quickstart");
    name.schema["pattern"] = name_pattern;
    keys.required("lab", "lab: quickstart", name, &Draft::lab, "Name of the lab.");
    // Networks first: what a node may leave out depends on how many there are. Hosts before guests for the same reason.
    keys.required(
        "networks",
        "networks: {lan: }",
        filled(network_mapping().schema()),
        filled_section("networks", "lan: {subnet: 10.10.0.0/24}", read_network),
        "By name.");
    keys.key("storage", named(storage_mapping().schema()), section("store: {type: iscsi}", read_storage), "By name.");
    keys.required(
        "hosts",
        "hosts: {h1: {memory: 2GiB}}",
        filled(host_mapping().schema()),
        filled_section("hosts", "h1: {memory: 2GiB}", read_host),
        "By name.");
    keys.key(
        "clients", named(client_mapping().schema()), section("client: {networks: [lan]}", read_client), "By name.");
    keys.key("guests", named(guest_mapping().schema()), section("web: {memory: 256MiB}", read_guest), "By name.");
    keys.key(
        "accel",
        word_kind(accelerators),
        &Draft::accelerator,
        "auto: KVM where it works, software emulation (TCG) elsewhere. Default: auto.");
    keys.key(
        "substrate",
        word_kind(lab_substrates),
        &Draft::is_simulated,
        "real: the lab is built. simulated: it is a model, on any machine, and its times are those of a formula. "
        "Default: real.");
    keys.key(
        "simulated",
        simulated_mapping().schema(),
        [](YamlReader& reader, const YamlValue& value, Draft& draft) {
          simulated_mapping().read(reader, value, value.where, draft.simulated);
        },
        "What a simulated lab takes for granted.");
    return keys;
  }();
  return mapping;
}

} // namespace

std::string topology_schema() {
  Json schema{
      {"$schema", "https://json-schema.org/draft/2020-12/schema"},
      {"$id", "urn:migralab:topology:1"},
      {"title", "migralab topology (*.lab.yaml)"}};
  schema.update(lab_mapping().schema());
  return schema.dump(2) + "\n";
}

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
  Draft draft;
  lab_mapping().read(reader, *root, Location{}, draft);
  return draft;
}

} // namespace migralab
