// SPDX-License-Identifier: Apache-2.0
// The way into a guest: OpenSSH with the lab's key, from the network of another node. To be called, and the commands
// run, inside the lab.
#pragma once

#include "migralab/process/command.hpp"
#include "migralab/topology/topology.hpp"

#include <string>
#include <vector>

namespace migralab {

/// root@ADDRESS of the guest, on the first of its networks that node `from` (host, client, storage server) is on.
/// Throws Error (exit code 2) when there is none, or no such guest.
[[nodiscard]] std::string guest_login(const Topology& topology, const std::string& guest, const std::string& from);

/// `ssh` or `scp` (`program`) with the lab's key and its own list of known hosts, in the network of node `from`.
[[nodiscard]] Command guest_command(
    const Topology& topology,
    const std::string& from,
    const std::string& program,
    const std::vector<std::string>& arguments);

} // namespace migralab
