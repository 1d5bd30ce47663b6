// SPDX-License-Identifier: Apache-2.0
// What a trial with a balancer came to. Private to this room.
#pragma once

#include "metric_list.hpp"
#include "migralab/experiment/outcome.hpp"

namespace migralab {

/// "balance.moves", "balance.over.HOST", ...: docs/balancing.md.
void add_balance(MetricList& list, const TrialOutcome& trial, const Cell& cell);

} // namespace migralab
