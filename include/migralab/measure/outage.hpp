// SPDX-License-Identifier: Apache-2.0
// From a trace to a downtime. Pure.
#pragma once

#include "migralab/measure/probe.hpp"

#include <cstddef>
#include <map>
#include <optional>

namespace migralab {

/// A silence of a guest, as one probe saw it: a stretch in which no answer came although one was awaited. It ends with
/// the arrival of an answer. It begins when the first request planned after the youngest one answered so far was
/// planned, or at the arrival of the answer before, whichever is later. So
/// - single lost or reordered datagrams are no silence: the answers around them break it;
/// - requests that were queued while the guest stood still and answered afterwards do not lengthen it: the first answer
///   ends it, whether the requests inside it were lost or queued;
/// - two stalls with an answer between them are two silences.
/// `bad_reply` is no answer. Resolution: the probe's interval. docs/glossary.md, "client downtime".
struct Outage {
  Instant began;
  Instant ended;
  std::size_t unanswered = 0; // requests that awaited an answer in it and never had one (lost)
  std::size_t delayed = 0;    // that awaited an answer in it and had it at its end or later (queued)

  [[nodiscard]] Nanoseconds length() const { return ended - began; }
};

/// The longest of the silences that began in [from, to), whole even when it ended after `to`. Nothing when none was
/// longer than five intervals (at least 5 ms). A silence that no answer ended is not one of them: never_returned().
[[nodiscard]] std::optional<Outage> longest_outage(const ProbeTrace& trace, Instant from, Instant to);

/// True when requests were planned after `from` and none of them was ever answered.
[[nodiscard]] bool never_returned(const ProbeTrace& trace, Instant from);

/// Requests planned in [from, to) by end; latency quantiles (nearest rank) of those that were answered, also late,
/// timed from the planned instant.
struct TraceSummary {
  std::size_t planned = 0;
  std::map<RequestEnd, std::size_t> ends;
  Nanoseconds p50{}, p95{}, p99{}, maximum{};
};
[[nodiscard]] TraceSummary summarize(const ProbeTrace& trace, Instant from, Instant to);

} // namespace migralab
