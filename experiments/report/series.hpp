// SPDX-License-Identifier: Apache-2.0
// Raw traces thinned to what a figure can show. Maxima survive: the one slow request is what the figure is for.
#pragma once

#include "migralab/experiment/outcome.hpp"

#include <optional>
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

/// One entry per bin that has a request; bins are `width` long, one of them starts at `zero`.
[[nodiscard]] std::vector<LatencyBin> latency_bins(const ProbeTrace& trace, Instant zero, Nanoseconds width);

/// Something per second, over one stretch of the time axis.
struct RateStretch {
  double from_s = 0;
  double to_s = 0;
  double value = 0;
};

/// Good answers that arrived, per second, in stretches of `width` from `from` to `to`; times count from `zero`.
[[nodiscard]] std::vector<RateStretch>
answers(const ProbeTrace& trace, Instant zero, Instant from, Instant to, Nanoseconds width);

/// Mbit/s that entered the network's switch, averaged over stretches of at least `width`.
[[nodiscard]] std::vector<RateStretch>
throughput(const TrialOutcome& trial, const std::string& network, Instant zero, Nanoseconds width);

/// Processors that a host kept busy (1: one of them), likewise.
[[nodiscard]] std::vector<RateStretch>
processors_busy(const TrialOutcome& trial, const std::string& host, Instant zero, Nanoseconds width);

/// A share of a host that is in use, in percent.
struct LoadPoint {
  double at_s = 0;
  double sample = 0;
  double average = 0;
};

/// A host's samples, of those within `width` the largest.
[[nodiscard]] std::vector<LoadPoint> load_points(
    const balancer::BalanceTrace& trace,
    const std::string& host,
    double balance::Load::*share,
    Instant zero,
    Nanoseconds width);

/// The networks that were counted, and the hosts whose processors were, by name.
[[nodiscard]] std::vector<std::string> counted_networks(const TrialOutcome& trial);
[[nodiscard]] std::vector<std::string> counted_hosts(const TrialOutcome& trial);

} // namespace migralab
