// SPDX-License-Identifier: Apache-2.0
// Time that passes as fast as it can. Private to this room.
#pragma once

#include "migralab/core/clock.hpp"
#include "migralab/core/interrupt.hpp"

#include <functional>
#include <map>

namespace migralab::simulated {

class Timeline {
public:
  explicit Timeline(Instant now) : now_(now) {}

  [[nodiscard]] Instant now() const { return now_; }

  /// Not before now. What is scheduled for the same moment happens in the order of these calls.
  void at(Instant when, std::function<void()> what) { pending_.emplace(std::max(when, now_), std::move(what)); }
  void after(Nanoseconds span, std::function<void()> what) { at(now_ + span, std::move(what)); }

  void run_until(Instant end) {
    run_while([] { return true; }, end);
  }

  /// Until `more` says no, which is asked before each happening, or until the end.
  /// Throws Error after an interrupt.
  template <typename More> void run_while(const More& more, Instant end) {
    constexpr unsigned between_looks = 1024;
    while (more() && !pending_.empty() && pending_.begin()->first <= end) {
      if (++happened_ % between_looks == 0) {
        throw_if_interrupted();
      }
      auto next = pending_.extract(pending_.begin());
      now_ = next.key();
      next.mapped()();
    }
    now_ = more() ? std::max(now_, end) : now_;
  }

private:
  Instant now_;
  unsigned happened_ = 0;
  std::multimap<Instant, std::function<void()>> pending_;
};

} // namespace migralab::simulated
