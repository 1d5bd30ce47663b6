// SPDX-License-Identifier: Apache-2.0
// Trials in simulated labs: there is nothing to bring up, and nothing to take down.
#pragma once

#include "migralab/core/interrupt.hpp"
#include "migralab/experiment/run_folder.hpp"
#include "migralab/experiment/series.hpp"
#include "migralab/simulated/trial.hpp"

namespace migralab {

class SimulatedTrials final : public TrialRunner {
public:
  explicit SimulatedTrials(const RunFolder& folder) : folder_(folder) {}

  void run(const PlannedTrial& trial, const Cell& cell) override {
    throw_if_interrupted();
    folder_.write(simulate_trial(trial, cell));
  }

private:
  const RunFolder& folder_;
};

} // namespace migralab
