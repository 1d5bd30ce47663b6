// SPDX-License-Identifier: Apache-2.0
// The tables of a trial's folder, each written and read here; columns have their unit in their name. Private.
#pragma once

#include "migralab/experiment/outcome.hpp"

#include <functional>
#include <string>
#include <vector>

namespace migralab {

struct TrialTable {
  std::string file; // "requests.csv"
  std::function<std::string(const TrialOutcome&)> write;
  /// Into a trial that trial.json has filled already: origin, guests and workloads are there.
  std::function<void(const std::string& text, TrialOutcome&)> read;
};

[[nodiscard]] const std::vector<TrialTable>& trial_tables();

} // namespace migralab
