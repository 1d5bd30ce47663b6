// SPDX-License-Identifier: Apache-2.0
// From YAML to a Draft: form only (keys, types, quantities, words, spelling of addresses), no relations.
#pragma once

#include "draft.hpp"

#include <optional>
#include <string>

namespace migralab {

/// Nothing where the text is no YAML or no map. Mistakes go to `diagnostics`.
[[nodiscard]] std::optional<Draft> read_topology(const std::string& text, Diagnostics& diagnostics);

} // namespace migralab
