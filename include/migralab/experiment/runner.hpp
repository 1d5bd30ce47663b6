// SPDX-License-Identifier: Apache-2.0
// One trial in a running lab.
#pragma once

#include "migralab/experiment/outcome.hpp"
#include "migralab/lab/interior.hpp"
#include "migralab/lab/lab_state.hpp"

namespace migralab {

/// Runs one trial inside the lab (see inside() of keeper.hpp): brings the guests to where the leg begins, starts
/// everything that measures, waits `settle` and `before`, migrates, waits `after`. What goes wrong with a guest, a host
/// or a workload is an outcome. Throws Error only on an interrupt.
[[nodiscard]] TrialOutcome run_trial(const PlannedTrial& trial, const Cell& cell, const LabState& state);

} // namespace migralab
