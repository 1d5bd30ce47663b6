// SPDX-License-Identifier: Apache-2.0
// The programs that a build needs. Private to this room.
#pragma once

#include "migralab/process/command_runner.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace migralab {

/// Runs one of the tools that a build needs and returns its stdout; its absence names the Debian package that holds it.
std::string run_tool(CommandRunner& runner, Command command, const std::string& package);

[[nodiscard]] std::string last_line(const std::string& text);

/// One field of the first paragraph of such a text as `apt-cache show` prints; empty when it is not there.
[[nodiscard]] std::string field_of(const std::string& paragraph, const std::string& name);

inline constexpr auto refresh_hint = "the package lists are empty or old: run `apt-get update` as root, then try again";

/// What a command is run under to be root with namespaces of its own for mounts and processes, and, for an ordinary
/// user, one for users with his subordinate ids (unshare(1)): a tree made so has the owners that it should have. The
/// command dies with us, and all that it started with it.
[[nodiscard]] std::vector<std::string> as_own_root();

/// Removes a tree of which files may belong to subordinate ids. Throws nothing: what stays is tried again by the next
/// builder.
void remove_tree(CommandRunner& runner, const std::filesystem::path& tree);

} // namespace migralab
