// SPDX-License-Identifier: Apache-2.0
// A list of files and their SHA-256, in the form of sha256sum(1), which checks it, too: "DIGEST  NAME" on each line.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace migralab {

/// The name of such a list in the folder whose files it lists.
inline constexpr const char* digest_list = "SHA256SUMS";

/// Name of a file to its digest, in lower-case hex.
using Digests = std::map<std::string, std::string>;

[[nodiscard]] std::string digest_lines(const Digests& digests);

/// Throws Error that names the line which is none of sha256sum's, lists a file twice, or leaves the folder.
[[nodiscard]] Digests parse_digest_lines(std::string_view text);

} // namespace migralab
