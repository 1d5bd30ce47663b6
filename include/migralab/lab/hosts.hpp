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

/// The way into a host or storage server that is a machine.
[[nodiscard]] SshTarget way_into(const LabFolder& folder, const std::string& host);

/// `command` on the host, or on a storage server that is a machine: in its namespaces, or in the machine that it is.
[[nodiscard]] Command on_host(const Topology& topology, const std::string& host, const Command& command);

/// Makes a disk a block device of a machine (attached_disk()), unless it is one already, and looks at it: its size in
/// bytes. Throws Error.
[[nodiscard]] std::uint64_t attach_to_machine(
    const Topology& topology,
    const std::string& host,
    const DiskSource& source,
    const std::string& guest,
    CommandRunner& runner);

} // namespace migralab
