// SPDX-License-Identifier: Apache-2.0
// The timeline figure: one panel per probe (latency from the planned instant, failures marked) and one per network
// (throughput), migrations shaded, suspended and resumed marked.
#pragma once

#include "migralab/experiment/outcome.hpp"
#include "migralab/process/command.hpp"

#include <string>

namespace migralab {

/// gnuplot with the whole figure, data included, as its input; it writes the SVG to its standard output. Pure.
[[nodiscard]] Command timeline_command(const RunOutcome& run);

} // namespace migralab
