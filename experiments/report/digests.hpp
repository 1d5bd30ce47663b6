// SPDX-License-Identifier: Apache-2.0
// The digests of a whole run, as its bundle has them (SHA256SUMS). Private to this room.
#pragma once

#include "migralab/experiment/run_folder.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace migralab {

/// Of everything that the run is made of, in the form of sha256sum(1).
[[nodiscard]] std::string digests_of_run(const RunFolder& run);

/// A sentence for each file that is missing, or another one than when it was packed, or came later; none where there is
/// no SHA256SUMS.
[[nodiscard]] std::vector<std::string> differing_files(const RunFolder& run);

/// A bundle's folder without its SHA256SUMS.
[[nodiscard]] bool lacks_digests(const std::filesystem::path& folder);

/// What a bundle has besides the run.
inline constexpr const char* bundle_readme = "BUNDLE.md";

} // namespace migralab
