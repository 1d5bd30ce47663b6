// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"
#include "migralab/measure/outage.hpp"
#include "migralab/report/report.hpp"
#include "ramps.hpp"
#include "whole_run.hpp"

#include <algorithm>
#include <set>
#include <string_view>

namespace migralab {

namespace {

constexpr std::string_view of_moves = "balance.to.";

std::size_t phase_of(const TrialOutcome& trial, Instant planned) {
  return planned < trial.during ? 0 : planned < trial.after ? 1 : 2;
}

ProbeCount count(const TrialOutcome& trial, const ProbeTrace& trace) {
  ProbeCount counted;
  counted.probe = trace.probe;
  counted.never_returned = never_returned(trace, trial.after);
  for (const RequestSample& sample : trace.samples) {
    if (sample.planned < trial.before || sample.planned >= trial.end) {
      continue;
    }
    const std::size_t phase = phase_of(trial, sample.planned);
    ++counted.ends[sample.end][phase];
    const bool good = sample.end == RequestEnd::answered || sample.end == RequestEnd::late;
    if (good && sample.answered) {
      counted.latency[phase].add(*sample.answered - sample.planned);
    } else {
      counted.latency[phase].add_unanswered();
    }
    if (phase > 0) {
      ++counted.planned;
      counted.failed += good ? 0 : 1;
    }
  }
  return counted;
}

void drop_traces(TrialOutcome& trial) {
  for (GuestOutcome& guest : trial.guests) {
    guest.traces = {};
    if (guest.migration) {
      guest.migration->samples = {};
    }
  }
  for (WorkloadTrace& workload : trial.workloads) {
    workload.samples = {};
  }
  trial.counters = {};
  trial.processors = {};
  trial.packets = {};
  trial.bridges = {};
  if (trial.balance) {
    trial.balance->samples = {};
  }
}

} // namespace

MeasuredTrial measured(TrialOutcome trial, const std::vector<Cell>& cells) {
  const auto cell =
      std::find_if(cells.begin(), cells.end(), [&](const Cell& one) { return one.number == trial.plan.cell; });
  if (cell == cells.end()) {
    throw Error("it belongs to cell " + std::to_string(trial.plan.cell) + ", which the experiment does not have");
  }
  MeasuredTrial result;
  result.metrics = metrics_of(trial, *cell);
  for (const GuestOutcome& guest : trial.guests) {
    for (const ProbeTrace& trace : guest.traces) {
      result.probes[guest.guest].push_back(count(trial, trace));
    }
  }
  for (const WorkloadTrace& trace : trial.workloads) {
    if (std::vector<RampStep> steps = ramp_steps(trial, trace); !steps.empty()) {
      result.ramps[trace.name] = std::move(steps);
    }
  }
  drop_traces(trial);
  result.outcome = std::move(trial);
  return result;
}

RunExtent extent_of(const MeasuredRun& run) {
  const Experiment& experiment = run.run.experiment;
  std::vector<SeenTrial> seen;
  for (const MeasuredTrial& trial : run.trials) {
    const bool counts = trial.outcome.succeeded() && !trial.outcome.plan.warm_up;
    seen.push_back({trial.outcome.plan, counts ? value_of(trial.metrics, experiment.stop.metric) : std::nullopt});
  }
  return extent_of(experiment, run.run.cells, seen);
}

void add_predictions(MeasuredRun& run, const Predictions& predictions) {
  for (MeasuredTrial& trial : run.trials) {
    const auto& cells = run.run.cells;
    const auto cell = std::find_if(
        cells.begin(), cells.end(), [&](const Cell& one) { return one.number == trial.outcome.plan.cell; });
    for (Metric& metric : predictions.metrics_of(trial.outcome.plan.number, *cell)) {
      trial.metrics.push_back(std::move(metric));
    }
  }
}

void add_moves_not_made(MeasuredRun& run) {
  std::set<std::string> moves;
  if (run.run.experiment.published) {
    for (const PublishedValue& value : run.run.experiment.published->values) {
      moves.insert(value.metric);
    }
  }
  for (const MeasuredTrial& trial : run.trials) {
    for (const Metric& metric : trial.metrics) {
      moves.insert(metric.name);
    }
  }
  std::erase_if(moves, [](const std::string& name) { return !name.starts_with(of_moves); });
  for (MeasuredTrial& trial : run.trials) {
    for (const std::string& move : moves) {
      if (trial.outcome.balance && !value_of(trial.metrics, move)) {
        trial.metrics.push_back({move, "", 0});
      }
    }
  }
}

MeasuredRun measured(RunRecord run) {
  MeasuredRun result;
  Predictions predictions;
  for (TrialOutcome& trial : run.trials) {
    predictions.add(trial);
    result.trials.push_back(measured(std::move(trial), run.cells));
  }
  run.trials.clear();
  result.run = std::move(run);
  result.extent = extent_of(result);
  add_predictions(result, predictions);
  add_moves_not_made(result);
  return result;
}

} // namespace migralab
