// SPDX-License-Identifier: Apache-2.0
// Declared and measured rates of a lab's cables, side by side.
#pragma once

#include "migralab/lab/network_rates.hpp"

#include <string>
#include <vector>

namespace migralab {

/// A row for each cable, both directions in it; "!" marks what is more than 5 % off, and a line below says what to
/// think of it. Empty when nothing was measured.
[[nodiscard]] std::string render_rates(const std::vector<LinkRate>& rates);

} // namespace migralab
