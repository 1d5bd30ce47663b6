// SPDX-License-Identifier: Apache-2.0
// The parameters of the consolidating policies by name.
#pragma once

#include "migralab/balance/parameters.hpp"
#include "migralab/simulation/balancer.hpp"

#include <string>
#include <vector>

namespace migralab::simulation {

/// Those of the policy DETECT-SELECT.
[[nodiscard]] std::vector<balance::ParameterInfo> consolidation_parameters(const std::string& policy);

/// Throws Error (exit code 2) with a line for every mistake: "--set NAME=VALUE: why".
[[nodiscard]] ConsolidationParameters
consolidation_values(const std::string& policy, const std::vector<std::string>& settings);

} // namespace migralab::simulation
