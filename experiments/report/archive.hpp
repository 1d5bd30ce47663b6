// SPDX-License-Identifier: Apache-2.0
// What tar says of an archive. Private to this room.
#pragma once

#include "migralab/process/command_runner.hpp"

#include <filesystem>
#include <string>

namespace migralab {

/// Throws Error (exit code 2) that names the first member which no bundle has: one that is neither a plain file nor a
/// folder, or whose name leads out of the archive's own folder. `listing` is what `tar --list --verbose` prints.
void expect_plain_members(const std::string& listing);

/// After something could not be written below `folder`. Throws Error when there is hardly any room left.
void expect_room(const std::filesystem::path& folder);

} // namespace migralab
