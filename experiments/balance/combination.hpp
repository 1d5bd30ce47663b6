// SPDX-License-Identifier: Apache-2.0
// Several guests at once, where one is not enough: which leave, and where each goes. Ferreira and Martins 2013, 6:
// pairs, then triples, and so on, until there is a combination that relieves the source and has a destination of its
// own for every guest.
#pragma once

#include "migralab/balance/cluster.hpp"

#include <cstddef>
#include <vector>

namespace migralab::balance {

/// A guest that may be part of it.
struct Leaver {
  double cost = 0;
  Load relief; ///< what leaves the source with it, shares
  /// Those that can take it, best first. As many as there are leavers are enough: the others of a combination cannot
  /// occupy them all.
  std::vector<HostIndex> destinations;
};

struct Combination {
  std::vector<std::size_t> members; ///< indices of leavers, cheapest first; empty: there is none
  std::vector<HostIndex> destinations;
  std::size_t steps = 0; ///< combinations and beginnings of combinations that were looked at
  bool complete = true;  ///< false: the limit came first; a smaller or cheaper one may exist
};

/// The smallest combination of at least two, and of that size the cheapest by summed cost, that takes `excess` (shares,
/// of every resource) from the source. `leavers` are sorted by cost. The cheapest member gets the best destination that
/// leaves one for each of the others, and so on. Exact unless it comes to `step_limit`: 2^(n + 1) steps are enough for
/// n leavers.
[[nodiscard]] Combination cheapest_combination(
    const std::vector<Leaver>& leavers,
    const Load& excess,
    std::size_t largest,
    std::size_t step_limit);

} // namespace migralab::balance
