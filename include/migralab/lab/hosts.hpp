// SPDX-License-Identifier: Apache-2.0
// The hosts of a running lab, wherever they are: a command on one, its libvirt. Used inside the lab.
#pragma once

#include "migralab/hypervisor/hypervisor.hpp"
#include "migralab/lab/lab_state.hpp"
#include "migralab/process/command_runner.hpp"
#include "migralab/process/ssh.hpp"
#include "migralab/topology/topology.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace migralab {

/// The socket of a host's libvirtd, as the lab sees it; of a machine, a forwarded one.
[[nodiscard]] std::filesystem::path libvirt_socket(const std::string& host);
[[nodiscard]] LibvirtHost libvirt_of(const Topology& topology, const std::string& host);

/// Where a host's hypervisor, or the machine that it is, has left words: below the lab's folder.
[[nodiscard]] std::string log_of(const Topology& topology, const std::string& host);

/// The way into a host or storage server that is a machine: from within the lab, or to a remote one over the connection
/// that the lab keeps.
[[nodiscard]] SshTarget way_into(const Topology& topology, const std::string& node);

/// `command` on the host, or on a storage server that is a machine: in its namespaces, or in the machine that it is.
[[nodiscard]] Command on_host(const Topology& topology, const std::string& host, const Command& command);

/// The interface that has a node's address on a network: of a host or a machine its bridge.
[[nodiscard]] std::string bridge_of_node(const Topology& topology, const std::string& node, const std::string& network);

/// The bridge that a guest's network card joins there, and the card's name.
[[nodiscard]] std::string
guest_bridge(const Topology& topology, const HostSpec& host, const GuestSpec& guest, const std::string& network);
[[nodiscard]] std::string
guest_tap(const Topology& topology, const HostSpec& host, const GuestSpec& guest, const std::string& network);

/// What a guest's disk is called on a machine: attached_disk() of this. On a remote host it says whose it is.
[[nodiscard]] std::string disk_name_on(const Topology& topology, const std::string& host, const std::string& guest);

/// Whether guests of a host that is a machine use KVM, its own.
[[nodiscard]] bool machine_has_kvm(const Topology& topology, const std::string& host, CommandRunner& runner);

/// The same of any KVM host of a running lab.
[[nodiscard]] bool guests_use_kvm(const Topology& topology, const HostSpec& host, const LabState& state);

/// Whether it is a guest of the lab, and not one that somebody else has on a remote host.
[[nodiscard]] bool is_of_lab(const Topology& topology, const GuestState& guest);

/// Makes a disk a block device of a machine (attached_disk()), unless it is one already, and looks at it: its size in
/// bytes. Throws Error.
[[nodiscard]] std::uint64_t attach_to_machine(
    const Topology& topology,
    const std::string& host,
    const DiskSource& source,
    const std::string& guest,
    CommandRunner& runner);

} // namespace migralab
