// SPDX-License-Identifier: Apache-2.0
#include "tools.hpp"

#include "migralab/core/error.hpp"

#include <fmt/format.h>
#include <sstream>
#include <unistd.h>

namespace migralab {

std::string run_tool(CommandRunner& runner, Command command, const std::string& package) {
  command.environment["LC_ALL"] = "C"; // the messages are looked at below
  const CommandResult result = runner.run(command);
  if (result.end == CommandResult::End::not_started) {
    throw machine_lacks(
        fmt::format("{} is needed to build an image: {}", command.argv.front(), result.errors),
        fmt::format("install the Debian package {}", package));
  }
  if (result.errors.find("No space left on device") != std::string::npos) {
    throw machine_lacks(
        fmt::format("{}: the disk is full", command.argv.front()),
        "free space, or point XDG_CACHE_HOME to another disk");
  }
  return check(command, result);
}

std::string last_line(const std::string& text) {
  std::istringstream lines(text);
  std::string last;
  for (std::string line; std::getline(lines, line);) {
    last = line.empty() ? last : line;
  }
  return last;
}

std::string field_of(const std::string& paragraph, const std::string& name) {
  std::istringstream lines(paragraph);
  for (std::string line; std::getline(lines, line) && !line.empty();) {
    if (line.starts_with(name + ": ")) {
      return line.substr(name.size() + 2);
    }
  }
  return {};
}

std::vector<std::string> as_own_root() {
  std::vector<std::string> argv{
      "setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"};
  if (::geteuid() != 0) {
    argv.insert(argv.end(), {"--user", "--map-root-user", "--map-auto"});
  }
  argv.push_back("--");
  return argv;
}

void remove_tree(CommandRunner& runner, const std::filesystem::path& tree) {
  std::error_code problem;
  std::filesystem::remove_all(tree, problem);
  if (!problem || ::geteuid() == 0) {
    return;
  }
  Command command{.argv = as_own_root()};
  command.argv.insert(command.argv.end(), {"rm", "-rf", "--one-file-system", tree.native()});
  command.timeout = std::chrono::minutes(2);
  static_cast<void>(runner.run(command)); // what stays is only in the way of disk space
}

} // namespace migralab
