// SPDX-License-Identifier: Apache-2.0
// Hosts and storage servers that are machines of their own: a VM in the node, whose network cards are plugged into the
// node's bridges. Once it has booted it is entered by ssh, over a cable between it and its node that is on no network
// of the lab. Commands are pure values. Paths are as the lab's mount namespace shows them.
#pragma once

#include "migralab/core/units.hpp"
#include "migralab/plan/plan.hpp"
#include "migralab/process/command.hpp"
#include "migralab/process/ssh.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace migralab {

/// One network card: what it is plugged into here, and what it is called there.
struct MachinePort {
  std::string bridge; // of the node
  std::string tap;
  std::string mac;
  std::string name; // in the machine
  unsigned mtu = 1500;
};

/// What is booted, and as what.
struct MachineBoot {
  std::string host;
  bool kvm = false; // else TCG
  Bytes memory;     // all of it
  Bytes own_memory; // with a hypervisor: of that what dom0 gets
  unsigned processors = 1;
  std::filesystem::path hypervisor; // Xen, unpacked; empty: none
  std::filesystem::path kernel;
  std::filesystem::path initramfs;
  std::filesystem::path disk;      // qcow2, over `base`
  std::filesystem::path base;      // raw
  std::filesystem::path data = {}; // a second disk, raw, with the caches of this machine; empty: none
  std::string key;                 // public, may log in as root: without its type and comment
  std::filesystem::path console_log;
  std::vector<MachinePort> ports; // first the one that ssh comes by
};

/// The cards of a host with these links, after the one that ssh comes by.
[[nodiscard]] std::vector<MachinePort> ports_of(const std::string& host, const std::vector<MakeLink>& links);

/// Those that make the node's ends of the cards' cables and plug them in. After the node's links, before the machine.
[[nodiscard]] std::vector<Command>
machine_link_commands(const std::string& host, const std::vector<MachinePort>& ports);

/// QEMU. Its end is the machine's end.
[[nodiscard]] Command machine_command(const MachineBoot& boot);

/// The kernel command line of the machine, see topologies/images/shared/guest.sh.
[[nodiscard]] std::string machine_kernel_arguments(const MachineBoot& boot);

/// The host key that a machine has told on its console (host/migralab-init), as a line of known_hosts; nothing before.
[[nodiscard]] std::optional<std::string> known_host_line(const std::string& console);

/// The way into the machine of this host. `known_hosts` gets known_host_line().
[[nodiscard]] SshTarget
machine_target(const std::string& host, const std::filesystem::path& key, const std::filesystem::path& known_hosts);

/// Those that make the machine's bridges and give it its addresses, for over_ssh(): what link_commands() does in a
/// node.
[[nodiscard]] std::vector<Command> machine_network_commands(const std::vector<MakeLink>& links);

} // namespace migralab
