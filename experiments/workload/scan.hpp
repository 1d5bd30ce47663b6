// SPDX-License-Identifier: Apache-2.0
// Taking numbers out of lines that programs print for people. Private to this room.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace migralab {

/// The words of a line, as blanks separate them.
[[nodiscard]] std::vector<std::string> words_of(std::string_view line);

/// "12.5" and also "12.5ms" or "12.5%": the number that a text begins with.
[[nodiscard]] std::optional<double> leading_number(std::string_view text);

/// The number after the first `label` in a line, blanks between them or not.
[[nodiscard]] std::optional<double> number_after(std::string_view line, std::string_view label);

/// "1.20ms", "950us", "1.5s", "2.00m" in milliseconds, as wrk writes them.
[[nodiscard]] std::optional<double> milliseconds(std::string_view text);

} // namespace migralab
