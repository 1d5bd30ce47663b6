// SPDX-License-Identifier: Apache-2.0
// Whether limits, and options of storage servers, fit what they are given to.
#include "check_topology.hpp"

#include <fmt/format.h>

namespace migralab {
namespace {

constexpr Bytes least_overhead = Bytes::mib(64); // QEMU needs about 75 MiB beside the guest's memory

void check_guest(const GuestDraft& guest, Diagnostics& diagnostics) {
  const LimitsDraft& limits = guest.limits;
  const std::string& name = guest.node.name.value;
  if (limits.cpu_quota && limits.cpu_quota->value > guest.vcpus) {
    diagnostics.warning(
        limits.cpu_quota->where,
        fmt::format("the cpu quota of guest '{}' limits nothing: it has {} vcpus", name, guest.vcpus),
        fmt::format("write less than {}%, or leave it out", guest.vcpus * 100));
  }
  if (limits.memory && guest.memory && limits.memory->value < guest.memory->value + least_overhead) {
    diagnostics
        .error(
            limits.memory->where,
            fmt::format(
                "the memory limit of guest '{}' would kill it: {} for its own {} and QEMU's {}",
                name,
                to_string(limits.memory->value),
                to_string(guest.memory->value),
                to_string(least_overhead)),
            fmt::format(
                "the limit holds for the whole QEMU process: write {} or more",
                to_string(guest.memory->value + least_overhead)))
        .notes.emplace_back(guest.memory->where, "the guest's memory");
  }
  if (limits.disk_where && !guest.disk) {
    diagnostics.error(
        *limits.disk_where,
        fmt::format("guest '{}' has a limit for its disk, but no disk", name),
        "give it one, for example 'disk: {storage: store, size: 64MiB}', or remove the limit");
  }
  if (limits.network_where && guest.node.networks_known && guest.node.networks.empty()) {
    diagnostics.error(
        *limits.network_where,
        fmt::format("guest '{}' has a limit for its network, but is on none", name),
        "name one under 'networks', or remove the limit");
  }
}

void check_storage(const StorageDraft& storage, Diagnostics& diagnostics) {
  const std::string& name = storage.node.name.value;
  if (storage.chap && storage.type != StorageSpec::Type::iscsi) {
    diagnostics.error(
        storage.chap->where,
        fmt::format("storage server '{}' is of type {}: it has no CHAP", name, to_string(storage.type)),
        "CHAP is of iSCSI: remove 'chap', or write 'type: iscsi'");
  }
  if (storage.folder && storage.type == StorageSpec::Type::local) {
    diagnostics.error(
        storage.folder->where,
        fmt::format("storage server '{}' is of type local: its disks are with the hosts", name),
        "remove 'folder'; XDG_STATE_HOME moves everything that labs keep");
  }
}

} // namespace

void check_limits(const Draft& draft, Diagnostics& diagnostics) {
  for (const GuestDraft& guest : draft.guests) {
    check_guest(guest, diagnostics);
  }
  for (const StorageDraft& storage : draft.storage) {
    check_storage(storage, diagnostics);
  }
}

} // namespace migralab
