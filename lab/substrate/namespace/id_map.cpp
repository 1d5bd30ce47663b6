// SPDX-License-Identifier: Apache-2.0
#include "id_map.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"

#include <charconv>
#include <fmt/format.h>
#include <pwd.h>
#include <sstream>
#include <unistd.h>

namespace migralab {

namespace {

/// Digits and nothing else, as newuidmap(1) wants them.
bool read_number(const std::string& text, std::uint64_t& number) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc() && end == text.data() + text.size();
}

IdRange range_in(const std::string& file, const std::string& user, std::uint64_t uid) {
  std::string text;
  try {
    text = read_file(file);
  } catch (const Error&) {
    // No file: no range.
  }
  const auto range = parse_subordinate_ids(text, user, uid);
  if (!range || range->count < subordinate_ids_needed) {
    throw machine_lacks(
        fmt::format(
            "user {} has no range of {} ids in {}, which a lab without root needs", user, subordinate_ids_needed, file),
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
    const std::size_t first = line.find(':');
    const std::size_t count = first == std::string::npos ? first : line.find(':', first + 1);
    if (count == std::string::npos) {
      continue;
    }
    const std::string owner = line.substr(0, first);
    IdRange range;
    if (read_number(line.substr(first + 1, count - first - 1), range.first) &&
        read_number(line.substr(count + 1), range.count) && (owner == user || owner == std::to_string(uid)) &&
        (!best || range.count > best->count)) {
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
