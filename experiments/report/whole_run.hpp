// SPDX-License-Identifier: Apache-2.0
// What only the trials of a run together tell. Private to this room.
#pragma once

#include "migralab/experiment/predictions.hpp"
#include "migralab/report/report.hpp"

namespace migralab {

/// How many trials of how many, by those that are in `run`.
[[nodiscard]] RunExtent extent_of(const MeasuredRun& run);

/// What models predict, among the metrics. `predictions` knows every trial of the run.
void add_predictions(MeasuredRun& run, const Predictions& predictions);

} // namespace migralab
