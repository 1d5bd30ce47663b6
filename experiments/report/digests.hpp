// SPDX-License-Identifier: Apache-2.0
// SHA256SUMS of a results bundle: a line for each of the run's files, as sha256sum(1) writes and checks them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace migralab {

/// The regular files of a run, relative to its folder, sorted; not the report, nor SHA256SUMS and the bundle's README.
[[nodiscard]] std::vector<std::filesystem::path> run_files(const std::filesystem::path& folder);

/// "DIGEST  PATH" per file. Throws Error.
[[nodiscard]] std::string digest_lines(const std::filesystem::path& folder);

/// What SHA256SUMS of the folder says otherwise, a sentence per file; nothing where there is no SHA256SUMS.
[[nodiscard]] std::vector<std::string> differing_files(const std::filesystem::path& folder);

} // namespace migralab
