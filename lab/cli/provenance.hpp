// SPDX-License-Identifier: Apache-2.0
// Where and with what a run was measured.
#pragma once

#include "migralab/experiment/experiment.hpp"
#include "migralab/lab/lab_state.hpp"
#include "migralab/process/command_runner.hpp"

namespace migralab {

/// Versions, digests, machine, accelerator, declared rates. A fact that cannot be had reads "unknown".
[[nodiscard]] Provenance collect_provenance(
    const Experiment& experiment,
    const Topology& topology,
    const LabState& state,
    CommandRunner& runner);

} // namespace migralab
