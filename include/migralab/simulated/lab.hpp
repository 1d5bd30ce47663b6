// SPDX-License-Identifier: Apache-2.0
// Labs that are numbers: `substrate: simulated`. No privileges, no processes, any machine; time passes as fast as it
// can be computed. The model: docs/simulator.md.
#pragma once

#include "migralab/balancer/plan.hpp"
#include "migralab/balancer/trace.hpp"
#include "migralab/hypervisor/migration.hpp"
#include "migralab/lab/interior.hpp"
#include "migralab/lab/lab_state.hpp"
#include "migralab/topology/topology.hpp"

#include <vector>

namespace migralab {

/// Puts a lab on record, with every guest where its topology has it. Throws Error when there is one of that name.
LabState bring_up_simulated(const Topology& topology);

/// Where guests are, as their record has it.
[[nodiscard]] Survey survey_of(const LabState& state);

/// Migrates guests from where they are, all at once; those that have moved are elsewhere in `state` then. Nothing runs
/// in them. Throws Error for names that are none, before anything has begun. Failures are records.
[[nodiscard]] std::vector<MigrationRecord> migrate_simulated(
    const Topology& topology,
    LabState& state,
    const std::vector<Move>& moves,
    const MigrationOptions& options);

/// Balances for a while, with idle guests; moves change `state`. Throws Error as plan_balancer() does. Instants of the
/// trace count from `origin`.
[[nodiscard]] balancer::BalanceTrace balance_simulated(
    const Topology& topology,
    LabState& state,
    const balancer::BalanceWish& wish,
    Nanoseconds lasts,
    Instant origin);

} // namespace migralab
