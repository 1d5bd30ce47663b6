// SPDX-License-Identifier: Apache-2.0
#include "trial_json.hpp"

#include "json_fields.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/printable.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* schema = "migralab.trial/2";

/// Instants of trial.json are whole nanoseconds since the trial's origin, under keys that end in _ns.
struct Times {
  Instant origin;

  [[nodiscard]] std::int64_t of(Instant instant) const { return Nanoseconds(instant - origin).count(); }
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

Instant instant_of(const JsonFields& fields, const char* key) {
  return Instant() + Nanoseconds(fields.whole(key));
}

/// Of one that cannot be before another.
Instant instant_after(const JsonFields& fields, const char* earlier, const char* key) {
  if (fields.whole(key) < fields.whole(earlier)) {
    fields.refuse(key, fmt::format("is before {}", earlier));
  }
  return instant_of(fields, key);
}

MigrationRecord migration_from(const std::string& guest, const JsonFields& fields) {
  MigrationRecord migration;
  migration.guest = guest;
  migration.from = fields.text("from");
  migration.to = fields.text("to");
  migration.began = instant_of(fields, "began_ns");
  migration.ended = instant_after(fields, "began_ns", "ended_ns");
  migration.succeeded = fields.flag("succeeded");
  migration.error = fields.text("error");
  migration.completed = fields.numbers("completed");
  return migration;
}

DirtyRate dirty_rate_from(const JsonFields& fields) {
  const std::int64_t period = fields.whole("period_s");
  if (period <= 0) {
    fields.refuse("period_s", "is no time to measure over");
  }
  return {std::chrono::seconds(period), {fields.count("bytes_per_s")}};
}

GuestOutcome guest_from(const JsonFields& fields) {
  GuestOutcome guest;
  guest.guest = fields.text("guest");
  for (const JsonFields& rate : fields.has("dirty_rates") ? fields.list("dirty_rates") : std::vector<JsonFields>()) {
    guest.dirty_rates.push_back(dirty_rate_from(rate));
  }
  if (fields.has("migration")) {
    guest.migration = migration_from(guest.guest, fields.object("migration"));
  }
  return guest;
}

MachineUse machine_from(const JsonFields& fields) {
  return {
      .processors = static_cast<unsigned>(fields.count("processors")),
      .span = Nanoseconds(fields.count("span_ns")),
      .busy = Nanoseconds(fields.count("busy_ns")),
      .hosts = Nanoseconds(fields.count("hosts_ns"))};
}

WorkloadTrace workload_from(const JsonFields& fields) {
  WorkloadTrace trace;
  trace.name = fields.text("name");
  trace.kind = fields.text("kind");
  trace.node = fields.text("node");
  trace.began = instant_of(fields, "began_ns");
  trace.ended = instant_after(fields, "began_ns", "ended_ns");
  trace.error = fields.text("error");
  return trace;
}

} // namespace

std::string trial_json(const TrialOutcome& trial) {
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
  if (trial.balance) {
    json["balanced"] = true;
  }
  if (trial.machine) {
    json["machine"] = {
        {"processors", trial.machine->processors},
        {"span_ns", trial.machine->span.count()},
        {"busy_ns", trial.machine->busy.count()},
        {"hosts_ns", trial.machine->hosts.count()}};
  }
  for (const auto& [host, facts] : trial.hosts) {
    for (const auto& [name, value] : facts) {
      json["hosts"][host][name] = value;
    }
  }
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
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

TrialOutcome trial_from_json(const std::string& text) {
  const Json json = parse_json(text);
  const JsonFields fields(json);
  if (fields.text("schema") != schema) {
    throw Error(fmt::format("it is of schema {}, this migralab reads {}", quotable(fields.text("schema")), schema));
  }
  TrialOutcome trial;
  trial.plan = {
      .number = fields.number("trial"),
      .cell = fields.number("cell"),
      .block = fields.number("block"),
      .leg = fields.number("leg"),
      .warm_up = fields.flag("warm_up")};
  trial.began_at = fields.text("began_at");
  trial.accelerator = fields.text("accelerator");
  trial.before = instant_of(fields, "before_ns");
  trial.during = instant_after(fields, "before_ns", "during_ns");
  trial.after = instant_after(fields, "during_ns", "after_ns");
  trial.end = instant_after(fields, "after_ns", "end_ns");
  trial.error = fields.text("error");
  if (fields.has("balanced") && fields.flag("balanced")) {
    trial.balance.emplace(); // its tables are files of their own
  }
  if (fields.has("machine")) {
    trial.machine = machine_from(fields.object("machine"));
  }
  if (fields.has("hosts")) {
    const JsonFields hosts = fields.object("hosts");
    for (const auto& host : json.at("hosts").items()) {
      trial.hosts[host.key()] = hosts.texts(host.key().c_str());
    }
  }
  for (const JsonFields& guest : fields.list("guests")) {
    trial.guests.push_back(guest_from(guest));
  }
  for (const JsonFields& workload : fields.list("workloads")) {
    trial.workloads.push_back(workload_from(workload));
  }
  return trial;
}

} // namespace migralab
