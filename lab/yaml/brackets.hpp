// SPDX-License-Identifier: Apache-2.0
// Quotes and brackets of a YAML text, without parsing it: yaml-cpp says little about those that are not closed.
#pragma once

#include "migralab/core/diagnostics.hpp"

#include <optional>
#include <string>
#include <vector>

namespace migralab {

/// Where they are not closed, and where the first outermost bracket is.
struct Brackets {
  std::optional<Location> quote;   ///< the first that its line does not close
  std::optional<Location> bracket; ///< the first that the other kind closes; else the innermost that is open at the end
  std::optional<Location> first_end; ///< of the first outermost bracket
};

[[nodiscard]] Brackets look_at_brackets(const std::vector<std::string>& lines);

/// JSON: from its first '{' to its last '}' one map. It has no second document, and may be too large to look for one.
[[nodiscard]] bool is_one_flow_map(const std::vector<std::string>& lines, const Brackets& brackets);

} // namespace migralab
