// SPDX-License-Identifier: Apache-2.0
#include "migralab/topology/load.hpp"

#include "address_plan.hpp"
#include "check_topology.hpp"
#include "overrides.hpp"
#include "read_topology.hpp"

#include "migralab/core/files.hpp"

namespace migralab {
namespace {

std::vector<Attachment> resolve_attachments(const NodeDraft& node, const AddressPlan& plan) {
  std::vector<Attachment> attachments;
  for (const AttachmentDraft& attachment : node.networks) {
    const std::string& network = attachment.network.value;
    attachments.push_back({network, plan.at({node.name.value, network})});
  }
  return attachments;
}

GuestSpec resolve_guest(const GuestDraft& draft, const AddressPlan& plan) {
  GuestSpec guest;
  guest.name = draft.node.name.value;
  guest.image = draft.image.value;
  guest.memory = draft.memory->value;
  guest.vcpus = draft.vcpus;
  guest.host = draft.host->value;
  if (draft.disk) {
    guest.disk = DiskSpec{draft.disk->storage->value, draft.disk->size->value};
  }
  guest.networks = resolve_attachments(draft.node, plan);
  guest.mode = draft.mode ? draft.mode->value : guest.mode;
  for (const Located<Service>& service : draft.services) {
    guest.services.insert(service.value);
  }
  const LimitsDraft& limits = draft.limits;
  guest.limits = {
      .cpu_shares = limits.cpu_shares,
      .cpu_quota = limits.cpu_quota ? std::optional(limits.cpu_quota->value) : std::nullopt,
      .memory = limits.memory ? std::optional(limits.memory->value) : std::nullopt,
      .disk_rate = limits.disk_rate,
      .disk_iops = limits.disk_iops,
      .network_up = limits.network.up,
      .network_down = limits.network.down};
  return guest;
}

/// Only for a draft without errors: everything required is there.
Topology resolve(const Draft& draft, const AddressPlan& plan) {
  Topology topology;
  topology.lab = draft.lab.value;
  topology.accelerator = draft.accelerator;
  topology.is_simulated = draft.is_simulated;
  topology.simulated = draft.simulated;
  for (const NetworkDraft& network : draft.networks) {
    topology.networks.push_back(
        {.name = network.name.value,
         .subnet = network.subnet->value,
         .shaping = network.shaping,
         .mtu = network.mtu,
         .vlan = network.vlan ? std::optional(network.vlan->value) : std::nullopt,
         .outbound = network.outbound.value,
         .roles = network.roles,
         .bridge = network.bridge ? network.bridge->value : ""});
  }
  for (const StorageDraft& storage : draft.storage) {
    topology.storage.push_back(
        {.name = storage.node.name.value,
         .type = storage.type,
         .networks = resolve_attachments(storage.node, plan),
         .chap = storage.chap ? std::optional(storage.chap->value) : std::nullopt,
         .folder = storage.folder ? storage.folder->value : "",
         .substrate = substrate_of(storage),
         .image = image_of(storage),
         .ssh = storage.ssh ? storage.ssh->value : ""});
  }
  for (const HostDraft& host : draft.hosts) {
    topology.hosts.push_back(
        {.name = host.node.name.value,
         .hypervisor = host.hypervisor.value,
         .memory = host.memory->value,
         .cpus = host.cpus,
         .networks = resolve_attachments(host.node, plan),
         .substrate = substrate_of(host),
         .image = image_of(host),
         .ssh = host.ssh ? host.ssh->value : ""});
  }
  for (const ClientDraft& client : draft.clients) {
    topology.clients.push_back({client.node.name.value, resolve_attachments(client.node, plan)});
  }
  for (const GuestDraft& guest : draft.guests) {
    topology.guests.push_back(resolve_guest(guest, plan));
  }
  return topology;
}

/// `with_files`: also whether the files that the topology names are there.
Topology parse(
    const std::string& text,
    const std::filesystem::path& file,
    const std::string& rename,
    bool with_files,
    Diagnostics& diagnostics) {
  auto draft = read_topology(text, diagnostics);
  if (!draft) {
    return {};
  }
  if (!rename.empty()) {
    draft->lab = {rename, {}}; // not from the file: a mistake in it has no place there
  }
  resolve_paths(*draft, std::filesystem::absolute(file).parent_path());
  check_names(*draft, diagnostics);
  check_networks(*draft, diagnostics);
  const AddressPlan plan = plan_addresses(*draft, diagnostics);
  check_guests(*draft, diagnostics);
  check_hosts(*draft, diagnostics);
  check_storage(*draft, diagnostics);
  check_remote(*draft, diagnostics);
  check_limits(*draft, diagnostics);
  if (with_files) {
    check_files(*draft, diagnostics);
  }
  if (diagnostics.has_errors()) {
    return {};
  }
  Topology topology = resolve(*draft, plan);
  topology.file = file;
  topology.text = text;
  return topology;
}

} // namespace

Topology parse_topology(
    const std::string& text,
    const std::filesystem::path& file,
    const std::string& rename,
    Diagnostics& diagnostics) {
  return parse(text, file, rename, false, diagnostics);
}

Topology load_topology(const std::filesystem::path& file, const TopologyChanges& changes, std::string* warnings) {
  std::string text;
  try {
    text = read_file(file);
  } catch (const Error& error) {
    throw InputError(error.what());
  }
  text = with_settings(std::move(text), changes.settings, {"networks", "storage", "hosts", "clients", "guests"});
  Diagnostics diagnostics(file.string(), text);
  Topology topology = parse(text, file, changes.name, true, diagnostics);
  diagnostics.throw_if_errors();
  if (warnings != nullptr) {
    *warnings = diagnostics.render();
  }
  return topology;
}

} // namespace migralab
