// SPDX-License-Identifier: Apache-2.0
#include "migralab/lab/interior.hpp"

#include "migralab/core/error.hpp"
#include "migralab/substrate/nodes.hpp"
#include "migralab/topology/load.hpp"

#include <fmt/format.h>

namespace migralab {

std::filesystem::path libvirt_socket(const std::string& host) {
  return node_folder(host) / "run" / "libvirt" / "libvirt-sock";
}

Topology deployed_topology(const LabFolder& folder, const LabState& state) {
  return load_topology(folder.topology(), state.lab);
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
  return hypervisor(place.host).migrate(guest, hypervisor(to), to_string(address->address), options);
}

} // namespace migralab
