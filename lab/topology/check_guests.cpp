// SPDX-License-Identifier: Apache-2.0
#include "check_topology.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <string>
#include <vector>

namespace migralab {
namespace {

constexpr Bytes least_memory = Bytes::mib(96);
constexpr Bytes most_memory = Bytes::gib(16 * 1024); // keeps every sum far from overflow
constexpr Bytes least_disk = Bytes::mib(16);
constexpr Bytes most_disk = Bytes::gib(1024);
constexpr std::uint64_t sector = 512;

std::string described(const GuestDraft& guest) {
  return fmt::format("guest '{}'", guest.node.name.value);
}

const HostDraft* start_host(const Draft& draft, const GuestDraft& guest) {
  return guest.host ? find_host(draft, guest.host->value) : nullptr;
}

void check_sizes(const GuestDraft& guest, Diagnostics& diagnostics) {
  if (guest.memory && guest.memory->value < least_memory) {
    diagnostics.error(
        guest.memory->where,
        fmt::format("{} has {} of memory: too little to boot", described(guest), to_string(guest.memory->value)),
        fmt::format("give it {} or more", to_string(least_memory)));
  }
  if (guest.memory && guest.memory->value > most_memory) {
    diagnostics.error(
        guest.memory->where,
        fmt::format("{} has {} of memory: more than any host", described(guest), to_string(guest.memory->value)),
        fmt::format("give it {} or less", to_string(most_memory)));
  }
  if (!guest.disk || !guest.disk->size) {
    return;
  }
  const auto& [size, where] = *guest.disk->size;
  if (size.count % sector != 0) {
    const std::uint64_t whole = size.count + sector - size.count % sector;
    diagnostics.error(
        where,
        fmt::format("disk of {} has {}, not a multiple of {} B", described(guest), to_string(size), sector),
        fmt::format("disks consist of sectors of {} B: write {} or a size in MiB", sector, to_string(Bytes{whole})));
  } else if (size < least_disk || size > most_disk) {
    diagnostics.error(
        where,
        fmt::format("disk of {} has {}, out of range", described(guest), to_string(size)),
        fmt::format("write a size from {} to {}", to_string(least_disk), to_string(most_disk)));
  }
}

void check_memory_of_host(const Draft& draft, const HostDraft& host, Diagnostics& diagnostics) {
  if (!host.memory) {
    return;
  }
  Bytes sum;
  std::vector<const GuestDraft*> guests;
  for (const GuestDraft& guest : draft.guests) {
    if (guest.memory && guest.memory->value <= most_memory && start_host(draft, guest) == &host) {
      sum += guest.memory->value;
      guests.push_back(&guest);
    }
  }
  if (sum <= host.memory->value) {
    return;
  }
  Diagnostic& error = diagnostics.error(
      host.memory->where,
      fmt::format(
          "the guests of host '{}' need {} of memory, {} more than its {}",
          host.node.name.value,
          to_string(sum),
          to_string(Bytes{sum.count - host.memory->value.count}),
          to_string(host.memory->value)),
      "give the host more memory, or start a guest on another host");
  for (const GuestDraft* guest : guests) {
    error.notes.emplace_back(
        guest->memory->where, fmt::format("{} takes {}", described(*guest), to_string(guest->memory->value)));
  }
}

/// A guest may stay on its host for ever, so this is only a warning.
void check_room_elsewhere(const Draft& draft, const GuestDraft& guest, Diagnostics& diagnostics) {
  const HostDraft* start = start_host(draft, guest);
  if (!guest.memory || start == nullptr || draft.hosts.size() < 2) {
    return;
  }
  const bool fits_somewhere = std::any_of(draft.hosts.begin(), draft.hosts.end(), [&](const HostDraft& host) {
    return &host != start && (!host.memory || guest.memory->value <= host.memory->value);
  });
  if (!fits_somewhere) {
    diagnostics.warning(
        guest.memory->where,
        fmt::format(
            "{} cannot be migrated: its {} of memory fit on no other host",
            described(guest),
            to_string(guest.memory->value)),
        "give another host more memory, or the guest less");
  }
}

const StorageDraft* storage_of_disk(const Draft& draft, const GuestDraft& guest) {
  return guest.disk && guest.disk->storage ? find_storage(draft, guest.disk->storage->value) : nullptr;
}

/// True also where an error about either node's networks makes the question idle.
bool reaches_disk(const Draft& draft, const HostDraft& host, const StorageDraft& storage) {
  return storage.type == StorageSpec::Type::local || !host.node.networks_known || !storage.node.networks_known ||
         share_network(draft, host.node, storage.node, Role::storage);
}

void check_start_host(const Draft& draft, const GuestDraft& guest, const HostDraft& host, Diagnostics& diagnostics) {
  const StorageDraft* storage = storage_of_disk(draft, guest);
  if (storage != nullptr && !reaches_disk(draft, host, *storage)) {
    diagnostics
        .error(
            guest.disk->storage->where,
            fmt::format(
                "host '{}' of {} cannot reach the disk: it shares no network of role storage with '{}'",
                host.node.name.value,
                described(guest),
                storage->node.name.value),
            "attach both to one network that has 'storage' among its roles")
        .notes.emplace_back(host.node.name.where, fmt::format("host '{}'", host.node.name.value));
  }
  for (const AttachmentDraft& attachment : guest.node.networks) {
    if (host.node.networks_known && find_network(draft, attachment.network.value) != nullptr &&
        !is_attached(host.node, attachment.network.value)) {
      diagnostics
          .error(
              attachment.network.where,
              fmt::format(
                  "{} is on network '{}', but its host '{}' is not",
                  described(guest),
                  attachment.network.value,
                  host.node.name.value),
              fmt::format("add '{}' to the networks of host '{}'", attachment.network.value, host.node.name.value))
          .notes.emplace_back(host.node.name.where, fmt::format("host '{}'", host.node.name.value));
    }
  }
}

/// Hosts that could not take the guest over.
void check_other_hosts(const Draft& draft, const GuestDraft& guest, const HostDraft& start, Diagnostics& diagnostics) {
  const StorageDraft* storage = storage_of_disk(draft, guest);
  for (const HostDraft& host : draft.hosts) {
    if (&host == &start || !host.node.networks_known) {
      continue;
    }
    std::vector<std::string> reasons;
    if (storage != nullptr && reaches_disk(draft, start, *storage) && !reaches_disk(draft, host, *storage)) {
      reasons.push_back(fmt::format("shares no network of role storage with '{}'", storage->node.name.value));
    }
    for (const AttachmentDraft& attachment : guest.node.networks) {
      const std::string& network = attachment.network.value;
      if (is_attached(start.node, network) && find_network(draft, network) != nullptr &&
          !is_attached(host.node, network)) {
        reasons.push_back(fmt::format("is not on network '{}'", network));
      }
    }
    if (!reasons.empty()) {
      diagnostics.warning(
          guest.node.name.where,
          fmt::format(
              "{} cannot be migrated to host '{}', which {}",
              described(guest),
              host.node.name.value,
              fmt::join(reasons, " and ")),
          fmt::format("attach host '{}' to the missing networks, or ignore this", host.node.name.value));
    }
  }
}

void check_guest_networks(const Draft& draft, const GuestDraft& guest, Diagnostics& diagnostics) {
  for (const AttachmentDraft& attachment : guest.node.networks) {
    const NetworkDraft* network = find_network(draft, attachment.network.value);
    if (network != nullptr && !network->roles.contains(Role::guest)) {
      diagnostics
          .error(
              attachment.network.where,
              fmt::format("{} is on network '{}', which has no role guest", described(guest), network->name.value),
              fmt::format("add 'guest' to the roles of '{}', or use another network", network->name.value))
          .notes.emplace_back(network->name.where, fmt::format("network '{}'", network->name.value));
    }
  }
}

void check_services(const Draft& draft, const GuestDraft& guest, Diagnostics& diagnostics) {
  const auto http = std::find_if(guest.services.begin(), guest.services.end(), [](const Located<Service>& service) {
    return service.value == Service::http;
  });
  const bool reachable = std::any_of(draft.clients.begin(), draft.clients.end(), [&](const ClientDraft& client) {
    return !client.node.networks_known || share_network(draft, client.node, guest.node);
  });
  if (http == guest.services.end() || reachable || !guest.node.networks_known) {
    return;
  }
  diagnostics.error(
      http->where,
      fmt::format("no client can reach service http of {}", described(guest)),
      draft.clients.empty() ? "the file has no client: add for example 'clients: {client: {networks: [lan]}}'"
                            : "put a client and the guest on one network");
}

void check_migration_plane(const Draft& draft, Diagnostics& diagnostics) {
  if (draft.guests.empty() || draft.hosts.size() < 2) {
    return;
  }
  std::vector<const HostDraft*> lonely;
  for (const HostDraft& host : draft.hosts) {
    const bool has_peer = std::any_of(draft.hosts.begin(), draft.hosts.end(), [&](const HostDraft& other) {
      return &other != &host &&
             (!other.node.networks_known || share_network(draft, host.node, other.node, Role::migration));
    });
    if (host.node.networks_known && !has_peer) {
      lonely.push_back(&host);
    }
  }
  if (lonely.empty()) {
    return;
  }
  Diagnostic& error = diagnostics.error(
      lonely.front()->node.name.where,
      fmt::format("host '{}' shares no network of role migration with another host", lonely.front()->node.name.value),
      "attach the hosts to one network that has 'migration' among its roles");
  for (std::size_t index = 1; index < lonely.size(); ++index) {
    error.notes.emplace_back(
        lonely[index]->node.name.where, fmt::format("nor does host '{}'", lonely[index]->node.name.value));
  }
}

} // namespace

void check_guests(const Draft& draft, Diagnostics& diagnostics) {
  for (const HostDraft& host : draft.hosts) {
    check_memory_of_host(draft, host, diagnostics);
  }
  check_migration_plane(draft, diagnostics);
  for (const GuestDraft& guest : draft.guests) {
    check_sizes(guest, diagnostics);
    check_room_elsewhere(draft, guest, diagnostics);
    check_guest_networks(draft, guest, diagnostics);
    check_services(draft, guest, diagnostics);
    if (const HostDraft* host = start_host(draft, guest)) {
      check_start_host(draft, guest, *host, diagnostics);
      check_other_hosts(draft, guest, *host, diagnostics);
    }
  }
}

} // namespace migralab
