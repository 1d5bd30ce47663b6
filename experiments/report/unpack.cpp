// SPDX-License-Identifier: Apache-2.0
// A bundle comes from somebody else: its members are looked at before any of them is written.
#include "archive.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/printable.hpp"
#include "migralab/core/units.hpp"
#include "migralab/report/report.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <sstream>
#include <system_error>

namespace migralab {

namespace {

namespace fs = std::filesystem;

Command tar_command(const fs::path& archive, std::vector<std::string> arguments) {
  Command tar;
  tar.argv = {"tar", "--force-local", "--file", fs::absolute(archive).native()}; // "a:b" is no other machine
  tar.argv.insert(tar.argv.end(), arguments.begin(), arguments.end());
  tar.environment = {{"LC_ALL", "C"}};
  tar.timeout = std::chrono::hours(1);
  return tar;
}

/// What a member is, by the first letter of its mode in tar's listing.
std::string kind_of(char letter) {
  switch (letter) {
  case 'l':
    return "a symbolic link";
  case 'h':
    return "a hard link";
  case 'p':
    return "a pipe";
  case 'c':
  case 'b':
    return "a device";
  default:
    return "no plain file";
  }
}

/// "-rw-r--r-- 0/0 17 1970-01-01 00:00:00 run/run.json", with --full-time, --numeric-owner and --quoting-style=escape.
std::string name_in(const std::string& line) {
  constexpr int fields_before = 5;
  std::size_t at = 0;
  for (int field = 0; field < fields_before; ++field) {
    at = line.find_first_not_of(' ', std::min(line.find(' ', at), line.size()));
    if (at == std::string::npos) {
      return {};
    }
  }
  return line.substr(at);
}

bool leads_out(const fs::path& name) {
  return name.empty() || name.is_absolute() || std::find(name.begin(), name.end(), "..") != name.end();
}

Error refusal(const std::string& why) {
  Error error("nothing of it was unpacked: " + why, ExitStatus::bad_input);
  error.with_hint(
      "a bundle that `migralab bundle` made has plain files below one folder only: take it from its source");
  return error;
}

void expect_bundle(const fs::path& archive, CommandRunner& runner) {
  const CommandResult listed = runner.run(tar_command(
      archive,
      {"--list", "--verbose", "--absolute-names", "--numeric-owner", "--full-time", "--quoting-style=escape"}));
  if (listed.end == CommandResult::End::not_started) {
    throw machine_lacks("cannot start tar: " + listed.errors, "install the packages tar and xz-utils");
  }
  if (!listed.ok()) {
    throw Error("it is no results bundle, or only a part of one: it cannot be read to its end", ExitStatus::bad_input)
        .with_hint("give a folder that `migralab run` named, or a whole bundle (*.tar.xz) of one");
  }
  expect_plain_members(listed.output);
}

fs::path run_in(const fs::path& folder) {
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(folder, problem)) {
    if (fs::exists(entry.path() / "run.json", problem)) {
      return entry.path();
    }
  }
  throw Error("there is no run in it: no folder with a run.json", ExitStatus::bad_input)
      .with_hint("`migralab bundle FOLDER` makes an archive that has one");
}

} // namespace

void expect_plain_members(const std::string& listing) {
  std::istringstream lines(listing);
  for (std::string line; std::getline(lines, line);) {
    const std::string name = name_in(line);
    if (!line.starts_with('-') && !line.starts_with('d')) {
      throw refusal(fmt::format("its member {} is {}", quotable(name), kind_of(line.empty() ? '?' : line.front())));
    }
    if (leads_out(name)) {
      throw refusal(fmt::format("its member {} would be written outside of its folder", quotable(name)));
    }
  }
}

void expect_room(const fs::path& folder) {
  constexpr std::uintmax_t hardly_any = std::uintmax_t{1} << 20U;
  std::error_code unknown;
  const fs::space_info space = fs::space(folder, unknown);
  if (!unknown && space.available < hardly_any) {
    throw Error(
        fmt::format("there is no room left in {} ({} free)", folder.native(), to_string(Bytes{space.available})))
        .with_hint("make room there, or work on another disk");
  }
}

fs::path unpack_bundle(const fs::path& archive, const fs::path& folder, CommandRunner& runner) {
  return with_context("unpack " + archive.native(), [&] {
    std::error_code problem;
    if (!fs::exists(archive, problem)) {
      throw Error("there is no such file", ExitStatus::bad_input);
    }
    if (!fs::is_regular_file(archive, problem)) {
      throw Error("it is neither a folder nor a plain file", ExitStatus::bad_input)
          .with_hint("give a folder that `migralab run` named, or a bundle (*.tar.xz) of one");
    }
    expect_bundle(archive, runner);
    if (!fs::create_directories(folder, problem)) {
      throw Error("cannot make the folder " + folder.native() + (problem ? ": " + problem.message() : ": it is there"));
    }
    // It was read to its end just now: what fails here is the writing.
    const Command tar =
        tar_command(archive, {"--extract", "--no-same-owner", "--no-same-permissions", "-C", folder.native()});
    if (const CommandResult result = runner.run(tar); !result.ok()) {
      expect_room(folder);
      check(tar, result);
    }
    return run_in(folder);
  });
}

} // namespace migralab
