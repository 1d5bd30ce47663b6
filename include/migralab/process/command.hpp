// SPDX-License-Identifier: Apache-2.0
// A command is a value: program, arguments, input, where it runs and how long it may take. Never a shell string.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace migralab {

/// The namespaces a command joins before exec, as paths of nsfs files; an empty path keeps the caller's.
struct NamespaceSet {
  std::filesystem::path net = {};
  std::filesystem::path mount = {};
  std::filesystem::path uts = {};

  bool operator==(const NamespaceSet&) const = default;
};

struct Command {
  std::vector<std::string> argv;                       // argv[0] is looked up in PATH and the sbin folders
  std::map<std::string, std::string> environment = {}; // added to the caller's
  std::string input = {};                              // standard input, whole
  std::filesystem::path folder = {};                   // working directory; empty: the caller's
  NamespaceSet inside = {};                            // namespaces to join
  std::vector<std::filesystem::path> groups = {};      // control groups to join: folders of cgroupfs
  std::filesystem::path log = {};                      // daemons: append stdout and stderr here
  std::chrono::nanoseconds timeout = std::chrono::seconds(30);
  std::function<void(const std::string& line)> watch = {}; // CommandRunner::run(): told each line as it comes
  /// CommandRunner::run(): asked again and again (some 20 times a second) while the command runs; once it answers true
  /// the command's standard input is closed, and its whole process group killed.
  std::function<bool()> ended_early = {};
  /// CommandRunner::run(), asked as often: what it answers is written to standard input after `input`.
  std::function<std::string()> more_input = {};
  /// Standard input stays open after `input`, for a command that lives as long as it does (topologies/images/guestbox/
  /// leash.c); such a one gets `grace` between the end of its input and being killed.
  bool holds_input = false;
  std::chrono::nanoseconds grace = std::chrono::seconds(3);
  bool pseudo_terminal = false; // over_ssh(): gives it a terminal there, as a shell wants
  bool terminal = false;        // keep the caller's stdin, stdout, stderr and process group; no time-out
};

/// The argv quoted so that it can be pasted into a shell.
[[nodiscard]] std::string to_string(const Command& command);

/// How a command ended. Exactly one of the five; `status` is the exit code or the signal. `stopped`: by
/// Command::ended_early.
struct CommandResult {
  enum class End { exited, signalled, timed_out, stopped, not_started };
  End end = End::not_started;
  int status = 0;
  std::string output = {}; // stdout
  std::string errors = {}; // stderr, or why it was not started

  [[nodiscard]] bool ok() const { return end == End::exited && status == 0; }
};

/// "exit 2", "killed by signal 9 (Killed)", "no end within 30 s", "not started".
[[nodiscard]] std::string describe_end(const CommandResult& result);

/// What it said on standard error, without the last line's end; how it ended where it said nothing.
[[nodiscard]] std::string said_by(const CommandResult& result);

} // namespace migralab
