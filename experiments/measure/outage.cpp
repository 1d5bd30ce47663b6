// SPDX-License-Identifier: Apache-2.0
#include "migralab/measure/outage.hpp"

#include "answers.hpp"

#include <algorithm>
#include <cmath>

namespace migralab {

namespace {

/// The answers of a trace in the order in which they came, as indices of its requests.
std::vector<std::size_t> answers_by_arrival(const ProbeTrace& trace) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < trace.samples.size(); ++i) {
    if (is_answer(trace.samples[i])) {
      order.push_back(i);
    }
  }
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(*trace.samples[a].answered, a) < std::pair(*trace.samples[b].answered, b);
  });
  return order;
}

/// Nearest rank.
Nanoseconds quantile(const std::vector<Nanoseconds>& sorted, double share) {
  if (sorted.empty()) {
    return Nanoseconds(0);
  }
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::clamp<std::size_t>(rank, 1, sorted.size()) - 1];
}

} // namespace

std::optional<Outage> longest_outage(const ProbeTrace& trace, Instant from, Instant to) {
  const Nanoseconds usual = std::max<Nanoseconds>(5 * trace.interval, std::chrono::milliseconds(5));
  std::optional<Outage> longest;
  std::size_t longest_first = 0;
  std::size_t first = 0; // the request after the youngest one that has been answered so far
  Instant previous = Instant::min();
  for (const std::size_t answer : answers_by_arrival(trace)) {
    const Instant arrived = *trace.samples[answer].answered;
    // An answer to an older request can come while none is awaited yet: first is then past the last or in the future.
    if (first < trace.samples.size()) {
      const Instant began = std::max(trace.samples[first].planned, previous);
      const Nanoseconds length = arrived - began;
      if (began >= from && began < to && length > usual && (!longest || length > longest->length())) {
        longest = Outage{began, arrived};
        longest_first = first;
      }
    }
    first = std::max(first, answer + 1);
    previous = arrived;
  }
  if (longest) {
    for (std::size_t i = longest_first; i < trace.samples.size() && trace.samples[i].planned < longest->ended; ++i) {
      ++(is_answer(trace.samples[i]) ? longest->delayed : longest->unanswered);
    }
  }
  return longest;
}

bool never_returned(const ProbeTrace& trace, Instant from) {
  bool asked = false;
  for (const RequestSample& sample : trace.samples) {
    if (sample.planned > from) {
      if (is_answer(sample)) {
        return false;
      }
      asked = true;
    }
  }
  return asked;
}

TraceSummary summarize(const ProbeTrace& trace, Instant from, Instant to) {
  TraceSummary summary;
  std::vector<Nanoseconds> latencies;
  for (const RequestSample& sample : trace.samples) {
    if (sample.planned < from || sample.planned >= to) {
      continue;
    }
    ++summary.planned;
    ++summary.ends[sample.end];
    if (is_answer(sample)) {
      latencies.push_back(*sample.answered - sample.planned);
    }
  }
  std::sort(latencies.begin(), latencies.end());
  summary.p50 = quantile(latencies, 0.50);
  summary.p95 = quantile(latencies, 0.95);
  summary.p99 = quantile(latencies, 0.99);
  summary.maximum = latencies.empty() ? Nanoseconds(0) : latencies.back();
  return summary;
}

} // namespace migralab
