// SPDX-License-Identifier: Apache-2.0
// Every policy that a simulated cluster can be given to: those of room balance, which also decide for labs, and those
// that consolidate. By name and settings, as users write them.
#pragma once

#include "migralab/balance/parameters.hpp"
#include "migralab/simulation/balancer.hpp"

#include <memory>
#include <string>
#include <vector>

namespace migralab::simulation {

struct PolicyInfo {
  std::string name;
  std::string about;
  std::string source; ///< where it was published; empty: nowhere
  bool live = false;  ///< it decides for labs, too; all decide for simulated clusters
  std::vector<balance::ParameterInfo> parameters;
};

/// All policies, those for labs first.
[[nodiscard]] const std::vector<PolicyInfo>& policies();

/// It draws lots: another seed, another outcome.
[[nodiscard]] bool has_seed(const std::string& policy);

/// `settings`: "NAME=VALUE" each. `interval`: between the samples of the trace, which is the `period` of policies for
/// labs. Throws Error (exit code 2) for an unknown policy, and with a line for every wrong setting: "--set NAME=VALUE:
/// why".
[[nodiscard]] std::unique_ptr<Balancer>
make_policy(const std::string& name, const std::vector<std::string>& settings, Nanoseconds interval);

} // namespace migralab::simulation
