// SPDX-License-Identifier: Apache-2.0
// User and group ids of a rootless lab: its root is the user, its other ids come from the user's range in /etc/subuid
// and /etc/subgid (user_namespaces(7), newuidmap(1)). A range is needed because QEMU under libvirt calls setgroups.
#pragma once

#include "migralab/process/command_runner.hpp"
#include "migralab/substrate/subordinate_ids.hpp"

namespace migralab {

struct IdMaps {
  IdRange users;
  IdRange groups;
};

/// The calling user's ranges. Throws Error (exit code 3) with the line to add when there are none.
[[nodiscard]] IdMaps find_id_maps();

/// Maps ids of the process's new user namespace, by newuidmap and newgidmap.
void write_id_maps(int pid, const IdMaps& maps, CommandRunner& runner);

} // namespace migralab
