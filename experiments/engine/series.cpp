// SPDX-License-Identifier: Apache-2.0
#include "migralab/experiment/series.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/units.hpp"
#include "migralab/experiment/metrics.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace migralab {

namespace {

/// What of the trials so far decides about the next ones.
struct Tally {
  std::map<unsigned, std::vector<double>> values; // of the stopping rule's metric, by cell
  unsigned done = 0;
  unsigned failed = 0;
  unsigned failed_in_a_row = 0;
  unsigned run_now = 0; // not in an earlier run of this series
  Instant began = std::chrono::steady_clock::now();
};

std::string line_of(const TrialOutcome& trial, const Cell& cell) {
  std::string line = cell.levels.empty() ? "" : cell.name() + ": ";
  if (!trial.error.empty()) {
    return line + "failed: " + trial.error;
  }
  if (trial.balance) {
    std::string moves;
    for (const balancer::BalanceMove& move : trial.balance->moves) {
      moves += fmt::format(
          "{}{} {} to {}{}",
          moves.empty() ? "" : ", ",
          move.guest,
          move.from,
          move.to,
          move.succeeded ? "" : " (failed)");
    }
    return line + (moves.empty() ? "nothing moved" : moves);
  }
  std::string separator;
  for (const GuestOutcome& guest : trial.guests) {
    line += separator + guest.guest;
    separator = "; ";
    if (!guest.migration) {
      line += " measured without a migration";
    } else if (guest.migration->succeeded) {
      line += fmt::format(
          " {} to {} in {}", guest.migration->from, guest.migration->to, human(guest.migration->total_time()));
    } else {
      line += fmt::format(" {} to {} failed: {}", guest.migration->from, guest.migration->to, guest.migration->error);
    }
  }
  return line;
}

/// `known`: from an earlier run of this series. Who resumes means to try again, so its failures end nothing.
void count(Tally& tally, const Experiment& experiment, const TrialOutcome& trial, const Cell& cell, bool known) {
  ++tally.done;
  const bool succeeded = trial.succeeded();
  tally.failed += succeeded ? 0 : 1;
  tally.failed_in_a_row = succeeded || known ? 0 : tally.failed_in_a_row + 1;
  if (succeeded && !trial.plan.warm_up && !experiment.stop.metric.empty()) {
    if (const auto value = value_of(metrics_of(trial, cell), experiment.stop.metric)) {
      tally.values[cell.number].push_back(*value);
    }
  }
}

std::string give_up(const Experiment& experiment, const Tally& tally) {
  if (tally.failed_in_a_row >= experiment.most_failures) {
    return fmt::format(
        "{} trials in a row failed (limits: {{failures: {}}})", tally.failed_in_a_row, experiment.most_failures);
  }
  if (experiment.run_limit > Nanoseconds{} && std::chrono::steady_clock::now() - tally.began > experiment.run_limit) {
    return fmt::format("the run's time limit of {} is used up", human(experiment.run_limit));
  }
  return {};
}

} // namespace

SeriesEnd run_series(
    const RunFolder& folder,
    const RunRecord& header,
    TrialRunner& runner,
    const std::function<void(const SeriesProgress&)>& report) {
  const Experiment& experiment = header.experiment;
  Tally tally;
  unsigned number = 1;
  for (unsigned block = 1;; ++block) {
    const std::set<unsigned> wanted = cells_wanted(experiment, header.cells, block, tally.values);
    if (wanted.empty()) {
      return {.trials = tally.done, .failed = tally.failed, .cut_short = {}};
    }
    const std::vector<PlannedTrial> trials = block_of(experiment, wanted, block, number);
    number += static_cast<unsigned>(trials.size());
    const unsigned blocks = std::max(block, experiment.warm_up + experiment.repetitions);
    for (const PlannedTrial& planned : trials) {
      const Cell& cell = header.cells.at(planned.cell - 1);
      const bool known = folder.has(planned.number);
      if (!known) {
        if (std::string why = give_up(experiment, tally); !why.empty()) {
          return {.trials = tally.done, .failed = tally.failed, .cut_short = why};
        }
        runner.run(planned, cell);
        ++tally.run_now;
      }
      const TrialOutcome trial = folder.read(planned.number);
      if (trial.plan != planned) {
        throw Error(
            fmt::format(
                "trial {} in {} is another one than this experiment plans", planned.number, folder.path().native()),
            ExitStatus::bad_input)
            .with_hint("the folder's files were changed since; begin a new run");
      }
      count(tally, experiment, trial, cell, known);
      if (!known) {
        SeriesProgress progress{.done = tally.done, .trial = planned, .line = line_of(trial, cell)};
        progress.expected = number - 1 + (blocks - block) * static_cast<unsigned>(trials.size());
        const Nanoseconds spent = std::chrono::steady_clock::now() - tally.began;
        progress.left = spent / tally.run_now * (progress.expected - tally.done);
        report(progress);
      }
    }
  }
}

} // namespace migralab
