// SPDX-License-Identifier: Apache-2.0
#include "migralab/experiment/metrics.hpp"

#include "balance_metrics.hpp"
#include "bulk_round.hpp"
#include "metric_list.hpp"
#include "migralab/measure/disruption.hpp"
#include "migralab/measure/outage.hpp"
#include "migralab/measure/phases.hpp"
#include "migralab/workload/kind.hpp"
#include "network_bytes.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace migralab {

namespace {

std::optional<double> statistic(const MigrationRecord& migration, const std::string& field) {
  const auto found = migration.completed.find(field);
  if (found == migration.completed.end() || found->second < 0) {
    return std::nullopt;
  }
  return found->second;
}

/// The hypervisor is asked again and again how far the migration is, and answers when it gets round to it.
Nanoseconds longest_statistics_gap(const MigrationRecord& migration) {
  Nanoseconds longest{};
  Instant last = migration.began;
  for (const JobSample& sample : migration.samples) {
    longest = std::max(longest, sample.at - last);
    last = sample.at;
  }
  return std::max(longest, migration.ended - last);
}

void add_migration(MetricList& list, const std::string& of, const MigrationRecord& migration) {
  list.add(of + "succeeded", "", migration.succeeded ? 1 : 0);
  if (!migration.succeeded) {
    return;
  }
  list.add(of + "total_time", "s", in_seconds(migration.total_time()));
  if (const auto downtime = migration.hypervisor_downtime()) {
    list.add(of + "downtime.hypervisor", "ms", in_milliseconds(*downtime));
  }
  list.add(of + "rounds", "", statistic(migration, "memory_iteration"));
  auto moved = statistic(migration, "data_processed");
  moved = moved ? moved : statistic(migration, "memory_processed");
  list.add(of + "moved", "B", moved);
  list.add(of + "setup_time", "ms", statistic(migration, "setup_time"));
  if (!migration.samples.empty()) {
    list.add(of + "statistics_gap", "s", in_seconds(longest_statistics_gap(migration)));
  }
}

/// A guest that has moved before QEMU took the order to switch went by pre-copy.
void add_switch(MetricList& list, const std::string& of, const MigrationRecord& migration, Technique technique) {
  if (!migration.succeeded || (technique != Technique::post_copy && technique != Technique::hybrid)) {
    return;
  }
  const bool switched = std::any_of(migration.events.begin(), migration.events.end(), [](const GuestEvent& event) {
    return event.what == switched_to_post_copy;
  });
  list.add(of + "switched", "", switched ? 1 : 0);
}

void add_bulk_round(
    MetricList& list,
    const std::string& of,
    const TrialOutcome& trial,
    const MigrationRecord& migration,
    const Topology& topology) {
  if (!migration.succeeded) {
    return;
  }
  if (const auto round = bulk_round(trial, migration, topology)) {
    list.add(of + "bulk.rate", "Mbit/s", round->bits_per_second / 1e6);
    list.add(of + "bulk.share", "%", round->share ? std::optional(100 * *round->share) : std::nullopt);
  }
}

void add_probe(MetricList& list, const std::string& of, const ProbeTrace& trace, const TrialOutcome& trial) {
  const std::string probe = of + trace.probe;
  const bool returned = !never_returned(trace, trial.after);
  list.add(of + "returned." + trace.probe, "", returned ? 1 : 0);
  if (returned) {
    const auto outage = longest_outage(trace, trial.during, trial.end);
    list.add(of + "downtime." + trace.probe, "ms", outage ? in_milliseconds(outage->length()) : 0);
  }
  for (const Phase& phase : phases_of(trial)) {
    const TraceSummary summary = summarize(trace, phase.from, phase.to);
    std::size_t answered = 0;
    for (const auto& [end, count] : summary.ends) {
      answered += end == RequestEnd::answered || end == RequestEnd::late ? count : 0;
    }
    const PhaseSummary came = phase_summary(trace, phase.from, phase.to);
    list.add(fmt::format("{}.rate.{}", probe, phase.name), "1/s", came.rate);
    list.add(fmt::format("{}.failed.{}", probe, phase.name), "", static_cast<double>(summary.planned - answered));
    if (answered > 0) {
      list.add(fmt::format("{}.response_p50.{}", probe, phase.name), "ms", in_milliseconds(summary.p50));
      list.add(fmt::format("{}.response_p95.{}", probe, phase.name), "ms", in_milliseconds(summary.p95));
      list.add(fmt::format("{}.response_p99.{}", probe, phase.name), "ms", in_milliseconds(summary.p99));
      list.add(fmt::format("{}.response_max.{}", probe, phase.name), "ms", in_milliseconds(summary.maximum));
    }
  }
}

/// A point has a hundred planned requests, so that one answer more or less is no loss of five percent.
constexpr int requests_in_a_point = 100;

/// PerfKitBenchmarker's losses, by its names.
void add_disruption(MetricList& list, const std::string& probe, const ProbeTrace& trace, const TrialOutcome& trial) {
  if (trial.after <= trial.during || trial.during <= trial.before || trace.interval <= Nanoseconds{}) {
    return; // nothing disturbed the guest, nothing was measured before, or the probe has no plan
  }
  const auto disruption = disruption_of(
      answer_rate(trace, trial.before, trial.end, trace.interval * requests_in_a_point),
      {.from = trial.before, .began = trial.during, .ended = trial.after, .to = trial.end});
  if (!disruption) {
    return;
  }
  list.add(probe + ".total_loss_seconds", "s", disruption->total_loss_seconds);
  list.add(probe + ".unresponsive_metric", "s", disruption->unresponsive);
  list.add(probe + ".total_missing_seconds", "s", disruption->total_missing_seconds);
  for (const std::size_t percent : {0U, 50U, 90U}) {
    list.add(
        fmt::format("{}.seconds_dropped_below_{}_percent", probe, percent),
        "s",
        disruption->seconds_below.at(percent / 10));
  }
  list.add(probe + ".degradation_percent", "%", disruption->degradation_percent);
}

/// Processor time used by a host between the last sample before `from` and the first after `to`, per second.
std::optional<double>
processors_used(const std::vector<ProcessorSample>& samples, const std::string& host, Phase phase) {
  const ProcessorSample* first = nullptr;
  const ProcessorSample* last = nullptr;
  for (const ProcessorSample& sample : samples) {
    if (!sample.used.contains(host)) {
      continue;
    }
    if (sample.at <= phase.from || first == nullptr) {
      first = &sample;
    }
    if (last == nullptr || last->at < phase.to) {
      last = &sample;
    }
  }
  if (first == nullptr || last->at <= first->at) {
    return std::nullopt;
  }
  return 100 * in_seconds(last->used.at(host) - first->used.at(host)) / in_seconds(last->at - first->at);
}

void add_processors(MetricList& list, const TrialOutcome& trial) {
  std::set<std::string> hosts;
  for (const ProcessorSample& sample : trial.processors) {
    for (const auto& [host, used] : sample.used) {
      hosts.insert(host);
    }
  }
  for (const std::string& host : hosts) {
    for (const Phase& phase : phases_of(trial)) {
      list.add(fmt::format("processors.{}.{}", host, phase.name), "%", processors_used(trial.processors, host, phase));
    }
  }
}

void add_networks(MetricList& list, const TrialOutcome& trial, const Topology& topology) {
  if (trial.counters.empty()) {
    return;
  }
  for (const Phase& phase : phases_of(trial)) {
    for (const NetworkBytes& bytes : bytes_between(trial.counters, topology, phase.from, phase.to)) {
      list.add(fmt::format("network.{}.{}", bytes.network, phase.name), "B", static_cast<double>(bytes.bytes));
    }
  }
}

/// How much of a phase the guest that a workload runs in was not stopped for its migration, by the hypervisor's
/// account; nothing where it did not move, or that is not told.
std::optional<double> share_running(const WorkloadTrace& trace, const TrialOutcome& trial, const Phase& phase) {
  for (const GuestOutcome& guest : trial.guests) {
    const auto stopped = guest.guest == trace.node && guest.migration && guest.migration->succeeded
                             ? guest.migration->hypervisor_downtime()
                             : std::nullopt;
    if (stopped) {
      const bool within = phase.from <= trial.during && phase.to >= trial.after; // it stops between these
      return within ? std::max(0.0, 1 - in_seconds(*stopped) / phase.seconds()) : 1;
    }
  }
  return std::nullopt;
}

/// What a workload told while measuring went on: the mean of its samples in each phase. A rate that is told in a guest
/// is one by the guest's clock, which stands still while the guest is stopped: beside it what it is by ours.
void add_workload(MetricList& list, const WorkloadTrace& trace, const TrialOutcome& trial) {
  std::vector<std::pair<std::string, std::string>> kinds; // metric and unit, as they first came
  for (const WorkloadSample& sample : trace.samples) {
    const std::pair kind(sample.metric, sample.unit);
    if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) {
      kinds.push_back(kind);
    }
  }
  for (const auto& [metric, unit] : kinds) {
    std::vector<std::pair<Phase, double>> means;
    for (const Phase& phase : phases_of(trial)) {
      double sum = 0;
      std::size_t count = 0;
      for (const WorkloadSample& sample : trace.samples) {
        if (sample.metric == metric && sample.at >= phase.from && sample.at < phase.to) {
          sum += sample.value;
          ++count;
        }
      }
      if (count > 0) {
        means.emplace_back(phase, sum / static_cast<double>(count));
        list.add(fmt::format("{}.{}.{}", trace.name, metric, phase.name), unit, means.back().second);
      }
    }
    for (const auto& [phase, mean] : means) {
      const auto share = unit.ends_with("/s") ? share_running(trace, trial, phase) : std::nullopt;
      if (share) {
        list.add(fmt::format("{}.{}.corrected.{}", trace.name, metric, phase.name), unit, mean * *share);
      }
    }
  }
}

