// SPDX-License-Identifier: Apache-2.0
// What the header of a user's qcow2 file says. Private to this room.
#pragma once

#include "migralab/core/units.hpp"

#include <filesystem>

namespace migralab {

/// The size that a guest sees (QEMU's docs/interop/qcow2.txt). Read from the header and nothing else: QEMU would open
/// the other files that it names. Throws Error, exit code 2, on what no guest is to start from: no qcow2 file, one that
/// names another file (which could be any of the machine), an encrypted one, one that was not closed or is corrupt.
[[nodiscard]] Bytes size_of_qcow2(const std::filesystem::path& file);

} // namespace migralab
