// SPDX-License-Identifier: Apache-2.0
// Runs a scenario on a clock of its own, and says what came of it. The same scenario and balancer come to the same
// numbers, on every machine.
#pragma once

#include "migralab/simulation/balancer.hpp"

#include <cstddef>

namespace migralab::simulation {

/// Metrics of Beloglazov and Buyya 2012, and ours (docs/simulator.md).
struct Outcome {
  double span_s = 0; ///< that was simulated
  double energy_kwh = 0;
  std::size_t migrations = 0;
  double moved_mb = 0;
  std::size_t ping_pong = 0; ///< migrations back to a host that the guest had left within ten minutes
  double slatah = 0;         ///< share of the time in which hosts were on that they gave less than was demanded
  double pdm = 0;            ///< share of all demand that guests did not get while they migrated
  double over_90_s = 0;      ///< seconds in which hosts gave more than 90 %, of all hosts together
  double deviation = 0;      ///< standard deviation of the shares that hosts gave, mean of all steps
  std::size_t messages = 0;  ///< Balancer::messages()
  std::size_t shutdowns = 0; ///< of hosts; those that are off from the first step on count
  std::size_t gone = 0;      ///< guests that were switched off (Model::nothing_is_off)

  [[nodiscard]] double slav() const { return slatah * pdm; }
  /// kWh.
  [[nodiscard]] double esv() const { return energy_kwh * slav(); }
};

/// Throws Error (exit code 2) for a scenario that makes no sense, or in which a guest has no host to begin on; and for
/// an order of the balancer that cannot be carried out.
[[nodiscard]] Outcome simulate(const Scenario& scenario, Balancer& balancer);

} // namespace migralab::simulation
