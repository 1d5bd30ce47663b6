// SPDX-License-Identifier: Apache-2.0
// File systems made from folders, and what images put on them. Private to this room.
#pragma once

#include "migralab/core/units.hpp"
#include "migralab/process/command_runner.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace migralab {

struct Ext4 {
  std::filesystem::path file; // made, sparse
  Bytes size;
  std::string label;             // at most 16 characters count
  std::string uuid;              // also the seed of its directory hashes
  std::filesystem::path content; // folder that is copied into it
};

/// mke2fs -d: mounts nothing and needs no root. `prefix`: what to run it under, see AsRoot. Throws Error.
void make_ext4(CommandRunner& runner, const Ext4& wanted, const std::vector<std::string>& prefix = {});

/// A UUID that depends on the text only (RFC 9562, version 8).
[[nodiscard]] std::string uuid_from(const std::string& text);

/// Incompressible and the same every time: what is fetched is compared between runs.
[[nodiscard]] std::string noise(std::size_t length);

/// The length of the file that every guest with a web server offers.
inline constexpr std::size_t fetched_file_size = std::size_t{64} << 10U;

} // namespace migralab
