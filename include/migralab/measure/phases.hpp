// SPDX-License-Identifier: Apache-2.0
// What a client had before, during and after a migration, side by side. Pure.
#pragma once

#include "migralab/measure/histogram.hpp"
#include "migralab/measure/outage.hpp"

#include <optional>

namespace migralab {

/// Three windows that follow each other.
struct Phases {
  Instant before; // from here the undisturbed guest is measured
  Instant during; // the migration was asked for
  Instant after;  // it had ended
  Instant end;    // measuring was over
};

struct PhaseSummary {
  Nanoseconds length{};
  double rate = 0;        // answers per second that came in the window
  TraceSummary requests;  // those planned in it
  std::size_t failed = 0; // of those, the ones that were not answered in time: all but `answered`
  Histogram latencies;    // of those that were answered, also late, from the planned instant

  /// Of the planned requests; 0 where none was.
  [[nodiscard]] double failed_share() const;
};

struct PhaseSummaries {
  PhaseSummary before;
  PhaseSummary during;
  PhaseSummary after;
};

[[nodiscard]] PhaseSummary phase_summary(const ProbeTrace& trace, Instant from, Instant to);
[[nodiscard]] PhaseSummaries phase_summaries(const ProbeTrace& trace, const Phases& phases);

/// By how many percent of it a rate is below the one before: 100 (before - now) / before. Negative for a gain. Nothing
/// when there was none before.
[[nodiscard]] std::optional<double> degradation_percent(double before, double now);

} // namespace migralab
