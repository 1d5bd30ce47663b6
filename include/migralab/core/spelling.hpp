// SPDX-License-Identifier: Apache-2.0
// "did you mean": the nearest of the known words.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace migralab {

/// The known word with the smallest edit distance (Damerau-Levenshtein, at most a third of the word's length, at
/// least 1), or nothing when none is near.
[[nodiscard]] std::optional<std::string> closest(std::string_view word, const std::vector<std::string>& known);

/// "did you mean 'x'? ROLE: a, b, c" with the first part only where a word is near.
[[nodiscard]] std::string suggest(std::string_view word, const std::vector<std::string>& known, std::string_view role);

} // namespace migralab
