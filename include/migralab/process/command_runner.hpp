// SPDX-License-Identifier: Apache-2.0
// The only way to start a process.
#pragma once

#include "migralab/process/command.hpp"

#include <functional>
#include <string>

namespace migralab {

class CommandRunner {
public:
  virtual ~CommandRunner() = default;

  /// Runs to the end, or kills the whole process group at the time-out.
  [[nodiscard]] virtual CommandResult run(const Command& command) = 0;

  /// Starts a daemon: own session, output into command.log, not waited for; returns its process id.
  /// Throws Error when it cannot be started.
  [[nodiscard]] virtual int start(const Command& command) = 0;
};

/// The real one (Boost.Process).
class SystemRunner final : public CommandRunner {
public:
  [[nodiscard]] CommandResult run(const Command& command) override;
  [[nodiscard]] int start(const Command& command) override;
};

/// Returns stdout; throws Error "PROGRAM ...: exit 2: last line of stderr" when the command did not succeed.
std::string check(const Command& command, const CommandResult& result);

/// check(command, runner.run(command))
std::string run_checked(CommandRunner& runner, const Command& command);

/// The absolute path of a program in PATH, /usr/sbin, /sbin, /usr/local/sbin; empty when there is none.
[[nodiscard]] std::string find_program(const std::string& name);

} // namespace migralab
