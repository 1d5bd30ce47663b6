// SPDX-License-Identifier: Apache-2.0
#include "ramps.hpp"

#include "tables.hpp"
#include "tables_parts.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

/// Of all trials of a cell, by workload and demanded rate.
using Gathered = std::map<std::string, std::map<double, std::vector<RampStep>>>;

Gathered gather(const CellFacts& cell, const MeasuredRun& run) {
  Gathered all;
  for (const MeasuredTrial& trial : run.trials) {
    const PlannedTrial& plan = trial.outcome.plan;
    if (plan.cell == cell.cell->number && !plan.warm_up && trial.outcome.succeeded()) {
      for (const auto& [workload, steps] : trial.ramps) {
        for (const RampStep& step : steps) {
          all[workload][step.demanded].push_back(step);
        }
      }
    }
  }
  return all;
}

RampPoint point_of(double demanded, const std::vector<RampStep>& steps) {
  std::vector<double> replies;
  std::vector<double> errors;
  for (const RampStep& step : steps) {
    replies.push_back(step.replied);
    if (step.errors) {
      errors.push_back(*step.errors);
    }
  }
  return {demanded, summary_of(replies), errors.empty() ? std::nullopt : std::optional(median(errors))};
}

} // namespace

std::vector<RampStep> ramp_steps(const TrialOutcome& trial, const WorkloadTrace& trace) {
  std::map<Instant, std::map<std::string, double>> runs; // all samples of a run have one time
  for (const WorkloadSample& sample : trace.samples) {
    if (sample.at >= trial.before && sample.at < trial.end) {
      runs[sample.at][sample.metric] = sample.value;
    }
  }
  std::vector<RampStep> steps;
  for (const auto& [at, run] : runs) {
    const auto demanded = run.find("demanded_rate");
    const auto replied = run.find("reply_rate");
    const auto errors = run.find("errors");
    if (demanded != run.end() && replied != run.end() && demanded->second > 0) {
      steps.push_back(
          {demanded->second, replied->second, errors == run.end() ? std::nullopt : std::optional(errors->second)});
    }
  }
  return steps;
}

std::vector<Ramp> ramps_of(const Analysis& analysis) {
  std::vector<Ramp> ramps;
  for (std::size_t cell = 0; cell < analysis.cells.size(); ++cell) {
    for (const auto& [workload, rates] : gather(analysis.cells[cell], *analysis.run)) {
      Ramp ramp{cell, workload, {}};
      for (const auto& [demanded, steps] : rates) {
        ramp.points.push_back(point_of(demanded, steps));
      }
      if (ramp.points.size() > 1) { // a single rate is no ramp
        ramps.push_back(std::move(ramp));
      }
    }
  }
  return ramps;
}

std::optional<double> Ramp::saturation() const {
  std::optional<double> highest;
  for (const RampPoint& point : points) {
    if (point.answered() < still_answered) {
      break;
    }
    highest = point.demanded;
  }
  return highest;
}

std::string Ramp::in_words() const {
  const double percent = still_answered * 100;
  const std::optional<double> highest = saturation();
  if (!highest) {
    return fmt::format(
        "{}: no saturation point: at {:g}/s, the lowest demanded rate, {:.0f} % were answered, less than {:g} %: begin "
        "lower",
        workload,
        points.front().demanded,
        points.front().answered() * 100,
        percent);
  }
  if (*highest == points.back().demanded) {
    return fmt::format(
        "{}: no saturation point: at least {:g} % were answered up to {:g}/s, the highest demanded rate: go higher",
        workload,
        percent,
        *highest);
  }
  const auto after =
      std::find_if(points.begin(), points.end(), [&](const RampPoint& point) { return point.demanded > *highest; });
  return fmt::format(
      "{}: saturation point {:g}/s: up to this rate at least {:g} % were answered, at {:g}/s {:.0f} %",
      workload,
      *highest,
      percent,
      after->demanded,
      after->answered() * 100);
}

Table saturation_table(const Analysis& analysis) {
  Table table{
      .name = "saturation",
      .caption = "Replies by demanded rate, medians over trials.",
      .columns =
          {{"cell", "", false},
           {"workload", "", false},
           {"demanded", "1/s"},
           {"n"},
           {"replies", "1/s"},
           {"answered", "%"},
           {"errors"},
           {"", "", false}},
      .rows = {}};
  for (const Ramp& ramp : ramps_of(analysis)) {
    const std::string& cell = analysis.cells[ramp.cell].name;
    table.note += (table.note.empty() ? "" : " ") + cell + ": " + ramp.in_words() + ".";
    const bool reached = ramp.saturation() && *ramp.saturation() < ramp.points.back().demanded;
    for (const RampPoint& point : ramp.points) {
      const double replies = point.replies.median;
      table.rows.push_back(
          {cell,
           ramp.workload,
           fmt::format("{:g}", point.demanded),
           fmt::format("{}", point.replies.n),
           {figures(replies), interval_text(point.replies.of_median, 1, replies)},
           fmt::format("{:.0f}", point.answered() * 100),
           point.errors ? fmt::format("{:g}", *point.errors) : "-",
           reached && point.demanded == *ramp.saturation() ? "saturation point" : ""});
    }
  }
  return table;
}

} // namespace migralab
