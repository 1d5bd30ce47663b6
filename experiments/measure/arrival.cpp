// SPDX-License-Identifier: Apache-2.0
#include "arrival.hpp"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <optional>

namespace migralab {

namespace {

/// One instant by both clocks. Read again when this thread was preempted between the readings.
struct ClockPair {
  Instant monotonic;
  Nanoseconds wall; // CLOCK_REALTIME
};

std::optional<ClockPair> read_clocks() {
  for (int attempt = 0; attempt < 5; ++attempt) {
    const Instant before = std::chrono::steady_clock::now();
    timespec wall{};
    ::clock_gettime(CLOCK_REALTIME, &wall);
    const Instant after = std::chrono::steady_clock::now();
    if (after - before < std::chrono::microseconds(50)) {
      return ClockPair{before, std::chrono::seconds(wall.tv_sec) + Nanoseconds(wall.tv_nsec)};
    }
  }
  return std::nullopt;
}

} // namespace

Instant arrival(msghdr& message) {
  const Instant received = std::chrono::steady_clock::now();
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) {
      continue;
    }
    timespec stamp{};
    std::memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
    if (const std::optional<ClockPair> now = read_clocks()) {
      const Nanoseconds age = now->wall - std::chrono::seconds(stamp.tv_sec) - Nanoseconds(stamp.tv_nsec);
      if (age > Nanoseconds(0) && age < std::chrono::seconds(1)) {
        return std::min(received, now->monotonic - age);
      }
    }
  }
  return received;
}

} // namespace migralab
