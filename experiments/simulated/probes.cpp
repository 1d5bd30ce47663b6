// SPDX-License-Identifier: Apache-2.0
#include "probes.hpp"

#include <algorithm>
#include <cmath>

namespace migralab::simulated {

namespace {

constexpr auto patience = std::chrono::seconds(2);     // of a probe: ProbeTarget::timeout
constexpr auto service = std::chrono::milliseconds(1); // of a page
constexpr std::uint32_t datagram_bytes = 16;
constexpr std::uint32_t page_bytes = 256;

bool stands(const std::vector<Standstill>& still, Instant at) {
  return std::any_of(still.begin(), still.end(), [&](const Standstill& one) { return at >= one.from && at < one.to; });
}

/// A little more than the least, as waiting times are.
Nanoseconds with_jitter(Nanoseconds least, simulation::Random& random) {
  constexpr double share = 0.1;
  const double more = -std::log(1 - random.uniform()) * share;
  return std::chrono::duration_cast<Nanoseconds>(least * (1 + more));
}

Nanoseconds interval_of(double rate) {
  return Nanoseconds(static_cast<std::int64_t>(std::llround(1e9 / rate)));
}

template <typename Ask>
ProbeTrace seen(const std::string& name, double rate, Instant from, Instant to, const Ask& ask) {
  ProbeTrace trace{.probe = name, .interval = interval_of(rate), .samples = {}};
  std::uint32_t sequence = 0;
  for (Instant planned = from; planned < to; planned += trace.interval) {
    RequestSample& sample = trace.samples.emplace_back();
    sample.sequence = sequence++;
    sample.planned = planned;
    sample.sent = planned;
    ask(sample);
  }
  return trace;
}

void answer(RequestSample& sample, Instant at, std::uint32_t bytes) {
  sample.answered = at;
  sample.end = at - sample.planned > patience ? RequestEnd::late : RequestEnd::answered;
  sample.bytes = bytes;
}

} // namespace

ProbeTrace udp_seen(
    const std::string& name,
    double rate,
    Instant from,
    Instant to,
    const Reach& reach,
    const std::vector<Standstill>& still,
    simulation::Random& random) {
  return seen(name, rate, from, to, [&](RequestSample& sample) {
    const bool lost = random.uniform() < reach.loss || random.uniform() < reach.loss;
    if (!lost && !stands(still, sample.planned + reach.round_trip / 2)) {
      answer(sample, sample.planned + with_jitter(reach.round_trip, random), datagram_bytes);
    }
  });
}

ProbeTrace http_seen(
    double rate,
    Instant from,
    Instant to,
    const Reach& reach,
    const std::vector<Standstill>& still,
    simulation::Random& random) {
  return seen("http", rate, from, to, [&](RequestSample& sample) {
    Instant tried = sample.planned;
    for (Nanoseconds wait = std::chrono::seconds(1); tried - sample.planned <= 2 * patience; wait *= 2) {
      const bool lost = random.uniform() < reach.loss;
      if (!lost && !stands(still, tried + reach.round_trip / 2)) {
        answer(sample, tried + with_jitter(2 * reach.round_trip + service, random), page_bytes);
        return;
      }
      tried += wait;
    }
  });
}

} // namespace migralab::simulated
