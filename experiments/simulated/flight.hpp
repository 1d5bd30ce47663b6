// SPDX-License-Identifier: Apache-2.0
// A migration in a simulated lab: the models of room models, step by step, over cables that others use, too. Alone on
// its cables, with writes that do not change, it takes what `predict` says. Private to this room.
#pragma once

#include "migralab/hypervisor/migration.hpp"
#include "world.hpp"

#include <functional>
#include <memory>

namespace migralab::simulated {

using FlightEnd = std::function<void(MigrationRecord)>;

/// Begins it now. `done` is called once, when it has ended either way; then the guest is where the record says. The
/// world must outlive it. What makes no sense at all (the guest is there already, no network, no room) is a record of
/// a migration that failed, at once.
void begin_flight(
    World& world,
    const std::string& guest,
    const std::string& to,
    const MigrationOptions& options,
    FlightEnd done);

} // namespace migralab::simulated
