// SPDX-License-Identifier: Apache-2.0
// One trial in a running lab.
#pragma once

#include "migralab/experiment/outcome.hpp"
#include "migralab/lab/lab_state.hpp"

#include <filesystem>

namespace migralab {

/// Are the programs of the cell's workloads where they are to run? Inside the lab. Throws Error that names the first
/// that is missing and what to do (exit code 2; 3 where this machine lacks it).
void expect_workloads(const Cell& cell, const std::filesystem::path& guest_programs);

/// Runs one trial inside the lab (see inside() of keeper.hpp): brings the guests to where the leg begins, starts
/// everything that measures, waits `settle` and `before`, migrates, waits `after`. What goes wrong with a guest, a host
/// or a workload is an outcome. `guest_programs`: folder of the guest programs that the build makes; clients run them,
/// too. Throws Error only on an interrupt.
[[nodiscard]] TrialOutcome run_trial(
    const PlannedTrial& trial,
    const Cell& cell,
    const LabState& state,
    const std::filesystem::path& guest_programs);

/// What the experiment names, and a gap-detector in each guest where it asks for gaps.
[[nodiscard]] std::vector<WorkloadSpec> workloads_of(const Experiment& experiment);

} // namespace migralab
