// SPDX-License-Identifier: Apache-2.0
// A trial of an experiment in a simulated lab.
#pragma once

#include "migralab/experiment/design.hpp"
#include "migralab/experiment/outcome.hpp"

namespace migralab {

/// The same cell, trial and seed give the same outcome on every machine; its accelerator is "simulated". What has no
/// model (what a program in a guest measures, frames, bridges) is not in it: docs/simulator.md.
[[nodiscard]] TrialOutcome simulate_trial(const PlannedTrial& trial, const Cell& cell);

} // namespace migralab
