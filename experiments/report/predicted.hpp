// SPDX-License-Identifier: Apache-2.0
// What models predict, among a run's metrics. Private to this room.
#pragma once

#include "migralab/experiment/predictions.hpp"
#include "migralab/report/report.hpp"

namespace migralab {

/// `predictions` knows every trial of the run.
void add_predictions(MeasuredRun& run, const Predictions& predictions);

} // namespace migralab
