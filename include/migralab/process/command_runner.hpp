// SPDX-License-Identifier: Apache-2.0
// The only way to start a process.
#pragma once

#include "migralab/process/command.hpp"

#include <optional>
#include <string>

namespace migralab {

class CommandRunner {
public:
  virtual ~CommandRunner() = default;

  /// Runs to the end, or kills the whole process group at the time-out. Never throws for what the command did.
  [[nodiscard]] virtual CommandResult run(const Command& command) = 0;

  /// Starts a daemon: own session, no standard input, output into command.log; returns its process id at once.
  /// Throws Error when it cannot be started.
  [[nodiscard]] virtual int start(const Command& command) = 0;

  /// How a daemon that start() returned has ended; nothing while it runs.
  [[nodiscard]] virtual std::optional<CommandResult> ended(int daemon) = 0;
};

/// The real one (Boost.Process).
class SystemRunner final : public CommandRunner {
public:
  [[nodiscard]] CommandResult run(const Command& command) override;
  [[nodiscard]] int start(const Command& command) override;
  [[nodiscard]] std::optional<CommandResult> ended(int daemon) override;
};

/// Returns stdout; throws Error "PROGRAM ...: exit 2: last lines of stderr" when the command did not succeed.
std::string check(const Command& command, const CommandResult& result);

/// check(command, runner.run(command))
std::string run_checked(CommandRunner& runner, const Command& command);

/// The absolute path of a program in PATH, then /usr/local/sbin, /usr/sbin, /sbin; empty when there is none.
[[nodiscard]] std::string find_program(const std::string& name);

} // namespace migralab
