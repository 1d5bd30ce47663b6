// SPDX-License-Identifier: Apache-2.0
// How the threads of this room wait: for descriptors until an instant, and for the next reading of a sampler.
#pragma once

#include "migralab/core/clock.hpp"
#include "migralab/core/error.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <poll.h>
#include <span>
#include <vector>

namespace migralab {

/// Until one of them is ready, or `until`; a signal may end it earlier. ppoll(2): poll's milliseconds are too coarse.
inline void poll_until(std::span<pollfd> polled, Instant until) {
  const Nanoseconds left = std::max(Nanoseconds(until - std::chrono::steady_clock::now()), Nanoseconds(0));
  const timespec span{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
  const int ready = ::ppoll(polled.data(), polled.size(), &span, nullptr);
  if (ready < 0 && errno != EINTR) {
    throw system_error("a measuring thread cannot wait");
  }
  if (ready <= 0) {
    for (pollfd& each : polled) {
      each.revents = 0;
    }
  }
}

/// True when `stop_fd` asked to stop before `until`.
inline bool asked_to_stop(int stop_fd, Instant until) {
  pollfd polled{stop_fd, POLLIN, 0};
  poll_until({&polled, 1}, until);
  return polled.revents != 0;
}

/// Readings every `interval`, the first at once and one more when `stop_fd` asks to stop.
template <typename Sample, typename Take>
std::vector<Sample> sample_every(Nanoseconds interval, int stop_fd, const Take& take) {
  std::vector<Sample> samples{take()};
  for (Instant next = samples.front().at + interval; !asked_to_stop(stop_fd, next);) {
    samples.push_back(take());
    next = std::max(next + interval, samples.back().at); // behind: no burst, what is read are sums
  }
  samples.push_back(take());
  return samples;
}

} // namespace migralab
