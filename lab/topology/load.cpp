// SPDX-License-Identifier: Apache-2.0
#include "migralab/topology/load.hpp"

#include "address_plan.hpp"
#include "check_topology.hpp"
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
  guest.image = draft.image;
  guest.memory = draft.memory->value;
  guest.vcpus = draft.vcpus;
  guest.host = draft.host->value;
  if (draft.disk) {
    guest.disk = DiskSpec{draft.disk->storage->value, draft.disk->size->value};
  }
  guest.networks = resolve_attachments(draft.node, plan);
  for (const Located<Service>& service : draft.services) {
    guest.services.insert(service.value);
  }
  return guest;
}

/// Only for a draft without errors: everything required is there.
Topology resolve(const Draft& draft, const AddressPlan& plan) {
  Topology topology;
  topology.lab = draft.lab.value;
  topology.accelerator = draft.accelerator;
  for (const NetworkDraft& network : draft.networks) {
    topology.networks.push_back(
        {.name = network.name.value,
         .subnet = network.subnet->value,
         .shaping = {.up = network.rate, .down = network.rate},
         .roles = network.roles});
  }
  for (const StorageDraft& storage : draft.storage) {
    topology.storage.push_back({storage.node.name.value, storage.type, resolve_attachments(storage.node, plan)});
  }
  for (const HostDraft& host : draft.hosts) {
    topology.hosts.push_back(
        {host.node.name.value, host.hypervisor, host.memory->value, host.cpus, resolve_attachments(host.node, plan)});
  }
  for (const ClientDraft& client : draft.clients) {
    topology.clients.push_back({client.node.name.value, resolve_attachments(client.node, plan)});
  }
  for (const GuestDraft& guest : draft.guests) {
    topology.guests.push_back(resolve_guest(guest, plan));
  }
  return topology;
}

} // namespace

Topology parse_topology(
    const std::string& text,
    const std::filesystem::path& file,
    const std::string& rename,
    Diagnostics& diagnostics) {
  auto draft = read_topology(text, diagnostics);
  if (!draft) {
    return {};
  }
  if (!rename.empty()) {
    draft->lab = {rename, {}}; // not from the file: a mistake in it has no place there
  }
  check_names(*draft, diagnostics);
  check_networks(*draft, diagnostics);
  const AddressPlan plan = plan_addresses(*draft, diagnostics);
  check_guests(*draft, diagnostics);
  if (diagnostics.has_errors()) {
    return {};
  }
  Topology topology = resolve(*draft, plan);
  topology.file = file;
  topology.text = text;
  return topology;
}

Topology load_topology(const std::filesystem::path& file, const std::string& rename, std::string* warnings) {
  std::string text;
  try {
    text = read_file(file);
  } catch (const Error& error) {
    throw InputError(error.what());
  }
  Diagnostics diagnostics(file.string(), text);
  Topology topology = parse_topology(text, file, rename, diagnostics);
  diagnostics.throw_if_errors();
  if (warnings != nullptr) {
    *warnings = diagnostics.render();
  }
  return topology;
}

} // namespace migralab
