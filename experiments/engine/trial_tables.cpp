// SPDX-License-Identifier: Apache-2.0
#include "trial_tables.hpp"

#include "migralab/core/csv.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/printable.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <optional>

namespace migralab {

namespace {

using std::chrono::nanoseconds;

GuestOutcome& guest_named(TrialOutcome& trial, const std::string& name) {
  const auto found = std::find_if(
      trial.guests.begin(), trial.guests.end(), [&](const GuestOutcome& guest) { return guest.guest == name; });
  if (found == trial.guests.end()) {
    throw Error(fmt::format("trial.json knows no guest '{}'", quotable(name)));
  }
  return *found;
}

MigrationRecord& migration_of(TrialOutcome& trial, const std::string& guest) {
  GuestOutcome& outcome = guest_named(trial, guest);
  if (!outcome.migration) {
    throw Error(fmt::format("trial.json knows no migration of guest '{}'", quotable(guest)));
  }
  return *outcome.migration;
}

/// Of a table whose rows were written as time went by. `earlier`: nothing where there is none.
Instant in_order(const CsvReader& csv, const char* column, std::optional<Instant> earlier) {
  const Instant at = csv.at(column);
  if (earlier && at < *earlier) {
    csv.refuse(column, "is before that of the row above");
  }
  return at;
}

/// Appends a sample for an instant that is new.
template <typename Sample> Sample& sample_at(std::vector<Sample>& samples, const CsvReader& csv) {
  const Instant at = in_order(csv, "at_s", samples.empty() ? std::nullopt : std::optional(samples.back().at));
  if (samples.empty() || samples.back().at != at) {
    samples.push_back({at, {}});
  }
  return samples.back();
}

RequestEnd end_of(const CsvReader& csv) {
  const std::string& name = csv.text("end");
  for (const RequestEnd end :
       {RequestEnd::answered,
        RequestEnd::late,
        RequestEnd::timed_out,
        RequestEnd::refused,
        RequestEnd::reset,
        RequestEnd::unreachable,
        RequestEnd::bad_reply,
        RequestEnd::dropped}) {
    if (to_string(end) == name) {
      return end;
    }
  }
  csv.refuse("end", "is no end of a request");
}

std::string write_requests(const TrialOutcome& trial) {
  CsvWriter csv(
      trial.origin, {"guest", "probe", "sequence", "planned_s", "sent_s", "answered_s", "end", "bytes", "interval_s"});
  for (const GuestOutcome& guest : trial.guests) {
    for (const ProbeTrace& trace : guest.traces) {
      for (const RequestSample& sample : trace.samples) {
        csv.text(guest.guest).text(trace.probe).number(std::uint64_t{sample.sequence});
        csv.at(sample.planned).at(sample.sent).at(sample.answered).text(to_string(sample.end));
        csv.number(std::uint64_t{sample.bytes}).seconds(trace.interval).end_row();
      }
    }
  }
  return csv.take();
}

std::uint32_t count_32(const CsvReader& csv, const char* column) {
  const std::uint64_t value = csv.count(column);
  if (value > std::numeric_limits<std::uint32_t>::max()) {
    csv.refuse(column, "is too large");
  }
  return static_cast<std::uint32_t>(value);
}

/// Probes ask by a plan, so that each request has its turn after the one before, and no answer comes before it.
RequestSample request_from(const CsvReader& csv, const std::vector<RequestSample>& earlier) {
  RequestSample sample;
  sample.sequence = count_32(csv, "sequence");
  sample.planned = in_order(csv, "planned_s", earlier.empty() ? std::nullopt : std::optional(earlier.back().planned));
  sample.sent = csv.maybe_at("sent_s");
  sample.answered = csv.maybe_at("answered_s");
  sample.end = end_of(csv);
  sample.bytes = count_32(csv, "bytes");
  if (sample.answered && *sample.answered < sample.planned) {
    csv.refuse("answered_s", "is before planned_s");
  }
  if (!sample.answered && (sample.end == RequestEnd::answered || sample.end == RequestEnd::late)) {
    csv.refuse("end", "has no answered_s");
  }
  return sample;
}

void read_requests(const std::string& text, TrialOutcome& trial) {
  CsvReader csv("requests.csv", text, trial.origin);
  while (csv.next()) {
    std::vector<ProbeTrace>& traces = guest_named(trial, csv.text("guest")).traces;
    if (traces.empty() || traces.back().probe != csv.text("probe")) {
      traces.push_back({csv.text("probe"), csv.seconds("interval_s"), {}});
    }
    if (traces.back().interval <= Nanoseconds{}) {
      csv.refuse("interval_s", "is no interval");
    }
    traces.back().samples.push_back(request_from(csv, traces.back().samples));
  }
}

std::string write_job_samples(const TrialOutcome& trial) {
  CsvWriter csv(trial.origin, {"guest", "at_s", "field", "value"});
  for (const GuestOutcome& guest : trial.guests) {
    for (const JobSample& sample : guest.migration ? guest.migration->samples : std::vector<JobSample>{}) {
      for (const auto& [field, value] : sample.values) {
        csv.text(guest.guest).at(sample.at).text(field).number(value).end_row();
      }
    }
  }
  return csv.take();
}

void read_job_samples(const std::string& text, TrialOutcome& trial) {
  CsvReader csv("job_samples.csv", text, trial.origin);
  while (csv.next()) {
    JobSample& sample = sample_at(migration_of(trial, csv.text("guest")).samples, csv);
    sample.values[csv.text("field")] = csv.number("value");
  }
}

std::string write_events(const TrialOutcome& trial) {
  CsvWriter csv(trial.origin, {"guest", "at_s", "host", "event"});
  for (const GuestOutcome& guest : trial.guests) {
    for (const GuestEvent& event : guest.migration ? guest.migration->events : std::vector<GuestEvent>{}) {
      csv.text(guest.guest).at(event.at).text(event.host).text(event.what).end_row();
    }
  }
  return csv.take();
}

void read_events(const std::string& text, TrialOutcome& trial) {
  CsvReader csv("events.csv", text, trial.origin);
  while (csv.next()) {
    migration_of(trial, csv.text("guest")).events.push_back({csv.at("at_s"), csv.text("host"), csv.text("event")});
  }
}

std::string write_counters(const TrialOutcome& trial) {
  CsvWriter csv(
      trial.origin,
      {"at_s",
       "port",
       "received_bytes",
       "sent_bytes",
       "received_packets",
       "sent_packets",
       "received_drops",
       "sent_drops"});
  for (const CounterSample& sample : trial.counters) {
    for (const auto& [port, count] : sample.interfaces) {
      csv.at(sample.at).text(port).number(count.received_bytes).number(count.sent_bytes);
      csv.number(count.received_packets).number(count.sent_packets);
      csv.number(count.received_drops).number(count.sent_drops).end_row();
    }
  }
  return csv.take();
}

void read_counters(const std::string& text, TrialOutcome& trial) {
  CsvReader csv("counters.csv", text, trial.origin);
  while (csv.next()) {
    sample_at(trial.counters, csv).interfaces[csv.text("port")] = {
        csv.count("received_bytes"),
        csv.count("sent_bytes"),
        csv.count("received_packets"),
        csv.count("sent_packets"),
        csv.count("received_drops"),
        csv.count("sent_drops")};
  }
}

std::string write_processors(const TrialOutcome& trial) {
  CsvWriter csv(trial.origin, {"at_s", "host", "used_s"});
  for (const ProcessorSample& sample : trial.processors) {
    for (const auto& [host, used] : sample.used) {
      csv.at(sample.at).text(host).seconds(used).end_row();
    }
  }
  return csv.take();
}

void read_processors(const std::string& text, TrialOutcome& trial) {
  CsvReader csv("processors.csv", text, trial.origin);
  while (csv.next()) {
    const Nanoseconds used = csv.seconds("used_s");
    if (used < Nanoseconds{}) {
      csv.refuse("used_s", "is below 0");
    }
    sample_at(trial.processors, csv).used[csv.text("host")] = used;
  }
}

std::string write_workloads(const TrialOutcome& trial) {
  CsvWriter csv(trial.origin, {"workload", "at_s", "metric", "unit", "value"});
  for (const WorkloadTrace& trace : trial.workloads) {
    for (const WorkloadSample& sample : trace.samples) {
      csv.text(trace.name).at(sample.at).text(sample.metric).text(sample.unit).number(sample.value).end_row();
    }
  }
  return csv.take();
}

void read_workloads(const std::string& text, TrialOutcome& trial) {
  CsvReader csv("workloads.csv", text, trial.origin);
  while (csv.next()) {
    const auto trace = std::find_if(trial.workloads.begin(), trial.workloads.end(), [&](const WorkloadTrace& known) {
      return known.name == csv.text("workload");
    });
    if (trace == trial.workloads.end()) {
      throw Error(fmt::format("trial.json knows no workload '{}'", quotable(csv.text("workload"))));
    }
    trace->samples.push_back({csv.at("at_s"), csv.text("metric"), csv.text("unit"), csv.number("value")});
  }
}

std::string write_packets(const TrialOutcome& trial) {
  CsvWriter csv(trial.origin, {"at_s", "port", "kind", "sender_mac", "sender_ip", "target_ip"});
  for (const PacketSighting& packet : trial.packets) {
    csv.at(packet.at).text(packet.interface).text(packet.kind);
    csv.text(packet.sender_mac).text(packet.sender_ip).text(packet.target_ip).end_row();
  }
  return csv.take();
}

void read_packets(const std::string& text, TrialOutcome& trial) {
  CsvReader csv("packets.csv", text, trial.origin);
  while (csv.next()) {
    trial.packets.push_back(
        {csv.at("at_s"),
         csv.text("port"),
         csv.text("kind"),
         csv.text("sender_mac"),
         csv.text("sender_ip"),
         csv.text("target_ip")});
  }
}

std::string write_bridges(const TrialOutcome& trial) {
  CsvWriter csv(trial.origin, {"when", "at_s", "mac", "port"});
  for (const BridgeSnapshot& snapshot : trial.bridges) {
    for (const BridgeEntry& entry : snapshot.entries) {
      csv.text(snapshot.when).at(snapshot.at).text(entry.mac).text(entry.port).end_row();
    }
  }
  return csv.take();
}

void read_bridges(const std::string& text, TrialOutcome& trial) {
  CsvReader csv("bridges.csv", text, trial.origin);
  while (csv.next()) {
    if (trial.bridges.empty() || trial.bridges.back().when != csv.text("when")) {
      trial.bridges.push_back({csv.at("at_s"), csv.text("when"), {}});
    }
    trial.bridges.back().entries.push_back({csv.text("mac"), csv.text("port")});
  }
}

std::string write_link_rates(const TrialOutcome& trial) {
  CsvWriter csv(trial.origin, {"network", "node", "direction", "declared_bits_per_second", "measured_bits_per_second"});
  for (const LinkRate& rate : trial.link_rates) {
    csv.text(rate.network).text(rate.node).text(to_string(rate.direction));
    csv.number(rate.declared.bits_per_second).number(rate.measured.bits_per_second).end_row();
  }
  return csv.take();
}

void read_link_rates(const std::string& text, TrialOutcome& trial) {
  CsvReader csv("link_rates.csv", text, trial.origin);
  while (csv.next()) {
    const bool up = csv.text("direction") == to_string(LinkRate::Direction::up);
    if (!up && csv.text("direction") != to_string(LinkRate::Direction::down)) {
      csv.refuse("direction", "is none");
    }
    const LinkRate& rate = trial.link_rates.emplace_back(LinkRate{
        csv.text("network"),
        csv.text("node"),
        up ? LinkRate::Direction::up : LinkRate::Direction::down,
        {csv.count("declared_bits_per_second")},
        {csv.count("measured_bits_per_second")}});
    if (rate.declared.bits_per_second == 0) {
      csv.refuse("declared_bits_per_second", "is no rate");
    }
  }
}

} // namespace

const std::vector<TrialTable>& trial_tables() {
  static const std::vector<TrialTable> tables{
      {"requests.csv", write_requests, read_requests},
      {"job_samples.csv", write_job_samples, read_job_samples},
      {"events.csv", write_events, read_events},
      {"counters.csv", write_counters, read_counters},
      {"processors.csv", write_processors, read_processors},
      {"workloads.csv", write_workloads, read_workloads},
      {"packets.csv", write_packets, read_packets},
      {"bridges.csv", write_bridges, read_bridges},
      {"link_rates.csv", write_link_rates, read_link_rates},
  };
  return tables;
}

} // namespace migralab
