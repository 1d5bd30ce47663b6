// SPDX-License-Identifier: Apache-2.0
// Which metrics a trial can have, by what the experiment asks for (metrics.cpp makes them).
#include "migralab/core/spelling.hpp"
#include "migralab/workload/kind.hpp"
#include "sections.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace migralab {

namespace {

const std::set<std::string> of_migrations{
    "total_time",
    "downtime.hypervisor",
    "rounds",
    "moved",
    "setup_time",
    "succeeded",
    "switched",
    "bulk.rate",
    "bulk.share",
    "statistics_gap"};
const std::set<std::string> phases{"before", "during", "after", "whole"};
const std::set<std::string> probes{"udp", "push", "http"};
const std::set<std::string>
    of_probes_in_phases{"rate", "failed", "response_p50", "response_p95", "response_p99", "response_max"};
const std::set<std::string> of_probes{
    "total_loss_seconds",
    "unresponsive_metric",
    "total_missing_seconds",
    "seconds_dropped_below_0_percent",
    "seconds_dropped_below_50_percent",
    "seconds_dropped_below_90_percent",
    "degradation_percent"};

std::pair<std::string, std::string> split(const std::string& name) {
  const std::size_t dot = name.find('.');
  return {name.substr(0, dot), dot == std::string::npos ? "" : name.substr(dot + 1)};
}

/// "lan.before", of "network.lan.before".
bool ends_with_phase(const std::string& rest) {
  const std::size_t dot = rest.rfind('.');
  return dot != std::string::npos && dot > 0 && phases.contains(rest.substr(dot + 1));
}

/// Why no trial can have a metric, and what to do.
struct Refusal {
  std::string why;
  std::string hint;
};

class Measured {
public:
  explicit Measured(const ExperimentDraft& draft) : draft_(draft) {}

  [[nodiscard]] std::optional<Refusal> refusal(const std::string& name) const {
    const std::string own = without_guest(name);
    const auto [first, rest] = split(own);
    if (first == "network" || first == "processors") {
      return ends_with_phase(rest) ? std::nullopt
                                   : std::optional(Refusal{
                                         "",
                                         fmt::format(
                                             "write {}.{}.whole, or one of before, during, after in place of whole",
                                             first,
                                             first == "network" ? "NETWORK" : "HOST")});
    }
    if (first == "balance") {
      return asked_for(draft_.balance_where.has_value(), "balance", "no balancer runs", "add 'balance: ferreira-2013'");
    }
    const bool of_a_guest = of_migrations.contains(own) || own == "downtime.guest";
    if (of_a_guest && own == name && draft_.routes.size() > 1) {
      return Refusal{
          "several guests move, and each has its own",
          fmt::format("write '{}:{}', or another guest's", draft_.routes.front().guest, name)};
    }
    if (of_migrations.contains(own)) {
      return asked_for(draft_.moves, "migration", "nothing moves ('migration: none')", "measure something else");
    }
    if (first == "dirty_rate") {
      return asked_for(draft_.dirty_rate, "dirty_rate", "it is not asked for", "add 'dirty_rate: true'");
    }
    if (own == "downtime.guest") {
      return asked_for(draft_.gaps, "gaps", "no guest looks for gaps", "add 'gaps: true'");
    }
    const bool of_outage = first == "downtime" || first == "returned";
    const std::string probe = of_outage ? rest : first;
    if (probes.contains(probe) && !of_outage && !has_of_probe(rest)) {
      std::vector<std::string> known(of_probes.begin(), of_probes.end());
      for (const std::string& metric : of_probes_in_phases) {
        known.push_back(metric + ".whole");
      }
      return Refusal{"", suggest(rest, known, fmt::format("A {} load has", probe))};
    }
    if (probes.contains(probe) && draft_.balance_where) {
      return Refusal{"a balancer's guests are not probed", "measure something of 'balance', or of a workload"};
    }
    if (probes.contains(probe)) {
      return asked_for(
          has_probe(probe),
          "load",
          fmt::format("there is no {} load", probe),
          fmt::format("add 'load: {{{}: }}', or measure something else", probe));
    }
    return refusal_of_workload(own);
  }

private:
  /// "web:total_time" is the total time of one of several guests.
  [[nodiscard]] std::string without_guest(const std::string& name) const {
    for (const GuestRoute& route : draft_.routes) {
      if (draft_.routes.size() > 1 && name.starts_with(route.guest + ":")) {
        return name.substr(route.guest.size() + 1);
      }
    }
    return name;
  }

  static bool has_of_probe(const std::string& rest) {
    const auto [metric, phase] = split(rest);
    return of_probes.contains(rest) || (of_probes_in_phases.contains(metric) && phases.contains(phase));
  }

  [[nodiscard]] bool has_probe(const std::string& probe) const {
    return probe == "udp"    ? draft_.udp_rate.has_value()
           : probe == "push" ? draft_.push_rate.has_value()
                             : draft_.http.has_value();
  }

  /// Some cell may ask for what the file does not.
  [[nodiscard]] std::optional<Refusal>
  asked_for(bool asked, const std::string& key, const std::string& why, const std::string& hint) const {
    const bool varies = std::any_of(draft_.factor_drafts.begin(), draft_.factor_drafts.end(), [&](const auto& factor) {
      return split(factor.path.value).first == key;
    });
    return asked || varies ? std::nullopt : std::optional(Refusal{why, hint});
  }

  [[nodiscard]] std::optional<Refusal> refusal_of_workload(const std::string& name) const {
    std::vector<std::string> known{
        "total_time",
        "downtime.hypervisor",
        "downtime.udp",
        "downtime.push",
        "downtime.http",
        "downtime.guest",
        "rounds",
        "moved"};
    for (const WorkloadSpec& workload : draft_.all_workloads) {
      for (const WorkloadMetric& metric : workload_kind(workload.kind).metrics) {
        const std::string series = workload.name + "." + metric.name;
        for (const std::string& phase : phases) {
          const bool corrected = metric.unit.ends_with("/s") && name == series + ".corrected." + phase;
          if (corrected || name == series + "." + phase) {
            return std::nullopt;
          }
        }
        known.push_back(series + ".whole");
      }
    }
    if (!draft_.workloads_known) {
      return std::nullopt;
    }
    return Refusal{"", suggest(name, known, "Metrics of this experiment, among others")};
  }

  const ExperimentDraft& draft_;
};

} // namespace

void check_metrics(Diagnostics& diagnostics, const ExperimentDraft& draft) {
  std::vector<Located<std::string>> metrics;
  if (draft.metric_where) {
    metrics.push_back({draft.stop.metric, *draft.metric_where});
  }
  for (const PublishedDraft& value : draft.published_drafts) {
    if (!value.metric.value.empty()) {
      metrics.push_back(value.metric);
    }
  }
  const Measured measured(draft);
  for (const Located<std::string>& metric : metrics) {
    if (const auto refusal = measured.refusal(metric.value)) {
      diagnostics.error(
          metric.where,
          refusal->why.empty() ? fmt::format("there is no metric '{}'", metric.value)
                               : fmt::format("no trial has the metric '{}': {}", metric.value, refusal->why),
          refusal->hint);
    }
  }
}

} // namespace migralab
