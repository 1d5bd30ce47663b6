// SPDX-License-Identifier: Apache-2.0
// What workloads ask of a guest, as a model: for labs that are simulated. Pure.
#pragma once

#include "migralab/core/clock.hpp"
#include "migralab/workload/workload.hpp"

namespace migralab {

/// Of the guest that a workload runs in or, for one of a client, of the guest that it asks. What the options say is
/// taken from them; all else is a round number of ours (docs/simulator.md), in no paper.
struct WorkloadDemand {
  double processors = 0;  ///< at the same time
  double swing = 0;       ///< up and down around that
  Nanoseconds period{};   ///< of the swing, a sine
  double dirtied = 0;     ///< bytes of distinct memory a second, from clean pages
  double working_set = 0; ///< bytes that these writes go to, evenly
  double sent = 0;        ///< by its network, bytes a second
};
[[nodiscard]] WorkloadDemand demand_of(const WorkloadSpec& spec);

} // namespace migralab
