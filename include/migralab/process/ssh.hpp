// SPDX-License-Identifier: Apache-2.0
// Commands that run on another machine, by OpenSSH: one connection for each machine, which all commands share
// (ssh(1), -M and -S). Pure: what is made here is carried out by a CommandRunner.
#pragma once

#include "migralab/process/command.hpp"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace migralab {

/// A machine and the way to it.
struct SshTarget {
  std::string destination;            // "root@169.254.77.2", or a name of the user's ssh configuration
  std::filesystem::path control;      // socket of the shared connection; at most 90 characters
  std::vector<std::string> options{}; // of ssh: key, known hosts
  NamespaceSet inside = {};           // where the way begins
  bool by_sudo = false;               // who logs in may be another than root: commands run as root all the same
  bool shared_only = false;           // no command has a connection of its own: none leads there from here

  bool operator==(const SshTarget&) const = default;
};

/// Options for a machine of our own: nothing of the user's configuration, this key, and only the host keys of this
/// file.
[[nodiscard]] std::vector<std::string>
own_machine_options(const std::filesystem::path& key, const std::filesystem::path& known_hosts);

/// Options for a machine of the user's: all is as the user's configuration says, or that of the file named by the
/// environment's MIGRALAB_SSH_CONFIG; but its host key has to be known already.
[[nodiscard]] std::vector<std::string> user_machine_options();

/// A socket there that is reached by one here.
struct ForwardedSocket {
  std::filesystem::path here;
  std::filesystem::path there;
};

/// Opens the connection and keeps it: a daemon, for CommandRunner::start(). A connection that breaks, or on which the
/// other machine does not answer for two minutes, is opened again. The daemon ends only when the first one fails at
/// once.
[[nodiscard]] Command ssh_connection(const SshTarget& target, const std::vector<ForwardedSocket>& sockets);

/// Ends well when the connection stands.
[[nodiscard]] Command ssh_check(const SshTarget& target);

/// `command` there: input, output and exit status are its own; of what it says about where it runs only `folder` and
/// `environment` count. While the shared connection is being opened again it has one of its own. ssh's own failures are
/// exit status 255.
[[nodiscard]] Command over_ssh(const SshTarget& target, const Command& command);

/// These one after the other as one command, up to the first that fails; none of them has input. Its words are quoted.
[[nodiscard]] Command in_one(const std::vector<Command>& commands);

/// The value of ssh's option ProxyCommand for whoever goes on from there (ssh(1), -W).
[[nodiscard]] std::string proxy_command(const SshTarget& target);

/// Writes `content` to `path` there, mode 0644, with the folders that it needs.
[[nodiscard]] Command put_over_ssh(const SshTarget& target, std::string content, const std::filesystem::path& path);

} // namespace migralab
