// SPDX-License-Identifier: Apache-2.0
// How an agent carries out an order. Private to this room.
#pragma once

#include "migralab/balancer/config.hpp"
#include "migralab/coordination/report.hpp"
#include "migralab/hypervisor/migration.hpp"

namespace migralab::balancer {

/// Migrates, over connections of its own, and waits for the end. What cannot even be begun is a record, too. Never
/// throws.
[[nodiscard]] MigrationRecord carry_out(const AgentConfig& config, const coordination::Order& order) noexcept;

} // namespace migralab::balancer
