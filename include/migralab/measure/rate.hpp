// SPDX-License-Identifier: Apache-2.0
// How much was done per second, over time. Pure.
#pragma once

#include "migralab/measure/probe.hpp"

#include <vector>

namespace migralab {

struct RatePoint {
  Instant at;       // its stretch of time begins
  double value = 0; // per second
};

/// Points every `interval`, in order. A gap, as a load program that stood still leaves one, is no zero.
struct RateSeries {
  Nanoseconds interval;
  std::vector<RatePoint> points;
};

/// The grain around a switch.
inline constexpr auto fine_grain = std::chrono::milliseconds(10);

/// Answers per second by when they came, also the late ones: as many points as whole grains fit into [from, to), zeros
/// included. `bad_reply` is no answer. Throws Error for a grain that is none.
[[nodiscard]] RateSeries answer_rate(const ProbeTrace& trace, Instant from, Instant to, Nanoseconds grain = fine_grain);

} // namespace migralab
