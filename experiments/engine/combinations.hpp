// SPDX-License-Identifier: Apache-2.0
// Private to this room.
#pragma once

#include "migralab/experiment/experiment.hpp"

#include <string>
#include <vector>

namespace migralab {

/// The levels of each cell, one for each factor, in the order of the file: with Combination::full the last factor
/// varies fastest. One cell without levels where nothing is varied.
[[nodiscard]] std::vector<std::vector<std::string>> combinations_of(const Experiment& experiment);

} // namespace migralab
