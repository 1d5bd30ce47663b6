// SPDX-License-Identifier: Apache-2.0
// Workloads that demand one rate after the other (httperf): how much of each was answered, and where it is not any
// more.
#pragma once

#include "analysis.hpp"

namespace migralab {

/// A server is not saturated while it answers so much of what is demanded.
inline constexpr double still_answered = 0.95;

/// What came of a demanded rate, over all trials of a cell that succeeded and are no warm-up.
struct RampPoint {
  double demanded = 0;          // 1/s
  Summary replies;              // 1/s, a value for each run of the workload's program
  std::optional<double> errors; // median; nothing where the workload does not tell them

  [[nodiscard]] double answered() const { return replies.median / demanded; }
};

struct Ramp {
  std::size_t cell = 0; // index into Analysis::cells
  std::string workload;
  std::vector<RampPoint> points; // by rising rates, two at least

  /// The highest demanded rate up to which every one was still answered; nothing: not even the lowest was.
  [[nodiscard]] std::optional<double> saturation() const;
  /// A sentence without its full stop.
  [[nodiscard]] std::string in_words() const;
};

[[nodiscard]] std::vector<Ramp> ramps_of(const Analysis& analysis);

/// Runs of a workload's program that ended while it was measured, with what they were to send.
[[nodiscard]] std::vector<RampStep> ramp_steps(const TrialOutcome& trial, const WorkloadTrace& trace);

} // namespace migralab
