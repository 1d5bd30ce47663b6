// SPDX-License-Identifier: Apache-2.0
// Policies beside each other on several scenarios: where each lies, how sure that is, and which differ from one of them
// that all are compared with.
#pragma once

#include "migralab/report/policy_figures.hpp"
#include "simulation_runs.hpp"

#include <string>
#include <vector>

namespace migralab {

/// All scenarios have the same policies, in the same order.
struct SimulationComparison {
  std::vector<SimulationRuns> scenarios;
  std::size_t baseline = 0; ///< the policy that the others are compared with
};

/// A table for each scenario: medians, their intervals, and a mark on each that differs from the baseline's.
[[nodiscard]] std::string text_of(const SimulationComparison& comparison);
/// Schema migralab.balance-comparison/1: medians, intervals and differences, of every scenario, policy and measure.
[[nodiscard]] std::string json_of(const SimulationComparison& comparison);
/// A figure for each scenario, of the measures that say what a policy is good for.
[[nodiscard]] std::vector<PolicyFigure> figures_of(const SimulationComparison& comparison);
/// A line for each run.
[[nodiscard]] std::string csv_of(const SimulationComparison& comparison);

} // namespace migralab
