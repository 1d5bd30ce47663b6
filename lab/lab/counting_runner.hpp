// SPDX-License-Identifier: Apache-2.0
// Counts what goes over ssh: a command there costs a round trip and a login's work, so each step has few.
#pragma once

#include "migralab/process/command_runner.hpp"

#include <atomic>

namespace migralab {

/// Passes everything on.
class CountingRunner final : public CommandRunner {
public:
  explicit CountingRunner(CommandRunner& runner) : runner_(runner) {}

  [[nodiscard]] CommandResult run(const Command& command) override {
    if (!command.argv.empty() && command.argv.front() == "ssh") {
      ++over_ssh_;
    }
    return runner_.run(command);
  }
  [[nodiscard]] int start(const Command& command) override { return runner_.start(command); }
  [[nodiscard]] std::optional<CommandResult> ended(int daemon) override { return runner_.ended(daemon); }

  [[nodiscard]] unsigned over_ssh() const { return over_ssh_; }

private:
  CommandRunner& runner_;
  std::atomic<unsigned> over_ssh_ = 0;
};

} // namespace migralab
