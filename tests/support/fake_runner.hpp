// SPDX-License-Identifier: Apache-2.0
// A CommandRunner that starts nothing: it logs every argv and answers from a script.
#pragma once

#include "migralab/process/command_runner.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace migralab::test {

[[nodiscard]] inline CommandResult exited(int status, std::string output = {}, std::string errors = {}) {
  return {
      .end = CommandResult::End::exited, .status = status, .output = std::move(output), .errors = std::move(errors)};
}

[[nodiscard]] inline CommandResult not_started(std::string why) {
  return {.end = CommandResult::End::not_started, .status = 0, .output = {}, .errors = std::move(why)};
}

class FakeRunner final : public CommandRunner {
public:
  using Answer = std::function<CommandResult(const Command&)>;

  /// Commands whose text starts with `prefix` get this answer; of several that fit, the last one given counts.
  void on(std::string prefix, Answer answer) { script_.emplace_back(std::move(prefix), std::move(answer)); }
  void on(std::string prefix, CommandResult result) {
    on(std::move(prefix), [result = std::move(result)](const Command&) { return result; });
  }

  /// A command that the script does not know exits with 0 and says nothing.
  [[nodiscard]] CommandResult run(const Command& command) override {
    log_.push_back(to_string(command));
    for (auto entry = script_.rbegin(); entry != script_.rend(); ++entry) {
      if (log_.back().starts_with(entry->first)) {
        return entry->second(command);
      }
    }
    return exited(0);
  }

  [[nodiscard]] int start(const Command& command) override {
    log_.push_back(to_string(command));
    return next_pid_++;
  }

  [[nodiscard]] std::optional<CommandResult> ended(int /*daemon*/) override { return std::nullopt; }

  /// Every command, as to_string writes it, in order.
  [[nodiscard]] const std::vector<std::string>& log() const { return log_; }

private:
  std::vector<std::pair<std::string, Answer>> script_;
  std::vector<std::string> log_;
  int next_pid_ = 1000;
};

} // namespace migralab::test
