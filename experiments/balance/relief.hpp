// SPDX-License-Identifier: Apache-2.0
// One host that is relieved: its guests as they stand in the record, and the moves that are planned for them. What
// selections have in common.
#pragma once

#include "migralab/balance/parts.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace migralab::balance {

/// Guests of the least cost are the first to leave. The `volume` of the guest is known by then.
using Cost = std::function<double(const Round& round, GuestIndex guest, double volume)>;

/// A guest that may leave, as it stands in the record.
struct Leaving {
  Candidate candidate;
  Load share; ///< of the source's capacity
  GuestRecord* record = nullptr;
};

/// Refers to all that it is made from.
class Relief {
public:
  Relief(Round& round, Place& place, HostRecord& record)
      : round_(round), place_(place), record_(record), load_(round.expected(record.host)) {
    record_.predictions.push_back({record.host, load_, load_});
  }

  /// Completes the record's guests, cheapest first, and says which of them may move; none of them: the record says why.
  /// `highest_peak`: the largest share that a destination may have after a move.
  [[nodiscard]] std::vector<Leaving> weigh(const Pace& pace, const Cost& cost, double highest_peak);

  /// Up to `most` hosts that can take the guest, best first. None: its record says so, and why of each host.
  [[nodiscard]] std::vector<HostIndex> destinations(Leaving& guest, std::size_t most);
  /// Records why each destination is taken or which rule rejects it, as the round stands. `occupied`: hosts that the
  /// guests of a combination go to.
  void explain(Leaving& guest, std::optional<HostIndex> taken, const std::vector<HostIndex>& occupied = {});
  void plan(Leaving& guest, HostIndex to);
  /// All guests, each to the first host that takes it: of a host that is to be emptied.
  void move_all(const Pace& pace, const Cost& cost);

  /// What the host came to with guests that are coming to it, and without those that are planned to leave; shares.
  [[nodiscard]] const Load& load() const { return load_; }

private:
  Round& round_;
  Place& place_;
  HostRecord& record_;
  Load load_;
};

} // namespace migralab::balance
