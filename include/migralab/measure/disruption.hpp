// SPDX-License-Identifier: Apache-2.0
// What a disruption cost, from a series of rates: the metrics of PerfKitBenchmarker
// (perfkitbenchmarker/time_triggers/base_disruption_trigger.py), so that figures can be laid beside those of clouds.
// Pure. docs/measuring.md has the formulas and where they differ from that program.
#pragma once

#include "migralab/measure/rate.hpp"

#include <array>
#include <optional>

namespace migralab {

struct DisruptionWindow {
  Instant from;  // ramp-up is over
  Instant began; // the migration was asked for
  Instant ended; // it was over
  Instant to;    // ramp-down begins
  /// Losses count until this many lengths of the disruption after its beginning; nothing: until `to`.
  std::optional<double> lengths = 2.0;
  double degraded_below = 0.95; // of the baseline's median: less is a loss
};

struct Disruption {
  double baseline_median = 0;
  double baseline_mean = 0;
  double total_loss_seconds = 0;
  double unresponsive = 0; // PerfKitBenchmarker's unresponsive_metric
  double total_missing_seconds = 0;
  std::array<double, 10> seconds_below{};    // of 0 %, 10 %, ... 90 % of the baseline's mean, or at it
  std::optional<double> degradation_percent; // nothing when no point lies after the disruption's end
};

/// Nothing when there is no baseline to compare with: no point of the series ends between `from` and `began`, or
/// nothing was done before. Throws Error for a window whose instants are out of order or an interval that is none.
[[nodiscard]] std::optional<Disruption> disruption_of(const RateSeries& series, const DisruptionWindow& window);

} // namespace migralab
