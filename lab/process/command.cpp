// SPDX-License-Identifier: Apache-2.0
#include "migralab/process/command.hpp"

#include "migralab/core/units.hpp"

#include <cstring>
#include <fmt/format.h>

namespace migralab {

namespace {

std::string quoted(const std::string& word) {
  constexpr auto plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) {
    return word;
  }
  std::string text = "'";
  for (const char c : word) {
    text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return text + "'";
}

} // namespace

std::string to_string(const Command& command) {
  std::string text;
  for (const std::string& word : command.argv) {
    text += (text.empty() ? "" : " ") + quoted(word);
  }
  return text;
}

std::string describe_end(const CommandResult& result) {
  switch (result.end) {
  case CommandResult::End::exited:
    return fmt::format("exit {}", result.status);
  case CommandResult::End::signalled:
    return fmt::format("killed by signal {} ({})", result.status, ::strsignal(result.status));
  case CommandResult::End::timed_out:
    return "no end within its time limit";
  case CommandResult::End::stopped:
    return "stopped early";
  case CommandResult::End::not_started:
    break;
  }
  return "not started";
}

std::string said_by(const CommandResult& result) {
  std::string said = result.errors.substr(0, result.errors.find_last_not_of("\r\n") + 1);
  std::erase(said, '\r'); // ssh's lines end as a terminal's do
  return said.empty() ? describe_end(result) : said;
}

} // namespace migralab
