// SPDX-License-Identifier: Apache-2.0
// Private to this room.
#pragma once

#include "migralab/core/error.hpp"
#include "migralab/experiment/experiment.hpp"

#include <string>
#include <vector>

namespace migralab {

/// A sentence for everything in which the experiment does not fit the topology.
[[nodiscard]] std::vector<std::string> misfits_of(const Experiment& experiment, const Topology& topology);

/// "FILE does not fit TOPOLOGY:", then a line for each; exit code 2.
[[nodiscard]] Error misfit_error(const Experiment& experiment, const std::vector<std::string>& misfits);

} // namespace migralab
