// SPDX-License-Identifier: Apache-2.0
// The way into a guest: OpenSSH with the lab's key, run on the host where the guest is now.
#pragma once

#include "migralab/process/command.hpp"
#include "session.hpp"

#include <functional>
#include <string>
#include <vector>

namespace migralab {

/// `ssh` or `scp` on this terminal, in the network of the guest's host; `arguments` are made of root@ADDRESS of the
/// guest. Throws Error when the guest runs nowhere or is on no network. To be called, and the command run, inside the
/// lab.
[[nodiscard]] Command guest_command(
    const OpenLab& lab,
    const std::string& guest,
    const std::string& program,
    const std::function<std::vector<std::string>(const std::string& login)>& arguments);

/// Runs a command in the guest (an interactive shell when it is empty) on this terminal; returns its exit status, as a
/// shell reports it. 255: ssh itself failed.
[[nodiscard]] int run_in_guest(const OpenLab& lab, const std::string& guest, const std::vector<std::string>& command);

[[nodiscard]] bool is_guest(const Topology& topology, const std::string& name);

} // namespace migralab
