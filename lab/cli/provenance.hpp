// SPDX-License-Identifier: Apache-2.0
// Where and with what a run was measured.
#pragma once

#include "migralab/experiment/outcome.hpp"
#include "migralab/image/image.hpp"
#include "migralab/process/command_runner.hpp"

#include <map>
#include <string>

namespace migralab {

/// Versions, digests, machine. A fact that cannot be had reads "unknown".
[[nodiscard]] Provenance collect_provenance(
    const RunRecord& run,
    const TopologySource& topology,
    const std::map<std::string, GuestImage>& images,
    CommandRunner& runner);

/// Of a run that was simulated: nothing of the machine matters.
[[nodiscard]] Provenance simulated_provenance(const RunRecord& run, const TopologySource& topology);

} // namespace migralab
