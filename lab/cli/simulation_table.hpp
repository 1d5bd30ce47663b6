// SPDX-License-Identifier: Apache-2.0
// What policies came to on a simulated cluster, seed by seed, as a table, JSON and CSV.
#pragma once

#include "simulation_runs.hpp"

#include <string>

namespace migralab {

/// A row for each run, and for each policy the median of its seeds with its interval, or why there is none.
[[nodiscard]] std::string text_of(const SimulationRuns& all);
[[nodiscard]] std::string json_of(const SimulationRuns& all);
[[nodiscard]] std::string csv_of(const SimulationRuns& all);

} // namespace migralab
