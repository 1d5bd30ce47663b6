// SPDX-License-Identifier: Apache-2.0
#include "guest_shell.hpp"

#include "migralab/core/error.hpp"
#include "migralab/substrate/nodes.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fmt/format.h>
#include <unistd.h>

namespace migralab {

bool is_guest(const Topology& topology, const std::string& name) {
  return std::any_of(
      topology.guests.begin(), topology.guests.end(), [&](const GuestSpec& guest) { return guest.name == name; });
}

std::string guest_login(const OpenLab& lab, const std::string& guest) {
  const GuestSpec& spec = guest_of(lab.topology, guest);
  if (spec.networks.empty()) {
    throw Error(fmt::format("guest {} is on no network", guest), ExitStatus::bad_input)
        .with_hint(fmt::format("`migralab console {}` reaches it without one", guest));
  }
  return "root@" + to_string(spec.networks.front().address);
}

Command guest_command(
    const OpenLab& lab,
    const std::string& guest,
    const std::string& program,
    const std::vector<std::string>& arguments) {
  const LabFolder folder(lab.state.lab);
  Interior interior(lab.topology);
  const NamespaceSet host = namespaces_of(interior.find(guest).host);
  Command command{
      .argv =
          {program,
           "-F",
           "/dev/null", // the user's own configuration is for other machines
           "-i",
           folder.key().native(),
           "-o",
           "IdentitiesOnly=yes",
           "-o",
           "BatchMode=yes",
           "-o",
           "StrictHostKeyChecking=accept-new",
           "-o",
           "UserKnownHostsFile=" + folder.known_hosts().native(),
           "-o",
           "GlobalKnownHostsFile=/dev/null",
           "-o",
           "ConnectTimeout=10",
           "-o",
           "LogLevel=ERROR"},
      .folder = std::filesystem::current_path(),
      .inside = {.net = host.net},
      .terminal = true};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  return command;
}

int run_in_guest(const OpenLab& lab, const std::string& guest, const std::vector<std::string>& command) {
  std::vector<std::string> arguments{guest_login(lab, guest)};
  if (command.empty()) {
    arguments.insert(arguments.begin(), ::isatty(STDIN_FILENO) != 0 ? "-t" : "-T");
  } else {
    arguments.emplace_back("--");
    arguments.push_back(to_string(Command{.argv = command})); // the guest's shell takes it apart again
  }
  ::signal(SIGINT, SIG_IGN); // Ctrl-C belongs to the command
  return inside(lab.state.keeper, [&] {
    SystemRunner runner;
    const CommandResult result = runner.run(guest_command(lab, guest, "ssh", arguments));
    if (result.end == CommandResult::End::not_started) {
      throw Error(result.errors, ExitStatus::machine_lacks).with_hint("install the Debian package openssh-client");
    }
    return result.end == CommandResult::End::signalled ? 128 + result.status : result.status;
  });
}

} // namespace migralab
