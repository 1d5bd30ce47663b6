// SPDX-License-Identifier: Apache-2.0
// Files, whole: read, written so that a crash leaves the old or the new content, and looked at from the end.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace migralab {

/// Throws Error that names the path and the cause.
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

/// For folders that somebody else may have filled: reads a regular file only. A pipe, which would never end, a device,
/// and a link to elsewhere are errors (exit code 2: "X is a pipe: only plain files are read here").
[[nodiscard]] std::string read_plain_file(const std::filesystem::path& path);

/// Temporary file in the same folder, fsync, rename: never a half-written file. Of a link, the file that it leads to; a
/// device or a pipe is written to. Throws Error.
void write_file(const std::filesystem::path& path, std::string_view content);

/// The last `lines` lines, each indented by two spaces, for error messages about a log; empty when there is no file.
[[nodiscard]] std::string log_tail(const std::filesystem::path& path, std::size_t lines = 8);

/// SHA-256 in lower-case hex (OpenSSL).
[[nodiscard]] std::string sha256_of_text(std::string_view text);
[[nodiscard]] std::string sha256_of_file(const std::filesystem::path& path);

/// $XDG_STATE_HOME/migralab, $XDG_CACHE_HOME/migralab with the defaults of the XDG base directory specification.
[[nodiscard]] std::filesystem::path state_home();
[[nodiscard]] std::filesystem::path cache_home();

} // namespace migralab
