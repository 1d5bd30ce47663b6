// SPDX-License-Identifier: Apache-2.0
// How long agents and coordinator wait, and for what. The period between samples is the policy's.
#pragma once

#include "migralab/core/clock.hpp"

#include <chrono>

namespace migralab::coordination {

struct Timing {
  /// A message without an acknowledgement is sent again after this, then after twice as long, and so on ...
  Nanoseconds first_repeat = std::chrono::milliseconds(25);
  /// ... up to this.
  Nanoseconds longest_repeat = std::chrono::seconds(2);
  /// How long one end asks who the other is now, when a message came from, or to, an earlier life.
  Nanoseconds introduction = std::chrono::seconds(5);
  /// What a host has for its INFO before the round goes on without it.
  Nanoseconds collect = std::chrono::seconds(1);
  /// What the coordinator has for its MIGRATE before the host may ask again. More than `collect`.
  Nanoseconds answer = std::chrono::seconds(3);
  /// The oldest knowledge of a host that an order may rest on, by the agent's clock. More than `collect`.
  Nanoseconds order = std::chrono::seconds(5);
  /// From an order to its MIGRATION_FINISHED, at most; then the coordinator goes on without. More than any migration
  /// may take.
  Nanoseconds migration = std::chrono::minutes(10);
  /// How long a MIGRATION_FINISHED is repeated.
  Nanoseconds finished = std::chrono::minutes(10);
};

/// A sample that is older than so many periods is none.
inline constexpr int sample_lifetime = 3;

} // namespace migralab::coordination
