// SPDX-License-Identifier: Apache-2.0
// How much of its network a migration uses while it sends the bulk of the memory. Private to this room.
#pragma once

#include "migralab/experiment/outcome.hpp"

#include <optional>

namespace migralab {

struct BulkRound {
  double bits_per_second = 0;  // of frames to the destination, from the counters of its port at the switch
  std::optional<double> share; // of what that link carried when it was measured before the trial
};

/// Of the first round, the one that sends all memory. Nothing when it was too short to be seen: two samples of the
/// counters have to lie in it.
[[nodiscard]] std::optional<BulkRound>
bulk_round(const TrialOutcome& trial, const MigrationRecord& migration, const Topology& topology);

} // namespace migralab
