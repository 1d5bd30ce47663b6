// SPDX-License-Identifier: Apache-2.0
#include "facts.hpp"
#include "migralab/report/report.hpp"

#include <nlohmann/json.hpp>

namespace migralab {

namespace {

using Json = nlohmann::ordered_json; // keys in the order in which they are written here

double in_seconds(Nanoseconds span) {
  return std::chrono::duration<double>(span).count();
}
double in_milliseconds(Nanoseconds span) {
  return std::chrono::duration<double, std::milli>(span).count();
}

template <typename Value> Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json();
}

Json downtime_json(const Downtime& downtime) {
  return downtime.kind == Downtime::Kind::measured ? Json(in_milliseconds(downtime.length)) : Json();
}

Json probe_json(const ProbeFacts& probe, Instant origin) {
  Json json{{"downtime_ms", downtime_json(probe.downtime)}};
  json["never_returned"] = probe.downtime.kind == Downtime::Kind::never;
  if (probe.outage) {
    json["outage"] = {
        {"began_s", in_seconds(probe.outage->began - origin)},
        {"ended_s", in_seconds(probe.outage->ended - origin)},
        {"unanswered", probe.outage->unanswered},
        {"delayed", probe.outage->delayed}};
  }
  Json ends = Json::object();
  for (const auto& [end, count] : probe.summary.ends) {
    ends[to_string(end)] = count;
  }
  json["planned"] = probe.summary.planned;
  json["ends"] = std::move(ends);
  json["latency_ms"] = {
      {"p50", in_milliseconds(probe.summary.p50)},
      {"p95", in_milliseconds(probe.summary.p95)},
      {"p99", in_milliseconds(probe.summary.p99)},
      {"maximum", in_milliseconds(probe.summary.maximum)}};
  return json;
}

Json trial_json(const TrialFacts& trial, const std::vector<std::string>& networks, Instant origin) {
  const MigrationRecord& migration = trial.outcome->migration;
  Json json{{"trial", trial.outcome->trial}, {"technique", trial.outcome->technique}};
  json["guest"] = migration.guest;
  json["from"] = migration.from;
  json["to"] = migration.to;
  json["succeeded"] = migration.succeeded;
  if (!migration.succeeded) {
    json["error"] = migration.error;
  }
  json["began_s"] = in_seconds(migration.began - origin);
  json["ended_s"] = in_seconds(migration.ended - origin);
  json["total_s"] = in_seconds(migration.total_time());
  json["hypervisor_downtime_ms"] = downtime_json(trial.hypervisor);
  json["iterations"] = or_null(trial.iterations);
  json["moved_bytes"] = trial.moved ? Json(trial.moved->count) : Json();
  json["probes"] = Json::object();
  for (const ProbeFacts& probe : trial.probes) {
    json["probes"][probe.probe] = probe_json(probe, origin);
  }
  json["network_bytes"] = Json::object();
  for (std::size_t i = 0; i < networks.size(); ++i) {
    json["network_bytes"][networks[i]] = or_null(trial.networks[i]);
  }
  json["completed"] = migration.completed;
  json["events"] = Json::array();
  for (const GuestEvent& event : migration.events) {
    json["events"].push_back({{"at_s", in_seconds(event.at - origin)}, {"host", event.host}, {"event", event.what}});
  }
  return json;
}

Json medians_json(const Medians& medians, const std::vector<std::string>& probes) {
  Json json{{"trials", medians.trials}};
  json["total_s"] = medians.total ? Json(in_seconds(*medians.total)) : Json();
  json["hypervisor_downtime_ms"] = downtime_json(medians.hypervisor);
  for (std::size_t i = 0; i < probes.size(); ++i) {
    json["downtime_ms"][probes[i]] = downtime_json(medians.probes[i]);
  }
  json["iterations"] = or_null(medians.iterations);
  json["moved_bytes"] = medians.moved ? Json(medians.moved->count) : Json();
  return json;
}

} // namespace

std::string render_json(const RunOutcome& run) {
  Json json{{"schema", "migralab.run/1"}, {"experiment", run.experiment}, {"lab", run.lab}};
  json["accelerator"] = run.accelerator;
  json["performance_figures"] = !is_emulated(run);
  json["provenance"] = Json::object();
  for (const auto& [key, value] : run.provenance) {
    json["provenance"][key] = value;
  }
  json["link_rates"] = Json::array();
  for (const LinkRate& rate : run.link_rates) {
    json["link_rates"].push_back(
        {{"network", rate.network},
         {"node", rate.node},
         {"direction", to_string(rate.direction)},
         {"declared_bits_per_s", rate.declared.bits_per_second},
         {"measured_bits_per_s", rate.measured.bits_per_second},
         {"off", rate.off()}});
  }
  json["probes"] = Json::array();
  for (const ProbeTrace& trace : run.traces) {
    json["probes"].push_back(
        {{"probe", trace.probe}, {"interval_ms", in_milliseconds(trace.interval)}, {"requests", trace.samples.size()}});
  }
  const std::vector<std::string> networks = network_names(run);
  json["trials"] = Json::array();
  for (const TrialFacts& trial : facts_of(run)) {
    json["trials"].push_back(trial_json(trial, networks, run.origin));
  }
  json["medians"] = medians_json(medians_of(run), probe_names(run));
  // Messages of other programs are not always UTF-8: then with replacement characters, not without a report.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace migralab
