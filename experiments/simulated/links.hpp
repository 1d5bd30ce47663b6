// SPDX-License-Identifier: Apache-2.0
// Cables that transfers share: each gets as much as it can without taking from one that has less (max-min fairness:
// D. Bertsekas and R. Gallager, Data Networks, 1992, section 6.5.2). Private to this room.
#pragma once

#include "timeline.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace migralab::simulated {

/// One direction of a node's cable: "lan.h1.up".
using Cable = std::string;

class Links {
public:
  /// `capacities`: bytes a second.
  Links(Timeline& timeline, std::map<Cable, double> capacities)
      : timeline_(timeline), capacities_(std::move(capacities)), counted_(timeline.now()) {
    for (const auto& [cable, capacity] : capacities_) {
      carried_[cable] = 0;
    }
  }

  /// `done` is called when all of it has been carried; once. `cap`: bytes a second, at most. A transfer of a host to
  /// itself has no cable and no cap: it takes no time.
  using Id = std::uint64_t;
  Id carry(const std::vector<Cable>& path, double bytes, double cap, std::function<void()> done);
  /// What is left of it is not carried. Nothing for one that is done.
  void drop(Id id);

  /// Bytes still to carry, and how fast they go now; 0 for one that is done.
  [[nodiscard]] double left(Id id);
  [[nodiscard]] double rate(Id id) const;
  /// What each cable has carried so far, bytes.
  [[nodiscard]] const std::map<Cable, double>& carried();
  /// What goes through a cable now, bytes a second.
  [[nodiscard]] double through(const Cable& cable) const;

private:
  struct Transfer {
    std::vector<Cable> path;
    double left = 0;
    double cap = std::numeric_limits<double>::infinity();
    std::function<void()> done;
    double rate = 0;
  };

  void count();
  void share();
  void wait_for_next();
  void finish_those_that_are_done();

  Timeline& timeline_;
  std::map<Cable, double> capacities_;
  std::map<Cable, double> carried_;
  std::map<Id, Transfer> transfers_;
  Instant counted_; // up to then
  Id last_ = 0;
  std::uint64_t change_ = 0; // how often rates were set: what was scheduled before is out of date
};

} // namespace migralab::simulated
