// SPDX-License-Identifier: Apache-2.0
// The best that can be made of a small cluster, to measure policies against.
#pragma once

#include "migralab/balance/decision.hpp"

#include <cstddef>
#include <vector>

namespace migralab::balance {

/// The largest share of any resource of any host: what it is all about.
[[nodiscard]] double hottest(const Cluster& cluster);

struct Optimum {
  double hottest = 0; ///< after the moves
  /// As few as reach it, one for each guest. In an order in which they cool the hottest host; a host may be too full
  /// for a guest before another has left it.
  std::vector<Move> moves;
  bool proven = true; ///< false: the search came to its limit first
  std::size_t steps = 0;
};

inline constexpr std::size_t optimum_steps = 5'000'000;

/// With at most `most_moves` moves the coolest cluster that there is, by branch and bound. Groups, evacuation and
/// pacing do not count. Time is exponential in the moves: meant for 8 hosts, 30 guests and a handful of moves.
[[nodiscard]] Optimum coolest(const Cluster& cluster, std::size_t most_moves, std::size_t step_limit = optimum_steps);

} // namespace migralab::balance
