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

/// A move that another trial made, or that was published, is a metric of each trial with a balancer: 0 where it was not
/// made.
void add_moves_not_made(MeasuredRun& run);

} // namespace migralab
