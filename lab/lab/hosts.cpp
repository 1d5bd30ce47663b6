// SPDX-License-Identifier: Apache-2.0
#include "migralab/lab/hosts.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/interrupt.hpp"
#include "migralab/storage/initiator.hpp"
#include "migralab/substrate/links.hpp"
#include "migralab/substrate/machine.hpp"
#include "migralab/substrate/nodes.hpp"
#include "migralab/substrate/remote.hpp"

#include <fmt/format.h>

namespace migralab {

std::filesystem::path libvirt_socket(const std::string& host) {
  return node_folder(host) / "run" / "libvirt" / "libvirt-sock";
}

LibvirtHost libvirt_of(const Topology& topology, const std::string& host) {
  return {.name = host, .socket = libvirt_socket(host), .hypervisor = host_of(topology, host).hypervisor};
}

std::string log_of(const Topology& topology, const std::string& host) {
  if (is_remote(topology, host)) {
    return fmt::format("logs/{}/ssh.log", host);
  }
  return fmt::format("logs/{}/{}", host, is_machine(host_of(topology, host)) ? "console.log" : "libvirtd.log");
}

namespace {

SshTarget way_into_machine(const LabFolder& folder, const std::string& node) {
  return machine_target(node, folder.key(), folder.path() / "ssh" / fmt::format("known_hosts.{}", node));
}

template <typename Named> unsigned index_of(const std::vector<Named>& all, const Named& one) {
  return static_cast<unsigned>(&one - all.data());
}

} // namespace

SshTarget way_into(const Topology& topology, const std::string& node) {
  for (const RemoteNode& remote : remote_nodes(topology)) {
    if (remote.name == node) {
      SshTarget way = way_to_remote(remote.ssh);
      way.control = node_folder(node) / "ssh.sock";
      way.shared_only = true; // the lab's own network leads nowhere
      return way;
    }
  }
  return way_into_machine(LabFolder(topology.lab), node);
}

std::string bridge_of_node(const Topology& topology, const std::string& node, const std::string& network) {
  if (!is_remote(topology, node)) {
    return interface_name(network);
  }
  const NetworkSpec& spec = network_of(topology, network);
  return !spec.bridge.empty()
             ? spec.bridge
             : fmt::format("{}b{}", remote_prefix(topology.instance), index_of(topology.networks, spec));
}

std::string
guest_bridge(const Topology& topology, const HostSpec& host, const GuestSpec& guest, const std::string& network) {
  return is_remote(host) ? bridge_of_node(topology, host.name, network) : bridge_of_guest(guest, network);
}

std::string
guest_tap(const Topology& topology, const HostSpec& host, const GuestSpec& guest, const std::string& network) {
  if (!is_remote(host)) {
    return interface_name(guest.name, network);
  }
  return fmt::format(
      "{}g{}.{}",
      remote_prefix(topology.instance),
      index_of(topology.guests, guest_of(topology, guest.name)),
      index_of(topology.networks, network_of(topology, network)));
}

std::string disk_name_on(const Topology& topology, const std::string& host, const std::string& guest) {
  return is_remote(topology, host) ? fmt::format("{}.{}", remote_prefix(topology.instance), guest) : guest;
}

bool machine_has_kvm(const Topology& topology, const std::string& host, CommandRunner& runner) {
  // A device alone proves nothing: a kernel may have it for a processor that cannot.
  constexpr auto look = "[ -c /dev/kvm ] && grep -qwE 'vmx|svm' /proc/cpuinfo";
  return runner.run(on_host(topology, host, {.argv = {"sh", "-c", look}})).ok();
}

bool guests_use_kvm(const Topology& topology, const HostSpec& host, const LabState& state) {
  SystemRunner runner;
  return is_remote(host) ? machine_has_kvm(topology, host.name, runner) : state.accelerator == accelerator_name(true);
}

bool is_of_lab(const Topology& topology, const GuestState& guest) {
  return topology.instance.empty() || guest.uuid == derived_uuid(topology.instance, "guest " + guest.name);
}

Command on_host(const Topology& topology, const std::string& host, const Command& command) {
  if (is_machine(topology, host)) {
    return over_ssh(way_into(topology, host), command);
  }
  Command there = command;
  there.inside = namespaces_of(host);
  return there;
}

std::uint64_t attach_to_machine(
    const Topology& topology,
    const std::string& host,
    const DiskSource& source,
    const std::string& guest,
    CommandRunner& runner) {
  Command attach = attach_disk_command(source, disk_name_on(topology, host, guest));
  if (is_remote(topology, host)) {
    attach.environment = {
        {"MIGRALAB_RECORD", (remote_folder(topology.instance) / "disks").native()},
        {"MIGRALAB_PREFIX", remote_prefix(topology.instance)}};
  }
  const CommandResult result = runner.run(on_host(topology, host, attach));
  const std::string size = result.output.substr(0, result.output.find('\n'));
  if (!result.ok() || size.empty() || size.size() > 19 || size.find_first_not_of("0123456789") != std::string::npos) {
    throw_if_interrupted();
    throw Error(fmt::format("{} cannot open the disk of guest {}: {}", host, guest, said_by(result)));
  }
  return std::stoull(size);
}

} // namespace migralab
