// SPDX-License-Identifier: Apache-2.0
#include "id_map.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <sstream>
#include <unistd.h>

namespace migralab {

namespace {

constexpr std::uint64_t ids_needed = 65536; // what distributions hand out; the group of /dev/net/tun etc. must fit

IdRange range_in(const std::string& file, const std::string& user, std::uint64_t uid) {
  std::string text;
  try {
    text = read_file(file);
  } catch (const Error&) {
    // No file: no range.
  }
  const auto range = parse_subordinate_ids(text, user, uid);
  if (!range || range->count < ids_needed) {
    throw machine_lacks(
        fmt::format("user {} has no range of {} ids in {}, which a lab without root needs", user, ids_needed, file),
        fmt::format("as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {}", user));
  }
  return *range;
}

void map_ids(const char* program, int pid, unsigned own, const IdRange& range, CommandRunner& runner) {
  const Command command{
      .argv = {
          program,
          std::to_string(pid),
          "0",
          std::to_string(own),
          "1",
          "1",
          std::to_string(range.first),
          std::to_string(range.count)}};
  const CommandResult result = runner.run(command);
  if (result.end == CommandResult::End::not_started) {
    throw machine_lacks(
        fmt::format("{} is not there; a lab without root needs it", program), "as root: apt-get install uidmap");
  }
  check(command, result);
}

} // namespace

std::optional<IdRange> parse_subordinate_ids(const std::string& text, const std::string& user, std::uint64_t uid) {
  std::optional<IdRange> best;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string owner;
    IdRange range;
    char colon = 0;
    if (std::getline(fields, owner, ':') && fields >> range.first >> colon >> range.count && colon == ':' &&
        (owner == user || owner == std::to_string(uid)) && (!best || range.count > best->count)) {
      best = range;
    }
  }
  return best;
}

IdMaps find_id_maps() {
  const uid_t uid = ::geteuid();
  const passwd* entry = ::getpwuid(uid);
  const std::string user = entry == nullptr ? std::to_string(uid) : entry->pw_name;
  return {.users = range_in("/etc/subuid", user, uid), .groups = range_in("/etc/subgid", user, uid)};
}

void write_id_maps(int pid, const IdMaps& maps, CommandRunner& runner) {
  map_ids("newuidmap", pid, ::geteuid(), maps.users, runner);
  map_ids("newgidmap", pid, ::getegid(), maps.groups, runner);
}

} // namespace migralab
