// SPDX-License-Identifier: Apache-2.0
// The trials as cells of text, for the table on the terminal and for the page alike.
#pragma once

#include "facts.hpp"

namespace migralab {

struct Grid {
  struct Column {
    std::string group; // heading over the heading, the same for neighbours that belong together; may be empty
    std::string name;
    bool to_the_right = true; // numbers
  };
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;
};

/// A row per trial and one of medians when more than one trial succeeded: times, downtimes, rounds, data, failures.
[[nodiscard]] Grid trial_grid(const RunOutcome& run);

/// The bytes on each network, with the same rows.
[[nodiscard]] Grid network_grid(const RunOutcome& run);

} // namespace migralab
