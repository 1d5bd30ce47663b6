// SPDX-License-Identifier: Apache-2.0
// A round of the coordinator, as its log and a run's folder have it. Private to this room.
#pragma once

#include "migralab/balancer/trace.hpp"

#include <string>

namespace migralab::balancer {

/// Of the coordinator's log: a line of kind "round". Throws Error for what is none.
[[nodiscard]] BalanceRound round_from_log(const std::string& line);

/// The same on one line with its time in nanoseconds since `origin`, and back. Throws Error for what is none.
[[nodiscard]] std::string round_line(const BalanceRound& round, Instant origin);
[[nodiscard]] BalanceRound round_from_line(const std::string& line, Instant origin);

} // namespace migralab::balancer
