// SPDX-License-Identifier: Apache-2.0
// A trace as tidy tables and back (docs/balancing.md): what a run's folder keeps of it.
#pragma once

#include "migralab/balancer/trace.hpp"

#include <functional>
#include <string>
#include <vector>

namespace migralab::balancer {

struct TraceTable {
  std::string file; ///< "balance_samples.csv"
  /// `origin`: the zero of its times.
  std::function<std::string(const BalanceTrace&, Instant origin)> write;
  /// Throws Error that names the table and the line which cannot be right.
  std::function<void(const std::string& text, Instant origin, BalanceTrace&)> read;
};

/// balance_samples.csv, balance_moves.csv, balance_orders.csv, balance_traffic.csv, balance_notes.csv and
/// balance_rounds.jsonl, which has the records of all decisions, a line each.
[[nodiscard]] const std::vector<TraceTable>& trace_tables();

} // namespace migralab::balancer
