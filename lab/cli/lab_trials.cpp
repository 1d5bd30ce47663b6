// SPDX-License-Identifier: Apache-2.0
#include "lab_trials.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/interrupt.hpp"
#include "migralab/experiment/runner.hpp"
#include "session.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

/// Beyond a trial's own limit: what it takes to write a trial down.
constexpr auto margin = std::chrono::minutes(1);

/// Says which lab a run has up, for who goes on with it after a kill -9.
std::filesystem::path claim_of(const RunFolder& folder) {
  return folder.path() / "lab.txt";
}

std::string claim_text(const LabState& lab) {
  return lab.lab + " " + lab.uuid + "\n";
}

} // namespace

LabTrials::LabTrials(const RunFolder& folder, const PreparedLabs& labs, CommandRunner& runner, Talk talk)
    : folder_(folder), labs_(labs), runner_(runner), talk_(std::move(talk)) {
  if (!std::filesystem::exists(claim_of(folder_))) {
    return;
  }
  const std::string claim = read_plain_file(claim_of(folder_));
  const std::string name = claim.substr(0, claim.find(' '));
  const std::optional<LabState> left = is_lab_name(name) ? LabFolder(name).read() : std::nullopt;
  if (left && claim_text(*left) == claim) { // not one that somebody else made under that name since
    tear_down(name);
    talk_(fmt::format("lab {} was left by the run that ended here: it is down", name));
  }
  std::filesystem::remove(claim_of(folder_));
}

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
  const bool unchecked = checked_.insert(cell.number).second;
  if (!lab_) {
    const PreparedLab& prepared = labs_.at(cell.topology.text);
    lab_ = bring_up(cell.topology, prepared.plan, prepared.images, runner_, talk_);
    topology_ = cell.topology.text;
    write_file(claim_of(folder_), claim_text(*lab_));
  }
  Cell running = cell;
  running.topology.instance = lab_->uuid;
  last_ = trial;
  spoiled_ = true; // until it is known to be whole
  const Nanoseconds limit = cell.experiment.trial_limit + margin;
  const Instant began = std::chrono::steady_clock::now();
  try {
    inside(
        lab_->keeper,
        [&] {
          if (unchecked) {
            expect_workloads(running, guest_programs());
          }
          folder_.write(run_trial(trial, running, *lab_, guest_programs()));
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
    std::filesystem::remove(claim_of(folder_));
    talk_(fmt::format("lab {} is down", name));
  }
}

} // namespace migralab
