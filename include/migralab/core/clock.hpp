// SPDX-License-Identifier: Apache-2.0
// Time. Everything that is compared is timed by one observer's CLOCK_MONOTONIC; every wait has a deadline and says
// what it waits for.
#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace migralab {

using Nanoseconds = std::chrono::nanoseconds;
/// CLOCK_MONOTONIC: the same for every process of this machine, in every namespace but a time namespace.
using Instant = std::chrono::steady_clock::time_point;

class Deadline {
public:
  explicit Deadline(Nanoseconds from_now) : end_(std::chrono::steady_clock::now() + from_now) {}

  [[nodiscard]] bool passed() const { return std::chrono::steady_clock::now() >= end_; }
  [[nodiscard]] Nanoseconds left() const;
  /// For poll(2): milliseconds left, at least 0.
  [[nodiscard]] int left_ms() const;

private:
  Instant end_;
};

/// Asks `done` every `interval` until it answers true. Throws Error "no WHAT within SPAN" at the deadline.
void wait_until(const std::string& what, Nanoseconds span, Nanoseconds interval, const std::function<bool()>& done);

/// "2026-11-21T04:30:26.123Z", from the wall clock: for provenance only, never for a difference.
[[nodiscard]] std::string utc_timestamp();

} // namespace migralab
