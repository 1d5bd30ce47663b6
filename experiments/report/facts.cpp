// SPDX-License-Identifier: Apache-2.0
#include "facts.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace migralab {

namespace {

void add_name(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    names.push_back(name);
  }
}

std::optional<std::uint64_t> final_statistic(const MigrationRecord& migration, const std::string& field) {
  const auto found = migration.completed.find(field);
  if (found == migration.completed.end() || found->second < 0) {
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(found->second);
}

ProbeFacts probe_facts(const TrialOutcome& trial, const std::string& probe) {
  ProbeFacts facts;
  facts.probe = probe;
  const auto summary = trial.summary.find(probe);
  const auto never = trial.never_returned.find(probe);
  const auto outage = trial.outages.find(probe);
  if (outage != trial.outages.end()) {
    facts.outage = outage->second;
    facts.downtime = {Downtime::Kind::measured, outage->second.length()};
  } else if (summary != trial.summary.end()) {
    facts.downtime.kind = Downtime::Kind::none;
  }
  if (never != trial.never_returned.end() && never->second) {
    facts.downtime = {Downtime::Kind::never, {}};
  }
  if (summary != trial.summary.end()) {
    facts.summary = summary->second;
    for (const auto& [end, count] : summary->second.ends) {
      facts.failed += end == RequestEnd::answered || end == RequestEnd::late ? 0 : count;
    }
  }
  return facts;
}

TrialFacts trial_facts(
    const TrialOutcome& trial, const std::vector<std::string>& probes, const std::vector<std::string>& networks) {
  TrialFacts facts;
  facts.outcome = &trial;
  if (const auto downtime = trial.migration.hypervisor_downtime()) {
    facts.hypervisor = {Downtime::Kind::measured, *downtime};
  }
  for (const std::string& probe : probes) {
    facts.probes.push_back(probe_facts(trial, probe));
  }
  facts.iterations = final_statistic(trial.migration, "memory_iteration");
  auto moved = final_statistic(trial.migration, "data_processed");
  moved = moved ? moved : final_statistic(trial.migration, "memory_processed");
  if (moved) {
    facts.moved = Bytes{*moved};
  }
  for (const std::string& network : networks) {
    std::optional<std::uint64_t> bytes;
    for (const NetworkBytes& carried : trial.network_bytes) {
      if (carried.network == network) {
        bytes = bytes.value_or(0) + carried.bytes;
      }
    }
    facts.networks.push_back(bytes);
  }
  return facts;
}

std::optional<double> median(std::vector<double> values) {
  if (values.empty()) {
    return std::nullopt;
  }
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

Nanoseconds whole_ns(double value) { return Nanoseconds(std::llround(value)); }

/// The median of what `value` says of each trial, leaving out those of which it says nothing.
template <typename Value> std::optional<double> median_of(const std::vector<TrialFacts>& trials, Value value) {
  std::vector<double> values;
  for (const TrialFacts& trial : trials) {
    if (const std::optional<double> known = value(trial)) {
      values.push_back(*known);
    }
  }
  return median(std::move(values));
}

template <typename Value> Downtime median_downtime(const std::vector<TrialFacts>& trials, Value downtime_of) {
  std::vector<Downtime> known;
  for (const TrialFacts& trial : trials) {
    if (downtime_of(trial).kind != Downtime::Kind::unknown) {
      known.push_back(downtime_of(trial));
    }
  }
  if (known.empty()) {
    return {};
  }
  const auto rank = [](const Downtime& downtime) { return std::pair(downtime.kind, downtime.length); };
  std::sort(known.begin(), known.end(), [&](const Downtime& a, const Downtime& b) { return rank(a) < rank(b); });
  const Downtime& upper = known[known.size() / 2];
  const Downtime& lower = known[(known.size() - 1) / 2];
  // There is no middle between a time and "none" or "never": the worse of the two stands.
  return lower.kind == upper.kind ? Downtime{upper.kind, (lower.length + upper.length) / 2} : upper;
}

std::optional<Bytes> whole_bytes(std::optional<double> value) {
  return value ? std::optional(Bytes{static_cast<std::uint64_t>(std::llround(*value))}) : std::nullopt;
}

template <typename Integer> std::optional<double> as_double(const std::optional<Integer>& value) {
  return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
}

} // namespace

std::string to_string(const Downtime& downtime) {
  switch (downtime.kind) {
  case Downtime::Kind::unknown:
    return "-";
  case Downtime::Kind::none:
    return "none";
  case Downtime::Kind::measured:
    return human(downtime.length);
  case Downtime::Kind::never:
    return "never";
  }
  return "-";
}

std::vector<std::string> probe_names(const RunOutcome& run) {
  std::vector<std::string> names;
  for (const ProbeTrace& trace : run.traces) {
    add_name(names, trace.probe);
  }
  for (const TrialOutcome& trial : run.trials) {
    for (const auto& [probe, summary] : trial.summary) {
      add_name(names, probe);
    }
  }
  return names;
}

std::vector<std::string> network_names(const RunOutcome& run) {
  std::vector<std::string> names;
  for (const TrialOutcome& trial : run.trials) {
    for (const NetworkBytes& carried : trial.network_bytes) {
      add_name(names, carried.network);
    }
  }
  return names;
}

std::vector<TrialFacts> facts_of(const RunOutcome& run) {
  const std::vector<std::string> probes = probe_names(run);
  const std::vector<std::string> networks = network_names(run);
  std::vector<TrialFacts> facts;
  for (const TrialOutcome& trial : run.trials) {
    facts.push_back(trial_facts(trial, probes, networks));
  }
  return facts;
}

Medians medians_of(const RunOutcome& run) {
  std::vector<TrialFacts> trials = facts_of(run);
  std::erase_if(trials, [](const TrialFacts& trial) { return !trial.outcome->migration.succeeded; });

  Medians medians;
  medians.trials = trials.size();
  if (const auto total = median_of(trials, [](const TrialFacts& trial) {
        return std::optional(static_cast<double>(trial.outcome->migration.total_time().count()));
      })) {
    medians.total = whole_ns(*total);
  }
  medians.hypervisor = median_downtime(trials, [](const TrialFacts& trial) { return trial.hypervisor; });
  medians.iterations = median_of(trials, [](const TrialFacts& trial) { return as_double(trial.iterations); });
  medians.moved = whole_bytes(median_of(trials, [](const TrialFacts& trial) {
    return trial.moved ? std::optional(static_cast<double>(trial.moved->count)) : std::nullopt;
  }));
  for (std::size_t i = 0; i < probe_names(run).size(); ++i) {
    medians.probes.push_back(median_downtime(trials, [i](const TrialFacts& trial) { return trial.probes[i].downtime; }));
    medians.failed.push_back(median_of(
        trials, [i](const TrialFacts& trial) { return std::optional(static_cast<double>(trial.probes[i].failed)); }));
  }
  for (std::size_t i = 0; i < network_names(run).size(); ++i) {
    medians.networks.push_back(
        whole_bytes(median_of(trials, [i](const TrialFacts& trial) { return as_double(trial.networks[i]); })));
  }
  return medians;
}

bool is_emulated(const RunOutcome& run) { return run.accelerator == "tcg"; }

std::string accelerator_note(const RunOutcome& run) {
  const std::string named = "accelerator: " + (run.accelerator.empty() ? std::string("unknown") : run.accelerator);
  return is_emulated(run) ? named + "; software emulation (TCG): correct, but not performance figures" : named;
}

} // namespace migralab
