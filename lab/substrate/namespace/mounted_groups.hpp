// SPDX-License-Identifier: Apache-2.0
// Which hierarchies of control groups a machine has, and who is in a group.
#pragma once

#include <filesystem>
#include <set>
#include <vector>

namespace migralab {

/// Where hierarchies that limit processors or memory are mounted (`proc`/self/mountinfo), each once.
[[nodiscard]] std::vector<std::filesystem::path> roots_of_groups(const std::filesystem::path& proc);

/// The processes of a group; none when there is no such group.
[[nodiscard]] std::set<int> processes_of(const std::filesystem::path& group);

} // namespace migralab
