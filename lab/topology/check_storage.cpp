// SPDX-License-Identifier: Apache-2.0
#include "check_topology.hpp"

#include <fmt/format.h>

namespace migralab {
namespace {

void check_server(const StorageDraft& storage, Diagnostics& diagnostics) {
  const std::string& name = storage.node.name.value;
  if (is_machine(storage) && storage.type == StorageSpec::Type::local) {
    diagnostics.error(
        storage.substrate ? storage.substrate->where : storage.node.name.where,
        fmt::format(
            "storage server '{}' is of type local: its disks are with the hosts, and no server serves them", name),
        "write 'type: iscsi', 'nfs' or 'aoe', or leave 'substrate' out");
  }
  if (substrate_of(storage) == Substrate::remote && storage.folder) {
    diagnostics.error(
        storage.folder->where,
        fmt::format("storage server '{}' is remote: 'folder' is one of this machine", name),
        "leave 'folder' out: the disks are below /var/lib/migralab there");
  }
  if (storage.image && !is_booted(storage)) {
    diagnostics.error(
        storage.image->where,
        fmt::format("storage server '{}' has an image, but is no machine that the lab boots", name),
        "leave 'image' out, or write 'substrate: machine'");
  }
}

/// A disk that lies over an image's would need the image's disk in the machine. Of recipes that is found out when they
/// are read (check_images); a file always has one.
void check_guest(const Draft& draft, const GuestDraft& guest, Diagnostics& diagnostics) {
  const StorageDraft* storage =
      guest.disk && guest.disk->storage ? find_storage(draft, guest.disk->storage->value) : nullptr;
  if (storage == nullptr || !is_machine(*storage) || guest.image.value.find('/') == std::string::npos) {
    return;
  }
  diagnostics
      .error(
          guest.image.where,
          fmt::format(
              "the system of guest '{}' is on a disk of its own, which storage server '{}' does not serve",
              guest.node.name.value,
              storage->node.name.value),
          "use image micro, or a storage server that is no machine")
      .notes.emplace_back(
          storage->node.name.where, fmt::format("storage server '{}' is a machine", storage->node.name.value));
}

} // namespace

void check_storage(const Draft& draft, Diagnostics& diagnostics) {
  for (const StorageDraft& storage : draft.storage) {
    check_server(storage, diagnostics);
  }
  for (const GuestDraft& guest : draft.guests) {
    check_guest(draft, guest, diagnostics);
  }
}

} // namespace migralab
