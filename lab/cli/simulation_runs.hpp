// SPDX-License-Identifier: Apache-2.0
// A scenario's policies, each run with every seed.
#pragma once

#include "migralab/simulation/measures.hpp"
#include "migralab/simulation/scenario_file.hpp"
#include "migralab/simulation/simulate.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace migralab {

struct SimulationRun {
  std::size_t policy = 0; ///< of the file's
  unsigned seed = 1;
  simulation::Outcome outcome;
  Nanoseconds mean_decision{0}; ///< measured, by this machine's clock
  std::optional<double> gap;    ///< of decisions from the best ones, where that can be told (GapMeter)
};

struct SimulationRuns {
  simulation::ScenarioFile file;
  simulation::Extent extent;
  bool quick = false;
  std::vector<SimulationRun> runs; ///< by policies, then by seeds
};

/// `name`: what messages call it. Throws Error that names the policy and the seed.
[[nodiscard]] SimulationRuns run_all(simulation::ScenarioFile file, bool quick, const std::string& name);

/// Of one policy, in the order of its seeds.
[[nodiscard]] std::vector<double>
values_of(const SimulationRuns& all, std::size_t policy, const simulation::Measure& measure);
/// Of those runs that have one; nothing: none has.
[[nodiscard]] std::optional<double> median_gap(const SimulationRuns& all, std::size_t policy);
[[nodiscard]] Nanoseconds median_decision(const SimulationRuns& all, std::size_t policy);

[[nodiscard]] std::size_t guests_of(const simulation::ScenarioFile& file);
/// "3.1", in points of a host's share; "-": it could not be told.
[[nodiscard]] std::string gap_words(const std::optional<double>& gap);
inline constexpr const char* gap_heading = "GAP points";
/// "simulated, not measured: ping-pong, 9 guests on 3 hosts, ...", and what the scenario shows.
[[nodiscard]] std::string title_of(const SimulationRuns& all);

} // namespace migralab
