// SPDX-License-Identifier: Apache-2.0
#include "migralab/process/ssh.hpp"

#include <cstdlib>

namespace migralab {

namespace {

/// With the user's answers out of the question: nobody is there to give them.
std::vector<std::string> words_of(const SshTarget& target) {
  std::vector<std::string> words{
      "ssh",
      "-o",
      "BatchMode=yes",
      "-o",
      "ConnectTimeout=10",
      "-o",
      "LogLevel=ERROR",
      "-o",
      "ControlPath=" + target.control.native()};
  words.insert(words.end(), target.options.begin(), target.options.end());
  return words;
}

/// Of commands, not of the connection that they share.
std::vector<std::string> words_of_command(const SshTarget& target) {
  std::vector<std::string> words = words_of(target);
  if (target.shared_only) {
    // ssh runs it when there is no shared connection; else it would say that the network is unreachable.
    words.insert(
        words.end(), {"-o", "ProxyCommand=sh -c 'echo \"the ssh connection is down; it is being opened again\" >&2'"});
  }
  return words;
}

// A program, not a text with anybody's words in it: the command is its arguments.
constexpr auto as_root = R"sh([ "$(id -u)" = 0 ] && exec "$@"; exec sudo -n -- "$@")sh";

} // namespace

std::vector<std::string>
own_machine_options(const std::filesystem::path& key, const std::filesystem::path& known_hosts) {
  return {
      "-F",
      "/dev/null",
      "-i",
      key.native(),
      "-o",
      "IdentitiesOnly=yes",
      "-o",
      "StrictHostKeyChecking=yes",
      "-o",
      "UserKnownHostsFile=" + known_hosts.native(),
      "-o",
      "GlobalKnownHostsFile=/dev/null"};
}

std::vector<std::string> user_machine_options() {
  std::vector<std::string> options;
  if (const char* file = std::getenv("MIGRALAB_SSH_CONFIG"); file != nullptr && *file != '\0') {
    options = {"-F", file};
  }
  for (const char* option :
       {"StrictHostKeyChecking=yes",
        "UpdateHostKeys=no",
        "ForwardAgent=no",
        "ForwardX11=no",
        "RemoteCommand=none",
        "PermitLocalCommand=no"}) {
    options.insert(options.end(), {"-o", option});
  }
  return options;
}

Command ssh_connection(const SshTarget& target, const std::vector<ForwardedSocket>& sockets) {
  // autossh(1), without a port of its own to watch (-M 0): ssh ends by itself when the other end is silent.
  Command command{
      .argv = {"autossh", "-M", "0"},
      .environment =
          {{"AUTOSSH_GATETIME", "3"}, // s; one that ends sooner the first time is wrong, and not tried again
           {"AUTOSSH_POLL", "10"},    // s, at most, between two tries
           {"AUTOSSH_LOGFILE", "/dev/stderr"},
           {"AUTOSSH_LOGLEVEL", "5"}},
      .inside = target.inside};
  const std::vector<std::string> words = words_of(target);
  command.argv.insert(command.argv.end(), words.begin() + 1, words.end());
  for (const char* option :
       {"ControlMaster=auto", // unlike "yes" it puts the socket of one that died out of the way
        "ControlPersist=no",  // it would leave our daemon
        "ExitOnForwardFailure=yes",
        "StreamLocalBindUnlink=yes",
        "StreamLocalBindMask=0177",
        "ServerAliveInterval=5",
        "ServerAliveCountMax=24"}) {
    command.argv.insert(command.argv.end(), {"-o", option});
  }
  for (const ForwardedSocket& socket : sockets) {
    command.argv.insert(command.argv.end(), {"-L", socket.here.native() + ":" + socket.there.native()});
  }
  command.argv.insert(command.argv.end(), {"-N", target.destination});
  return command;
}

Command ssh_check(const SshTarget& target) {
  Command command{.argv = words_of(target), .inside = target.inside};
  command.argv.insert(command.argv.end(), {"-O", "check", target.destination});
  return command;
}

Command over_ssh(const SshTarget& target, const Command& command) {
  Command there = command;
  there.argv = words_of_command(target);
  there.argv.insert(there.argv.end(), {command.pseudo_terminal ? "-t" : "-T", target.destination});
  Command words{.argv = {"env"}};
  if (!command.folder.empty()) {
    words.argv.push_back("--chdir=" + command.folder.native());
  }
  for (const auto& [name, value] : command.environment) {
    words.argv.push_back(name + "=" + value);
  }
  if (words.argv.size() == 1) {
    words.argv.clear();
  }
  words.argv.insert(words.argv.end(), command.argv.begin(), command.argv.end());
  if (target.by_sudo) {
    words.argv.insert(words.argv.begin(), {"sh", "-c", as_root, "sh"});
  }
  there.argv.push_back(to_string(words)); // quoted: sshd hands it to a shell
  there.environment.clear();
  there.folder.clear();
  there.inside = target.inside;
  there.groups.clear();
  return there;
}

Command in_one(const std::vector<Command>& commands) {
  std::string text = "set -e";
  for (const Command& command : commands) {
    text += "\n" + to_string(command);
  }
  return {.argv = {"sh", "-c", text}};
}

std::string proxy_command(const SshTarget& target) {
  Command command{.argv = words_of(target)}; // ssh(1): -W goes over the shared connection, too
  command.argv.insert(command.argv.end(), {target.destination, "-W"});
  return to_string(command) + " %h:%p"; // ssh's own words: never quoted
}

Command put_over_ssh(const SshTarget& target, std::string content, const std::filesystem::path& path) {
  Command command{
      .argv = {"install", "-D", "-m", "644", "/dev/stdin", path.native()},
      .input = std::move(content),
      .timeout = std::chrono::minutes(2)};
  return over_ssh(target, command);
}

} // namespace migralab
