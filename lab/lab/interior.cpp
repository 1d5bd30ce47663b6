// SPDX-License-Identifier: Apache-2.0
#include "migralab/lab/interior.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/image/image.hpp"
#include "migralab/lab/disks.hpp"
#include "migralab/substrate/nodes.hpp"
#include "migralab/topology/load.hpp"

#include <fmt/format.h>
#include <functional>

namespace migralab {

namespace {

/// libvirt fills a file that exists on the destination; afterwards one of the two is a copy that nobody needs.
MigrationRecord move_with_disk(
    const LabFolder& folder,
    const Topology& topology,
    const DiskPlan& disk,
    const std::string& from,
    const std::string& to,
    bool layered,
    const std::function<MigrationRecord()>& move) {
  const std::filesystem::path old_file = disk_file(folder, topology, disk, from);
  const std::filesystem::path new_file = disk_file(folder, topology, disk, to);
  make_disk_folder(folder, topology, disk, to);
  if (layered) {
    SystemRunner runner;
    make_layer(runner, new_file, disk.size, true);
  } else {
    write_file(new_file, "");
    std::filesystem::resize_file(new_file, std::filesystem::file_size(old_file)); // sparse; as large as it has grown
  }
  MigrationRecord record;
  try {
    record = move();
  } catch (const Error&) {
    std::filesystem::remove(new_file);
    throw;
  }
  std::filesystem::remove(record.succeeded ? old_file : new_file);
  return record;
}

} // namespace

std::filesystem::path libvirt_socket(const std::string& host) {
  return node_folder(host) / "run" / "libvirt" / "libvirt-sock";
}

Topology deployed_topology(const LabFolder& folder, const LabState& state) {
  // From where it was first read, so that relative paths mean what they meant; whether those files are still there does
  // not matter to a lab that runs.
  const std::string text = read_file(folder.topology());
  Diagnostics diagnostics(folder.topology().native(), text);
  Topology topology = parse_topology(text, state.topology_file, state.lab, diagnostics);
  diagnostics.throw_if_errors();
  return topology;
}

Hypervisor& Interior::hypervisor(const std::string& host) {
  std::unique_ptr<Hypervisor>& known = hypervisors_[host];
  if (!known) {
    static_cast<void>(host_of(topology_, host)); // a wrong name is an error that lists the right ones
    known = connect_libvirt({.name = host, .socket = libvirt_socket(host)}, std::chrono::seconds(10), [] {});
  }
  return *known;
}

std::map<std::string, GuestPlace> Interior::guests() {
  std::map<std::string, GuestPlace> places;
  for (const HostSpec& host : topology_.hosts) {
    for (GuestState& guest : hypervisor(host.name).guests()) {
      const auto known = places.find(guest.name);
      if (known == places.end() || known->second.state.state != "running") {
        const std::string name = guest.name;
        places[name] = {host.name, std::move(guest)};
      }
    }
  }
  return places;
}

GuestPlace Interior::find(const std::string& guest) {
  static_cast<void>(guest_of(topology_, guest));
  const auto places = guests();
  const auto place = places.find(guest);
  if (place == places.end()) {
    throw Error(fmt::format("guest {} runs on no host of lab {}", guest, topology_.lab))
        .with_hint("it has ended; its console's log is in the lab's folder, which `migralab inspect` names");
  }
  return place->second;
}

MigrationRecord Interior::migrate(const std::string& guest, const std::string& to, const MigrationOptions& options) {
  const HostSpec& destination = host_of(topology_, to);
  const GuestPlace place = find(guest);
  if (place.host == to) {
    throw Error(fmt::format("guest {} is already on {}", guest, to), ExitStatus::bad_input);
  }
  const auto address = attachment_for(topology_, destination.networks, Role::migration);
  if (!address) {
    throw Error(fmt::format("host {} is on no network with role migration", to), ExitStatus::bad_input);
  }
  const GuestSpec& spec = guest_of(topology_, guest);
  const LabFolder folder(topology_.lab);
  const bool layered = folder.read().value_or(LabState{}).layered.contains(spec.image);
  MigrationOptions all_options = options;
  all_options.only_layer = layered; // what it lies over is on every host
  const auto move = [&] {
    return hypervisor(place.host).migrate(guest, hypervisor(to), to_string(address->address), all_options);
  };
  if (!spec.disk || storage_of(topology_, spec.disk->storage).type != StorageSpec::Type::local) {
    return move();
  }
  if (!options.copy_storage) {
    throw Error(
        fmt::format(
            "the disk of guest {} is a file on {} (storage {} is of type local): {} does not see it",
            guest,
            place.host,
            spec.disk->storage,
            to),
        ExitStatus::bad_input)
        .with_hint("--copy-storage copies the disk along; or use storage of type iscsi or nfs");
  }
  return move_with_disk(folder, topology_, disk_plans(topology_).at(guest), place.host, to, layered, move);
}

} // namespace migralab
