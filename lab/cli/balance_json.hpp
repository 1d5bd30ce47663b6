// SPDX-License-Identifier: Apache-2.0
// A decision as JSON for scripts; the format is documented in docs/balancing.md and by its JSON Schema.
#pragma once

#include "migralab/balance/policy.hpp"

#include <nlohmann/json.hpp>
#include <string>

namespace migralab {

/// `cluster` is the one that was decided on.
[[nodiscard]] nlohmann::ordered_json to_json(
    const balance::Decision& decision,
    const balance::Cluster& cluster,
    const std::string& policy,
    const balance::Parameters& parameters);

[[nodiscard]] std::string balance_decision_schema();

} // namespace migralab
