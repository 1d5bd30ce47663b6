// SPDX-License-Identifier: Apache-2.0
// Sentences above the figures: what a reader must know before believing them.
#include "balance_facts.hpp"
#include "tables.hpp"
#include "words.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <numeric>

namespace migralab {

namespace {

using Sentences = std::vector<std::string>;

constexpr double noticeable_gap = 1; // s, of statistics that are asked for forty times a second

void add_missing(Sentences& sentences, const MeasuredRun& run) {
  const std::vector<unsigned>& missing = run.extent.missing;
  if (missing.empty()) {
    return;
  }
  sentences.push_back(fmt::format(
      "{}: {} {} missing. The run was not finished, or somebody took trials away; `migralab run --resume` with its "
      "folder measures them",
      counted_trials(run),
      in_ranges(missing),
      missing.size() == 1 ? "is" : "are"));
}

/// Tables of nothing look like tables.
void add_nothing_measured(Sentences& sentences, const Analysis& analysis) {
  std::size_t trials = 0;
  std::size_t failed = 0;
  for (const CellFacts& cell : analysis.cells) {
    trials += cell.trials;
    failed += cell.failed.size();
  }
  if (analysis.run->trials.empty()) {
    sentences.emplace_back("There is no trial to make figures of");
  } else if (trials == 0) {
    sentences.emplace_back("There are warm-up trials only, which are in no statistic");
  } else if (failed == trials) {
    sentences.push_back(fmt::format(
        "{} failed: there is no figure of a {} that went well",
        trials == 1 ? "The only trial" : fmt::format("All {} trials", trials),
        analysis.balanced ? "trial" : "migration"));
  }
}

void add_unswitched(Sentences& sentences, const CellFacts& cell, const CellMetric& metric) {
  const MetricName name = metric_name(metric.name);
  const auto n = static_cast<double>(metric.summary.n);
  const auto stayed = static_cast<std::size_t>(std::llround(n * (1 - metric.summary.mean)));
  if (name.base == "switched" && stayed > 0) {
    sentences.push_back(fmt::format(
        "{}: {} of {} migrations{} never switched to post-copy: everything was sent before the order was taken or "
        "due, and their figures are those of pre-copy",
        cell.name,
        stayed,
        metric.summary.n,
        name.guest.empty() ? "" : " of " + name.guest));
  }
}

void add_gaps(Sentences& sentences, const CellFacts& cell, const CellMetric& metric) {
  const MetricName name = metric_name(metric.name);
  const auto longest = std::max_element(metric.values.begin(), metric.values.end());
  if (name.base != "statistics_gap" || *longest <= noticeable_gap) {
    return;
  }
  const auto gaps =
      std::count_if(metric.values.begin(), metric.values.end(), [](double value) { return value > noticeable_gap; });
  sentences.push_back(fmt::format(
      "{}: in {} of {} migrations{} the hypervisor told nothing of its progress for more than {:g} s, at most for {} "
      "(trial {}): what models and the bulk rate take from its rounds is known no better than that",
      cell.name,
      gaps,
      metric.values.size(),
      name.guest.empty() ? "" : " of " + name.guest,
      noticeable_gap,
      with_unit(*longest, metric.unit),
      metric.trials[static_cast<std::size_t>(longest - metric.values.begin())]));
}

/// By probe: requests that the client had no room for.
struct Dropped {
  std::size_t requests = 0; // all
  std::size_t dropped = 0;
  std::vector<unsigned> trials;
};

/// Such trials measured the client.
void add_dropped(Sentences& sentences, const CellFacts& cell, const MeasuredRun& run) {
  std::map<std::string, Dropped> probes;
  for (const MeasuredTrial& trial : run.trials) {
    const PlannedTrial& plan = trial.outcome.plan;
    if (plan.cell != cell.cell->number || plan.warm_up) {
      continue;
    }
    for (const auto& [guest, counted] : trial.probes) {
      for (const ProbeCount& probe : counted) {
        Dropped& sum = probes[probe.probe];
        for (const auto& [kind, counts] : probe.ends) {
          const std::size_t count = std::accumulate(counts.begin(), counts.end(), std::size_t{0});
          sum.requests += count;
          sum.dropped += kind == RequestEnd::dropped ? count : 0;
        }
        if (probe.ends.contains(RequestEnd::dropped) && (sum.trials.empty() || sum.trials.back() != plan.number)) {
          sum.trials.push_back(plan.number);
        }
      }
    }
  }
  for (const auto& [probe, sum] : probes) {
    if (sum.dropped > 0) {
      sentences.push_back(fmt::format(
          "{}: {} of {} {} requests were never sent (dropped), in trial{} {}: the client could not keep up, and what "
          "it saw there proves nothing about the guest. Lower load.{}.rate, or give this machine less to do meanwhile",
          cell.name,
          sum.dropped,
          sum.requests,
          probe,
          sum.trials.size() == 1 ? "" : "s",
          in_ranges(sum.trials),
          probe));
    }
  }
}

/// A machine without an idle processor, of which the lab had not all, was too busy: loads come out too low, and
/// migrations take too long.
void add_crowded(Sentences& sentences, const MeasuredTrial& measured) {
  constexpr double full = 0.95;       // of the processors
  constexpr double noticeable = 0.15; // of the processors, for others: clients of the loads take less
  const std::optional<MachineUse>& use = measured.outcome.machine;
  if (!use || use->span <= Nanoseconds(0)) {
    return;
  }
  const auto processors = [&](Nanoseconds time) { return std::chrono::duration<double>(time) / use->span; };
  const double others = processors(use->busy - use->hosts);
  if (processors(use->busy) > full * use->processors && others > noticeable * use->processors) {
    sentences.push_back(fmt::format(
        "Trial {}: this machine's {} processors were busy all the time, and the hosts of the lab had only {:.2f} of "
        "them: others took {:.2f}. What needs processors may have got too little: loads that stay below what they "
        "should be, moves that are not made, migrations that take long. Let nothing else run meanwhile",
        measured.outcome.plan.number,
        use->processors,
        processors(use->hosts),
        others));
  }
}

/// A trial goes on whatever becomes of a move, and of the processes that balance.
void add_troubles(Sentences& sentences, const MeasuredTrial& measured) {
  if (!measured.outcome.balance) {
    return;
  }
  const balancer::BalanceTrace& trace = *measured.outcome.balance;
  const unsigned number = measured.outcome.plan.number;
  std::size_t failed = 0;
  const std::vector<ToldMove> moves = told_moves(trace);
  for (const ToldMove& move : moves) {
    failed += move.result == "ok" ? 0U : 1U;
  }
  if (failed > 0) {
    sentences.push_back(fmt::format("Trial {}: {} of {} moves did not succeed", number, failed, moves.size()));
  }
  if (!trace.notes.empty()) {
    sentences.push_back(fmt::format(
        "Trial {}: the balancer's processes noted {} thing{} (balance_notes.csv), first {}: {}",
        number,
        trace.notes.size(),
        trace.notes.size() == 1 ? "" : "s",
        trace.notes.front().node,
        trace.notes.front().text));
  }
}

} // namespace

std::string counted_trials(const MeasuredRun& run) {
  const std::size_t there = run.trials.size();
  const RunExtent& extent = run.extent;
  if (there < extent.planned) {
    return fmt::format(
        "{} of {}{} trial{}", there, extent.at_most ? "at most " : "", extent.planned, extent.planned == 1 ? "" : "s");
  }
  return fmt::format("{} trial{}", there, there == 1 ? "" : "s");
}

std::vector<std::string> remarks(const Analysis& analysis) {
  Sentences sentences = analysis.run->doubts;
  add_missing(sentences, *analysis.run);
  add_nothing_measured(sentences, analysis);
  for (const CellFacts& cell : analysis.cells) {
    add_dropped(sentences, cell, *analysis.run);
    for (const CellMetric& metric : cell.metrics) {
      add_unswitched(sentences, cell, metric);
      add_gaps(sentences, cell, metric);
    }
  }
  for (const MeasuredTrial& trial : analysis.run->trials) {
    add_crowded(sentences, trial);
    add_troubles(sentences, trial);
  }
  return sentences;
}

} // namespace migralab
