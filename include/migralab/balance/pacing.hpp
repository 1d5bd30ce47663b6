// SPDX-License-Identifier: Apache-2.0
// What a policy remembers from round to round. A plain struct: a coordinator that writes it down and reads it again
// goes on where it was. Times are given by whoever asks; there is no clock in this room.
#pragma once

#include "migralab/balance/decision.hpp"
#include "migralab/balance/parameters.hpp"
#include "migralab/core/clock.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace migralab::balance {

/// In which periods a host was overloaded.
struct Overloads {
  std::uint64_t history = 0; ///< bit 0: that of `latest`, bit 1 the one before, ...
  Instant latest;            ///< the last round that found the host overloaded

  bool operator==(const Overloads&) const = default;
};

/// What a policy that learns its threshold knows.
struct Learnt {
  double threshold = 0;         ///< a host is overloaded above it
  std::vector<double> gains;    ///< of the last moves: how much less hosts differed afterwards
  std::optional<double> before; ///< how much they differed when the last moves were decided on that are not judged yet
  double deviation = 0;         ///< how much they differ
  unsigned quiet = 0;           ///< rounds without a migration
  Instant latest;               ///< the last round

  bool operator==(const Learnt&) const = default;
};

struct PacingState {
  /// Guests that are moving. Each counts on both ends: it still burdens its source, and its destination has to keep
  /// room and a slot for it.
  std::vector<Move> in_flight;
  /// When the moves of a guest ended, of those that still matter. By name.
  std::map<std::string, std::vector<Instant>> moved;
  /// Since the end of the last migration to or from the host. By name.
  std::map<std::string, Overloads> overloaded;
  /// Of policies that forecast: loads of hosts, one for each period, the newest last. By name.
  std::map<std::string, std::vector<Load>> samples;
  Instant sampled; ///< when the newest was taken
  std::optional<Learnt> learnt;
};

/// A host is overloaded above it: the limit that was set, or the one that was learnt since.
[[nodiscard]] double threshold_of(const PacingState& state, const Parameters& parameters);

} // namespace migralab::balance
