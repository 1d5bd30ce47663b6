// SPDX-License-Identifier: Apache-2.0
// The open-loop plan of a probe: request k is planned for start + (k + 1) intervals, whatever became of the others.
#pragma once

#include "migralab/core/error.hpp"
#include "migralab/measure/probe.hpp"

#include <cmath>
#include <fmt/format.h>

namespace migralab {

class RequestPlan {
public:
  explicit RequestPlan(double rate) : interval_(interval_of(rate)), start_(std::chrono::steady_clock::now()) {}

  [[nodiscard]] Nanoseconds interval() const { return interval_; }
  [[nodiscard]] Instant at(std::size_t sequence) const {
    return start_ + interval_ * static_cast<Nanoseconds::rep>(sequence + 1);
  }

private:
  static Nanoseconds interval_of(double rate) {
    if (!(rate > 0.0 && rate <= 1e6)) {
      throw Error(fmt::format("a probe cannot send {} requests per second", rate), ExitStatus::bad_input);
    }
    return Nanoseconds(std::llround(1e9 / rate));
  }

  Nanoseconds interval_;
  Instant start_;
};

} // namespace migralab