/// How long the guest itself saw that it stood still.
void add_guest_downtime(MetricList& list, const TrialOutcome& trial) {
  for (const WorkloadTrace& trace : trial.workloads) {
    if (trace.name != gaps_of(trace.node)) {
      continue;
    }
    if (const auto downtime = guest_downtime(trace, trial.during, trial.after)) {
      list.add((trial.guests.size() > 1 ? trace.node + ":" : "") + "downtime.guest", "ms", in_milliseconds(*downtime));
    }
  }
}

} // namespace

double in_seconds(Nanoseconds span) {
  return std::chrono::duration<double>(span).count();
}

double in_milliseconds(Nanoseconds span) {
  return std::chrono::duration<double, std::milli>(span).count();
}

std::string gaps_of(const std::string& guest) {
  return "gaps." + guest;
}

std::vector<Phase> phases_of(const TrialOutcome& trial) {
  std::vector<Phase> phases{
      {"before", trial.before, trial.during},
      {"during", trial.during, trial.after},
      {"after", trial.after, trial.end},
      {"whole", trial.before, trial.end}};
  std::erase_if(phases, [](const Phase& phase) { return phase.to <= phase.from; });
  return phases;
}

std::vector<Metric> metrics_of(const TrialOutcome& trial, const Cell& cell) {
  MetricList list;
  for (const GuestOutcome& guest : trial.guests) {
    const std::string of = trial.guests.size() > 1 ? guest.guest + ":" : "";
    if (guest.migration) {
      add_migration(list, of, *guest.migration);
      add_switch(list, of, *guest.migration, cell.experiment.migration.technique);
      add_bulk_round(list, of, trial, *guest.migration, cell.topology);
    }
    for (const DirtyRate& rate : guest.dirty_rates) {
      list.add(
          fmt::format("{}dirty_rate.{}s", of, rate.period.count()), "B/s", static_cast<double>(rate.per_second.count));
    }
    for (const ProbeTrace& trace : guest.traces) {
      add_probe(list, of, trace, trial);
      add_disruption(list, of + trace.probe, trace, trial);
    }
  }
  if (trial.after > trial.during) {
    add_guest_downtime(list, trial);
  }
  add_balance(list, trial, cell);
  add_networks(list, trial, cell.topology);
  add_processors(list, trial);
  for (const WorkloadTrace& trace : trial.workloads) {
    if (trace.name != gaps_of(trace.node)) {
      add_workload(list, trace, trial);
    }
  }
  return list.take();
}

std::optional<double> value_of(const std::vector<Metric>& metrics, const std::string& name) {
  const auto found =
      std::find_if(metrics.begin(), metrics.end(), [&](const Metric& metric) { return metric.name == name; });
  return found == metrics.end() ? std::nullopt : std::optional(found->value);
}

} // namespace migralab
