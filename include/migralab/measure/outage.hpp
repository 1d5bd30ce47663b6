// SPDX-License-Identifier: Apache-2.0
// From a trace to a downtime. Pure.
#pragma once

#include "migralab/measure/probe.hpp"

#include <cstddef>
#include <map>
#include <optional>

namespace migralab {

/// The longest silence of a guest inside a window, as one probe saw it: from the planned instant of the first request
/// that had no answer when the silence ended (it was queued or lost) to the arrival of the first answer after it.
/// Resolution: the probe's interval. docs/glossary.md, "client downtime".
struct Outage {
  Instant began;
  Instant ended;
  std::size_t unanswered = 0; // requests planned inside it that never had an answer
  std::size_t delayed = 0;    // planned inside it, answered after it (queued)

  [[nodiscard]] Nanoseconds length() const { return ended - began; }
};

/// Nothing when every request of the window was answered within `usual` of being planned (default 5 intervals, at
/// least 5 ms), or when there is no answer after the silence (then the guest never came back: see never_returned).
[[nodiscard]] std::optional<Outage> longest_outage(const ProbeTrace& trace, Instant from, Instant to);

/// True when no request planned after `from` was ever answered.
[[nodiscard]] bool never_returned(const ProbeTrace& trace, Instant from);

/// Requests of the window by end, and latency quantiles of the answered ones, timed from the planned instant.
struct TraceSummary {
  std::size_t planned = 0;
  std::map<RequestEnd, std::size_t> ends;
  Nanoseconds p50{}, p95{}, p99{}, maximum{};
};
[[nodiscard]] TraceSummary summarize(const ProbeTrace& trace, Instant from, Instant to);

} // namespace migralab
