// SPDX-License-Identifier: Apache-2.0
// Answers as gnuplot would, and remembers what it was asked.
#pragma once

#include "migralab/process/command_runner.hpp"

#include <vector>

namespace migralab::test {

class FakeGnuplot final : public CommandRunner {
public:
  CommandResult run(const Command& command) override {
    commands.push_back(command);
    if (result.end == CommandResult::End::exited) {
      result.output = command.input.find("set terminal svg") != std::string::npos
                          ? "<?xml version=\"1.0\"?>\n<svg><g id='a'/></svg>\n"
                          : "%PDF-1.5\n/CreationDate (D:20261126112940Z)\n%%EOF\n";
    }
    return result;
  }
  int start(const Command&) override { return -1; }
  std::optional<CommandResult> ended(int) override { return std::nullopt; }

  CommandResult result{CommandResult::End::exited, 0, "", ""};
  std::vector<Command> commands;
};

} // namespace migralab::test
