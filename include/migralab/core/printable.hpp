// SPDX-License-Identifier: Apache-2.0
// Text that came from elsewhere (a file, a program), as it may be shown: what would move the cursor or ring the bell of
// a terminal becomes visible, and what is long is cut.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace migralab {

/// Control characters, and bytes that are no UTF-8 (RFC 3629), as "\x1b". Tabs and ends of lines stay.
[[nodiscard]] std::string printable(std::string_view text);

/// For a sentence: on one line, at most so many characters; "..." stands for the rest.
[[nodiscard]] std::string quotable(std::string_view text, std::size_t most = 60);

} // namespace migralab
