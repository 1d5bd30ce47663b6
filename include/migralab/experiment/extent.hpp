// SPDX-License-Identifier: Apache-2.0
// How many trials a run is made of, of how many that its experiment asks for. Pure.
#pragma once

#include "migralab/experiment/design.hpp"

#include <optional>
#include <vector>

namespace migralab {

struct RunExtent {
  unsigned planned = 0;
  bool at_most = false;          // `planned` is what the stopping rule allows: what it has seen is not all there
  std::vector<unsigned> missing; // numbers of trials that are not there, as far as they are certain; rising
};

/// A trial that is there, as the stopping rule sees it.
struct SeenTrial {
  PlannedTrial plan;
  std::optional<double> value; // of the rule's metric; nothing of a trial that failed, or of the warm-up
};

/// Goes through the design once more, as run_series() does.
[[nodiscard]] RunExtent
extent_of(const Experiment& experiment, const std::vector<Cell>& cells, const std::vector<SeenTrial>& seen);

} // namespace migralab
