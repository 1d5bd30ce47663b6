// SPDX-License-Identifier: Apache-2.0
// What policies came to on a simulated cluster, seed by seed, as a table, JSON and CSV.
#pragma once

#include "migralab/simulation/scenario_file.hpp"
#include "migralab/simulation/simulate.hpp"

#include <string>
#include <vector>

namespace migralab {

struct SimulationRun {
  std::size_t policy = 0; ///< of the file's
  unsigned seed = 1;
  simulation::Outcome outcome;
  Nanoseconds mean_decision{0};
};

struct SimulationTable {
  const simulation::ScenarioFile& file;
  simulation::Extent extent;
  bool quick = false;
  std::vector<SimulationRun> runs; ///< by policies, then by seeds
};

/// A row for each run, and for each policy the median of its seeds with its interval, or why there is none.
[[nodiscard]] std::string text_of(const SimulationTable& table);
[[nodiscard]] std::string json_of(const SimulationTable& table);
[[nodiscard]] std::string csv_of(const SimulationTable& table);

} // namespace migralab
