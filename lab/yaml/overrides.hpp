// SPDX-License-Identifier: Apache-2.0
// Values set from the command line, "guests.*.memory=128MiB", written into a file's text. The text is edited, not a
// tree: whatever is said about the file afterwards shows the line as it counts, and the text that is kept with a lab or
// a result is the one that was used.
#pragma once

#include <string>
#include <vector>

namespace migralab {

/// Writes each setting "PATH=VALUE" into `text`. PATH is the keys from the top, joined by dots; '*' stands for every
/// entry of a map. A key that is not there is added, an entry of one of `sections` never: it is named by its user, so a
/// path to one that does not exist is a slip. A text that is no YAML comes back as it is: reading it tells why.
/// Throws Error (exit code 2) for a setting that cannot be meant: "OPTION PATH=VALUE: why".
[[nodiscard]] std::string with_settings(
    std::string text,
    const std::vector<std::string>& settings,
    const std::vector<std::string>& sections,
    const std::string& option = "--set");

} // namespace migralab
