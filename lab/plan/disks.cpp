// SPDX-License-Identifier: Apache-2.0
// Where guests' disks are, and who reaches them.
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/plan/plan.hpp"
#include "portal.hpp"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <map>

namespace migralab {

Ipv4Address portal_of(const Topology& topology, const StorageSpec& server) {
  if (server.type == StorageSpec::Type::local) {
    return {};
  }
  const auto attachment = attachment_for(topology, server.networks, Role::storage);
  if (!attachment) {
    throw Error(
        fmt::format("storage server {} is on no network with role storage", server.name), ExitStatus::bad_input);
  }
  return attachment->address;
}

Bytes served_by(const Topology& topology, const std::string& storage) {
  // The file system's journal and tables, beside a part of what it holds, and a scratch disk of a bench: a file with
  // holes, so what nobody writes takes no room.
  constexpr Bytes beside = Bytes::mib(512);
  constexpr std::uint64_t part = 16;
  Bytes disks;
  for (const GuestSpec& guest : topology.guests) {
    if (guest.disk && guest.disk->storage == storage) {
      disks += guest.disk->size;
    }
  }
  const std::uint64_t wanted = disks.count + disks.count / part + beside.count;
  const std::uint64_t unit = Bytes::mib(1).count;
  return {(wanted + unit - 1) / unit * unit};
}

std::string base_name(const std::string& image) {
  const std::size_t slash = image.rfind('/');
  if (slash == std::string::npos) {
    return "base." + image;
  }
  std::string file = image.substr(slash + 1); // becomes part of what tgtd and libvirt are told: no ',' and no '"'
  std::replace_if(
      file.begin(), file.end(), [](unsigned char c) { return std::isalnum(c) == 0 && c != '.' && c != '-'; }, '_');
  return fmt::format("base.{}.{}", file, sha256_of_text(image).substr(0, 8));
}

std::map<std::string, DiskPlan> disk_plans(const Topology& topology, const ImageCatalogue& images) {
  std::map<std::string, DiskPlan> disks;
  std::map<std::string, unsigned> luns;
  for (const GuestSpec& guest : topology.guests) {
    if (guest.disk) {
      const StorageSpec& server = storage_of(topology, guest.disk->storage);
      disks[guest.name] = DiskPlan{
          .guest = guest.name,
          .storage = server.name,
          .type = server.type,
          .portal = portal_of(topology, server),
          .lun = ++luns[server.name],
          .size = guest.disk->size,
          .host = guest.host};
      if (const auto traits = images.find(guest.image); traits != images.end() && traits->second.disk) {
        disks[guest.name].image = guest.image;
        disks[guest.name].copy = is_machine(host_of(topology, guest.host)); // whose kernel opens one disk, no layers
      }
    }
  }
  return disks;
}

std::vector<std::string> hosts_reaching(const Topology& topology, const DiskPlan& disk) {
  const StorageSpec& server = storage_of(topology, disk.storage);
  const auto served = attachment_for(topology, server.networks, Role::storage);
  std::vector<std::string> hosts;
  const bool starts_somewhere = !disk.host.empty();
  for (const HostSpec& host : topology.hosts) {
    if (starts_somewhere && !same_kind(host, host_of(topology, disk.host))) {
      continue;
    }
    const bool near = served && std::any_of(host.networks.begin(), host.networks.end(), [&](const Attachment& own) {
                        return own.network == served->network;
                      });
    if (near || host.name == disk.host) {
      hosts.push_back(host.name);
    }
  }
  return hosts;
}

} // namespace migralab
