// SPDX-License-Identifier: Apache-2.0
#include "check_topology.hpp"

#include <fmt/format.h>

namespace migralab {
namespace {

constexpr double most_machine_cpus = 64;

bool is_xen(const HostDraft& host) {
  return host.hypervisor.value == HostSpec::Hypervisor::xen;
}

void check_host(const HostDraft& host, Diagnostics& diagnostics) {
  const std::string& name = host.node.name.value;
  if (is_xen(host) && !is_machine(host)) {
    diagnostics.error(
        host.substrate->where,
        fmt::format("host '{}' cannot run Xen as a namespace: Xen starts before any kernel", name),
        "write 'substrate: machine', or leave it out");
  }
  if (is_booted(host) && host.cpus && *host.cpus > most_machine_cpus) {
    diagnostics.error(
        host.node.name.where,
        fmt::format("host '{}' is a machine with {} processors", name, *host.cpus),
        fmt::format("a virtual machine has {} at most", most_machine_cpus));
  }
  if (host.image && !is_booted(host)) {
    diagnostics.error(
        host.image->where,
        fmt::format("host '{}' has an image, but is no machine that the lab boots", name),
        "leave 'image' out, or write 'substrate: machine'");
  }
  if (substrate_of(host) == Substrate::remote && host.cpus) {
    diagnostics.error(
        host.node.name.where,
        fmt::format("host '{}' is remote: its processors are what they are", name),
        "leave 'cpus' out");
  }
}

/// Xen's virtual network cards know no other.
void check_mtu(const Draft& draft, const GuestDraft& guest, const HostDraft& host, Diagnostics& diagnostics) {
  for (const AttachmentDraft& attachment : guest.node.networks) {
    const NetworkDraft* network = find_network(draft, attachment.network.value);
    if (network == nullptr || network->mtu == usual_mtu) {
      continue;
    }
    diagnostics
        .error(
            attachment.network.where,
            fmt::format(
                "guest '{}' is on network '{}' with an mtu of {}: guests of Xen hosts have {}",
                guest.node.name.value,
                network->name.value,
                network->mtu,
                usual_mtu),
            "leave 'mtu' of the network out, or put the guest on another one")
        .notes.emplace_back(host.node.name.where, fmt::format("host '{}' is of type xen", host.node.name.value));
  }
}

void check_guest_of_machine(
    const Draft& draft,
    const GuestDraft& guest,
    const HostDraft& host,
    Diagnostics& diagnostics) {
  const std::string guest_name = fmt::format("guest '{}'", guest.node.name.value);
  const auto refuse = [&](const Location& where, const std::string& what, const std::string& hint) {
    diagnostics.error(where, what, hint)
        .notes.emplace_back(
            host.node.name.where,
            fmt::format("host '{}' {}", host.node.name.value, is_xen(host) ? "is of type xen" : "is a machine"));
  };
  const char* kind = is_xen(host) ? "a Xen host" : "a host that is a machine";
  if (guest.limits_where) {
    refuse(
        *guest.limits_where,
        fmt::format("{} is on {}: limits of guests are not available there", guest_name, kind),
        "leave 'limits' out");
  }
  if (guest.image.value.find('/') != std::string::npos) {
    refuse(
        guest.image.where,
        fmt::format(
            "{} is on {}, which boots images of recipes only: no loader reads the guest's disk", guest_name, kind),
        "use image micro or debian");
  }
  const StorageDraft* storage =
      guest.disk && guest.disk->storage ? find_storage(draft, guest.disk->storage->value) : nullptr;
  if (storage != nullptr && storage->type == StorageSpec::Type::local) {
    refuse(
        guest.disk->storage->where,
        fmt::format(
            "the disk of {} is on storage of type local, which {} do not have",
            guest_name,
            is_xen(host) ? "Xen hosts" : "machines"),
        "use storage of type iscsi, nfs or aoe");
  }
}

/// QEMU's own clients know iSCSI and NFS; AoE is the business of a kernel, which a namespace has not.
void check_guest_of_namespace(
    const Draft& draft,
    const GuestDraft& guest,
    const HostDraft& host,
    Diagnostics& diagnostics) {
  const StorageDraft* storage =
      guest.disk && guest.disk->storage ? find_storage(draft, guest.disk->storage->value) : nullptr;
  if (storage != nullptr && storage->type == StorageSpec::Type::aoe) {
    diagnostics
        .error(
            guest.disk->storage->where,
            fmt::format(
                "the disk of guest '{}' is served by AoE, which only a machine with a kernel of its own can open",
                guest.node.name.value),
            "use storage of type iscsi or nfs, or a host with 'substrate: machine'")
        .notes.emplace_back(host.node.name.where, fmt::format("host '{}' is a namespace", host.node.name.value));
  }
}

} // namespace

void check_hosts(const Draft& draft, Diagnostics& diagnostics) {
  for (const HostDraft& host : draft.hosts) {
    check_host(host, diagnostics);
  }
  for (const GuestDraft& guest : draft.guests) {
    const HostDraft* host = guest.host ? find_host(draft, guest.host->value) : nullptr;
    if (host != nullptr && is_machine(*host)) {
      check_guest_of_machine(draft, guest, *host, diagnostics);
    } else if (host != nullptr) {
      check_guest_of_namespace(draft, guest, *host, diagnostics);
    }
    if (host != nullptr && is_xen(*host)) {
      check_mtu(draft, guest, *host, diagnostics);
    }
    if (host != nullptr && !is_xen(*host) && guest.mode) {
      diagnostics.error(
          guest.mode->where,
          fmt::format("guest '{}' has a mode, which only guests of Xen hosts have", guest.node.name.value),
          "leave 'mode' out");
    }
  }
}

} // namespace migralab
