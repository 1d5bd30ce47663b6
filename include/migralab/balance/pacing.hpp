// SPDX-License-Identifier: Apache-2.0
// What a policy remembers from round to round. A plain struct: a coordinator that writes it down and reads it again
// goes on where it was. Times are given by whoever asks; there is no clock in this room.
#pragma once

#include "migralab/balance/decision.hpp"
#include "migralab/core/clock.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace migralab::balance {

/// In which periods a host was overloaded.
struct Overloads {
  std::uint64_t history = 0; ///< bit 0: that of `latest`, bit 1 the one before, ...
  Instant latest;            ///< the last round that found the host overloaded

  bool operator==(const Overloads&) const = default;
};

struct PacingState {
  /// Guests that are moving. Each counts on both ends: it still burdens its source, and its destination has to keep
  /// room and a slot for it.
  std::vector<Move> in_flight;
  /// When the moves of a guest ended, of those that still matter. By name.
  std::map<std::string, std::vector<Instant>> moved;
  /// Since the end of the last migration to or from the host. By name.
  std::map<std::string, Overloads> overloaded;
};

} // namespace migralab::balance
