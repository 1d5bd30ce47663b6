// SPDX-License-Identifier: Apache-2.0
// Raw traces thinned to what a figure can show. Maxima survive: the one slow request is what the figure is for.
#pragma once

#include "migralab/experiment/outcome.hpp"

#include <string>
#include <vector>

namespace migralab {

/// Requests planned in one stretch of the time axis.
struct LatencyBin {
  double at_s = 0;                   // its middle
  std::optional<double> median_ms{}; // of those that were answered; nothing: a silence
  std::optional<double> maximum_ms{};
  bool failed = false; // one of them at least
};

/// One entry per bin that has a request; bins are `width` long and start at `origin`.
[[nodiscard]] std::vector<LatencyBin> latency_bins(const ProbeTrace& trace, Instant origin, Nanoseconds width);

/// The throughput of one stretch of the time axis.
struct RateStretch {
  double from_s = 0;
  double to_s = 0;
  double mbit_per_s = 0;
};

/// What entered the network's switch, averaged over stretches of at least `width`.
[[nodiscard]] std::vector<RateStretch> throughput(const RunOutcome& run, const std::string& network, Nanoseconds width);

/// The networks that were counted, by name.
[[nodiscard]] std::vector<std::string> counted_networks(const RunOutcome& run);

} // namespace migralab
