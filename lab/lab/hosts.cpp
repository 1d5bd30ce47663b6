// SPDX-License-Identifier: Apache-2.0
#include "migralab/lab/hosts.hpp"

#include "migralab/core/error.hpp"
#include "migralab/storage/initiator.hpp"
#include "migralab/substrate/machine.hpp"
#include "migralab/substrate/nodes.hpp"

#include <fmt/format.h>

namespace migralab {

std::filesystem::path libvirt_socket(const std::string& host) {
  return node_folder(host) / "run" / "libvirt" / "libvirt-sock";
}

LibvirtHost libvirt_of(const Topology& topology, const std::string& host) {
  return {.name = host, .socket = libvirt_socket(host), .hypervisor = host_of(topology, host).hypervisor};
}

std::string log_of(const Topology& topology, const std::string& host) {
  return fmt::format("logs/{}/{}", host, is_machine(host_of(topology, host)) ? "console.log" : "libvirtd.log");
}

SshTarget way_into(const LabFolder& folder, const std::string& host) {
  return machine_target(host, folder.key(), folder.path() / "ssh" / fmt::format("known_hosts.{}", host));
}

Command on_host(const Topology& topology, const std::string& host, const Command& command) {
  if (is_machine(topology, host)) {
    return over_ssh(way_into(LabFolder(topology.lab), host), command);
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
  const CommandResult result = runner.run(on_host(topology, host, attach_disk_command(source, guest)));
  const std::string size = result.output.substr(0, result.output.find('\n'));
  if (!result.ok() || size.empty() || size.size() > 19 || size.find_first_not_of("0123456789") != std::string::npos) {
    const std::string said = result.errors.substr(0, result.errors.find_last_not_of('\n') + 1);
    throw Error(fmt::format(
        "{} cannot open the disk of guest {}: {}", host, guest, said.empty() ? describe_end(result) : said));
  }
  return std::stoull(size);
}

} // namespace migralab
