// SPDX-License-Identifier: Apache-2.0
// trial.json: what came of a trial, without its tables. Private to this room.
#pragma once

#include "migralab/experiment/outcome.hpp"

#include <string>

namespace migralab {

[[nodiscard]] std::string trial_json(const TrialOutcome& trial);

/// Instants are relative to a zero of their own. Throws Error that names the field which is missing, of another kind,
/// or cannot be right ("guests[0].migration.ended_ns is before began_ns").
[[nodiscard]] TrialOutcome trial_from_json(const std::string& text);

} // namespace migralab
