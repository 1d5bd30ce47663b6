// SPDX-License-Identifier: Apache-2.0
// What folders of traces have in common: a file for each guest, read line by line.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace migralab::simulation {

/// Throws Error (exit code 2) "FILE:LINE: WHAT".
[[noreturn]] void refuse(const std::filesystem::path& file, std::size_t line, const std::string& what);

/// Files of a folder, hidden ones left out, by name: the order in which a folder lists them differs from machine to
/// machine. Throws Error (exit code 2) where there are none.
[[nodiscard]] std::vector<std::filesystem::path> files_of(const std::filesystem::path& folder);

/// Calls `each` with every line, without its end, and its number, from 1; how many there were.
std::size_t
for_each_line(const std::filesystem::path& file, const std::function<void(std::string_view, std::size_t)>& each);

} // namespace migralab::simulation
