// SPDX-License-Identifier: Apache-2.0
// Rows of text in aligned columns.
#pragma once

#include <string>
#include <vector>

namespace migralab {

/// The first row is the heading. Two blanks between columns, none at the end of a line.
[[nodiscard]] std::string render_rows(const std::vector<std::vector<std::string>>& rows);

} // namespace migralab
