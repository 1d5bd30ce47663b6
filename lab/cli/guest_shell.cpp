// SPDX-License-Identifier: Apache-2.0
#include "guest_shell.hpp"

#include "migralab/core/error.hpp"
#include "migralab/lab/guest_command.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <unistd.h>

namespace migralab {

bool is_guest(const Topology& topology, const std::string& name) {
  return std::any_of(
      topology.guests.begin(), topology.guests.end(), [&](const GuestSpec& guest) { return guest.name == name; });
}

Command guest_command(
    const OpenLab& lab,
    const std::string& guest,
    const std::string& program,
    const std::function<std::vector<std::string>(const std::string& login)>& arguments) {
  Interior interior(lab.topology);
  const std::string host = interior.find(guest).host;
  Command command = guest_command(lab.topology, host, program, arguments(guest_login(lab.topology, guest, host)));
  command.folder = std::filesystem::current_path();
  command.terminal = true;
  return command;
}

int run_in_guest(const OpenLab& lab, const std::string& guest, const std::vector<std::string>& command) {
  const auto arguments = [&command](const std::string& login) -> std::vector<std::string> {
    if (command.empty()) {
      return {::isatty(STDIN_FILENO) != 0 ? "-t" : "-T", login};
    }
    return {login, "--", to_string(Command{.argv = command})}; // the guest's shell takes it apart again
  };
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
