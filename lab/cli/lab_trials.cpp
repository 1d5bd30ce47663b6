// SPDX-License-Identifier: Apache-2.0
#include "lab_trials.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/interrupt.hpp"
#include "migralab/experiment/runner.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

/// Beyond a trial's own limit: what it takes to write a trial down.
constexpr auto margin = std::chrono::minutes(1);

} // namespace

bool LabTrials::wants_new_lab(const PlannedTrial& trial, const Cell& cell) const {
  if (!lab_) {
    return false; // there is nothing to renew
  }
  const bool other_block = trial.block != last_.block;
  switch (cell.experiment.restart) {
  case Experiment::Restart::trial:
    return true;
  case Experiment::Restart::block:
    if (other_block) {
      return true;
    }
    break;
  case Experiment::Restart::never:
    break;
  }
  return spoiled_ || topology_ != cell.topology.text || !keeper_runs(lab_->keeper);
}

void LabTrials::run(const PlannedTrial& trial, const Cell& cell) {
  if (wants_new_lab(trial, cell)) {
    close();
  }
  if (!lab_) {
    const PreparedLab& prepared = labs_.at(cell.topology.text);
    lab_ = bring_up(cell.topology, prepared.plan, prepared.images, runner_, talk_);
    topology_ = cell.topology.text;
  }
  last_ = trial;
  spoiled_ = true; // until it is known to be whole
  const Nanoseconds limit = cell.experiment.trial_limit + margin;
  const Instant began = std::chrono::steady_clock::now();
  try {
    inside(
        lab_->keeper,
        [&] {
          folder_.write(run_trial(trial, cell, *lab_));
          return 0;
        },
        limit);
  } catch (const Error& error) {
    throw_if_interrupted();
    // A lab that hangs or dies is what the trial found. Anything else (a full disk) would befall the next one, too.
    const bool late = std::chrono::steady_clock::now() - began >= limit;
    if (!late && keeper_runs(lab_->keeper)) {
      throw;
    }
    record_failure(trial, cell, error.what());
  }
  spoiled_ = !folder_.read(trial.number).succeeded();
}

void LabTrials::record_failure(const PlannedTrial& trial, const Cell& cell, const std::string& why) const {
  TrialOutcome outcome;
  outcome.plan = trial;
  outcome.began_at = utc_timestamp();
  outcome.accelerator = lab_->accelerator;
  outcome.error = why;
  for (const GuestRoute& route : cell.experiment.routes) {
    outcome.guests.push_back({.guest = route.guest, .migration = std::nullopt, .traces = {}});
  }
  folder_.write(outcome);
}

void LabTrials::close() {
  if (lab_) {
    const std::string name = lab_->lab;
    lab_.reset();
    tear_down(name);
    talk_(fmt::format("lab {} is down", name));
  }
}

} // namespace migralab
