// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/clock.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/interrupt.hpp"
#include "migralab/core/units.hpp"

#include <algorithm>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <thread>

namespace migralab {

Nanoseconds Deadline::left() const {
  return std::max(Nanoseconds::zero(), Nanoseconds(end_ - std::chrono::steady_clock::now()));
}

int Deadline::left_ms() const {
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left()).count());
}

void wait_until(const std::string& what, Nanoseconds span, Nanoseconds interval, const std::function<bool()>& done) {
  const Deadline deadline(span);
  while (!done()) {
    throw_if_interrupted();
    if (deadline.passed()) {
      throw Error(fmt::format("no {} within {}", what, human(span)));
    }
    std::this_thread::sleep_for(std::min(interval, deadline.left()));
  }
}

std::string utc_timestamp() {
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto millis = now.time_since_epoch().count() % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)), millis);
}

} // namespace migralab
