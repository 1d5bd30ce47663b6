// SPDX-License-Identifier: Apache-2.0
// User and group ids of a rootless lab: its root is the user, its other ids come from the user's range in /etc/subuid
// and /etc/subgid (user_namespaces(7), newuidmap(1)). A range is needed because QEMU under libvirt calls setgroups.
#pragma once

#include "migralab/process/command_runner.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace migralab {

struct IdRange {
  std::uint64_t first = 0;
  std::uint64_t count = 0;

  bool operator==(const IdRange&) const = default;
};

struct IdMaps {
  IdRange users;
  IdRange groups;
};

/// The longest range that a subuid(5) file gives to the user, by name or by number.
[[nodiscard]] std::optional<IdRange>
parse_subordinate_ids(const std::string& text, const std::string& user, std::uint64_t uid);

/// The calling user's ranges. Throws Error (exit code 3) with the line to add when there are none.
[[nodiscard]] IdMaps find_id_maps();

/// Maps ids of the process's new user namespace, by newuidmap and newgidmap.
void write_id_maps(int pid, const IdMaps& maps, CommandRunner& runner);

} // namespace migralab
