// SPDX-License-Identifier: Apache-2.0
#include "trial_files.hpp"

#include "migralab/core/error.hpp"
#include "trial_tables.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace migralab {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* schema = "migralab.trial/1";

/// Instants of trial.json are whole nanoseconds since the trial's origin, under keys that end in _ns.
struct Times {
  Instant origin;

  [[nodiscard]] std::int64_t of(Instant instant) const { return Nanoseconds(instant - origin).count(); }
  [[nodiscard]] Instant at(const Json& value) const { return origin + Nanoseconds(value.get<std::int64_t>()); }
};

Json migration_json(const MigrationRecord& migration, const Times& times) {
  return {
      {"from", migration.from},
      {"to", migration.to},
      {"began_ns", times.of(migration.began)},
      {"ended_ns", times.of(migration.ended)},
      {"succeeded", migration.succeeded},
      {"error", migration.error},
      {"completed", migration.completed}};
}

MigrationRecord migration_from(const std::string& guest, const Json& json, const Times& times) {
  MigrationRecord migration;
  migration.guest = guest;
  migration.from = json.at("from");
  migration.to = json.at("to");
  migration.began = times.at(json.at("began_ns"));
  migration.ended = times.at(json.at("ended_ns"));
  migration.succeeded = json.at("succeeded");
  migration.error = json.at("error");
  migration.completed = json.at("completed").get<std::map<std::string, double>>();
  return migration;
}

Json trial_json(const TrialOutcome& trial) {
  const Times times{trial.origin};
  Json json{
      {"schema", schema},
      {"trial", trial.plan.number},
      {"cell", trial.plan.cell},
      {"block", trial.plan.block},
      {"leg", trial.plan.leg},
      {"warm_up", trial.plan.warm_up},
      {"began_at", trial.began_at},
      {"accelerator", trial.accelerator},
      {"before_ns", times.of(trial.before)},
      {"during_ns", times.of(trial.during)},
      {"after_ns", times.of(trial.after)},
      {"end_ns", times.of(trial.end)},
      {"error", trial.error}};
  json["guests"] = Json::array();
  for (const GuestOutcome& guest : trial.guests) {
    Json entry{{"guest", guest.guest}};
    for (const DirtyRate& rate : guest.dirty_rates) {
      entry["dirty_rates"].push_back({{"period_s", rate.period.count()}, {"bytes_per_s", rate.per_second.count}});
    }
    if (guest.migration) {
      entry["migration"] = migration_json(*guest.migration, times);
    }
    json["guests"].push_back(std::move(entry));
  }
  json["workloads"] = Json::array();
  for (const WorkloadTrace& trace : trial.workloads) {
    json["workloads"].push_back(
        {{"name", trace.name},
         {"kind", trace.kind},
         {"node", trace.node},
         {"began_ns", times.of(trace.began)},
         {"ended_ns", times.of(trace.ended)},
         {"error", trace.error}});
  }
  return json;
}

TrialOutcome trial_from_json(const Json& json) {
  if (json.at("schema") != schema) {
    throw Error(fmt::format("it is of schema {}, this migralab reads {}", json.at("schema").dump(), schema));
  }
  const Times times{};
  TrialOutcome trial;
  trial.plan.number = json.at("trial");
  trial.plan.cell = json.at("cell");
  trial.plan.block = json.at("block");
  trial.plan.leg = json.at("leg");
  trial.plan.warm_up = json.at("warm_up");
  trial.began_at = json.at("began_at");
  trial.accelerator = json.at("accelerator");
  trial.before = times.at(json.at("before_ns"));
  trial.during = times.at(json.at("during_ns"));
  trial.after = times.at(json.at("after_ns"));
  trial.end = times.at(json.at("end_ns"));
  trial.error = json.at("error");
  for (const Json& entry : json.at("guests")) {
    GuestOutcome& guest = trial.guests.emplace_back();
    guest.guest = entry.at("guest");
    for (const Json& rate : entry.value("dirty_rates", Json::array())) {
      guest.dirty_rates.push_back(
          {std::chrono::seconds(rate.at("period_s").get<std::int64_t>()),
           {rate.at("bytes_per_s").get<std::uint64_t>()}});
    }
    if (entry.contains("migration")) {
      guest.migration = migration_from(guest.guest, entry.at("migration"), times);
    }
  }
  for (const Json& entry : json.at("workloads")) {
    WorkloadTrace& trace = trial.workloads.emplace_back();
    trace.name = entry.at("name");
    trace.kind = entry.at("kind");
    trace.node = entry.at("node");
    trace.began = times.at(entry.at("began_ns"));
    trace.ended = times.at(entry.at("ended_ns"));
    trace.error = entry.at("error");
  }
  return trial;
}

std::string log_name(const WorkloadTrace& trace) {
  return "workload-" + trace.name + ".log";
}

const std::string& file_of(const TrialFiles& files, const std::string& name) {
  const auto found = files.find(name);
  if (found == files.end()) {
    throw Error(fmt::format("{} is missing", name));
  }
  return found->second;
}

} // namespace

TrialFiles files_of(const TrialOutcome& trial) {
  TrialFiles files{{"trial.json", trial_json(trial).dump(2, ' ', false, Json::error_handler_t::replace) + "\n"}};
  for (const TrialTable& table : trial_tables()) {
    files[table.file] = table.write(trial);
  }
  for (const WorkloadTrace& trace : trial.workloads) {
    files[log_name(trace)] = trace.output;
  }
  return files;
}

TrialOutcome trial_from(const TrialFiles& files) {
  TrialOutcome trial;
  try {
    trial = trial_from_json(Json::parse(file_of(files, "trial.json")));
  } catch (const Json::exception& error) {
    throw Error(fmt::format("trial.json is damaged: {}", error.what()));
  }
  for (const TrialTable& table : trial_tables()) {
    table.read(file_of(files, table.file), trial);
  }
  for (WorkloadTrace& trace : trial.workloads) {
    trace.output = file_of(files, log_name(trace));
  }
  return trial;
}

} // namespace migralab
