// SPDX-License-Identifier: Apache-2.0
// A decision as JSON for scripts and logs; the format is documented in docs/balancing.md and by its JSON Schema.
#pragma once

#include "migralab/balance/policy.hpp"

#include <string>

namespace migralab::balance {

enum class Layout { indented, one_line };

/// `cluster` is the one that was decided on.
[[nodiscard]] std::string to_json(
    const Decision& decision,
    const Cluster& cluster,
    const std::string& policy,
    const Parameters& parameters,
    Layout layout);

[[nodiscard]] std::string decision_schema();

} // namespace migralab::balance
