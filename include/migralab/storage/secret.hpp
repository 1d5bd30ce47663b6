// SPDX-License-Identifier: Apache-2.0
// The secrets that initiators log in with (CHAP): in files of one line, read where they are used, never a part of a
// value that could be printed.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace migralab {

/// 12 to 255 printable ASCII characters, no blanks: RFC 3720, 8.2.1 wants 96 bits at least; the rest is what every part
/// on the way takes. Throws Error (exit code 2) that names the file and never what is in it.
[[nodiscard]] std::string read_secret(const std::filesystem::path& file);

/// A line of so many characters, with 6 random bits each, in a new file of mode 0600.
void make_secret(const std::filesystem::path& file, std::size_t characters = 16);

/// A sentence when others than the file's owner may read it; else empty.
[[nodiscard]] std::string secret_warning(const std::filesystem::path& file);

} // namespace migralab
