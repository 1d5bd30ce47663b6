// SPDX-License-Identifier: Apache-2.0
// What the models say of a run's migrations, as metrics: predicted beside measured. Pure. docs/models.md explains them.
#pragma once

#include "migralab/experiment/metrics.hpp"
#include "migralab/experiment/outcome.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace migralab {

class Predictions {
public:
  /// Keeps what models read of a trial's migrations. Warm-up trials and failed migrations predict nothing.
  void add(const TrialOutcome& trial);

  /// For a trial that was added, when all of its cell were: "model.geometric.total_time" (s), "...downtime" (ms),
  /// "...moved" (B), each with "..._error" (%: above 0, the model says too much), and "model.geometric.fitted_to" (the
  /// number of other trials that the parameters come from; 0: the trial itself). Models that do not apply are missing.
  [[nodiscard]] std::vector<Metric> metrics_of(unsigned trial, const Cell& cell) const;

private:
  struct Known {
    unsigned trial = 0;
    bool only_guest = true;
    MigrationRecord migration;
    std::vector<LinkRate> rates;
    std::vector<DirtyRate> dirty_rates;
  };
  std::map<std::pair<unsigned, std::string>, std::vector<Known>> by_cell_and_guest_;
};

} // namespace migralab
