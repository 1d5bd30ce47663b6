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

struct PacingState {
  /// Guests that are moving. Each counts on both ends: it still burdens its source, and its destination has to keep
  /// room and a slot for it.
  std::vector<Move> in_flight;
  /// When the moves of a guest ended, of those that still matter. By name.
  std::map<std::string, std::vector<Instant>> moved;
  /// In which rounds a host was overloaded: bit 0 the last one, bit 1 the one before, ... By name.
  std::map<std::string, std::uint64_t> overloaded;
};

} // namespace migralab::balance
