// SPDX-License-Identifier: Apache-2.0
#include "csv.hpp"

#include "facts.hpp"

#include <fmt/format.h>
#include <iterator>

namespace migralab {

namespace {

class CsvTable {
public:
  CsvTable(Instant origin, const std::vector<std::string>& header) : origin_(origin) {
    for (const std::string& name : header) {
      text(name);
    }
    end_row();
  }

  CsvTable& text(std::string_view field) {
    separate();
    if (field.find_first_of(",\"\r\n") == std::string_view::npos) {
      buffer_.append(field);
      return *this;
    }
    buffer_.push_back('"');
    for (const char letter : field) {
      if (letter == '"') {
        buffer_.push_back('"');
      }
      buffer_.push_back(letter);
    }
    buffer_.push_back('"');
    return *this;
  }

  template <typename Number> CsvTable& number(Number value) {
    separate();
    fmt::format_to(std::back_inserter(buffer_), "{}", value);
    return *this;
  }
  template <typename Number> CsvTable& number(const std::optional<Number>& value) {
    return value ? number(*value) : empty();
  }

  /// Whole nanoseconds, written exactly.
  CsvTable& seconds(Nanoseconds span) { return decimal(span.count(), 1'000'000'000, 9); }
  CsvTable& milliseconds(Nanoseconds span) { return decimal(span.count(), 1'000'000, 6); }
  CsvTable& at(Instant instant) { return seconds(instant - origin_); }
  CsvTable& at(const std::optional<Instant>& instant) { return instant ? at(*instant) : empty(); }

  CsvTable& empty() {
    separate();
    return *this;
  }

  void end_row() {
    buffer_.push_back('\n');
    row_begins_ = true;
  }

  [[nodiscard]] std::string take() { return fmt::to_string(buffer_); }

private:
  void separate() {
    if (!row_begins_) {
      buffer_.push_back(',');
    }
    row_begins_ = false;
  }

  CsvTable& decimal(std::int64_t count, std::int64_t unit, int digits) {
    separate();
    const std::int64_t whole = count < 0 ? -count : count;
    fmt::format_to(
        std::back_inserter(buffer_), "{}{}.{:0{}}", count < 0 ? "-" : "", whole / unit, whole % unit, digits);
    return *this;
  }

  Instant origin_;
  fmt::memory_buffer buffer_;
  bool row_begins_ = true;
};

void add_downtime(CsvTable& table, const Downtime& downtime) {
  if (downtime.kind == Downtime::Kind::measured) {
    table.milliseconds(downtime.length);
  } else {
    table.empty();
  }
}

void add_probe(CsvTable& table, const ProbeFacts& probe) {
  add_downtime(table, probe.downtime);
  table.at(probe.outage ? std::optional(probe.outage->began) : std::nullopt);
  table.at(probe.outage ? std::optional(probe.outage->ended) : std::nullopt);
  table.text(probe.downtime.kind == Downtime::Kind::never ? "true" : "false");
  const TraceSummary& summary = probe.summary;
  const auto late = summary.ends.find(RequestEnd::late);
  table.number(summary.planned).number(probe.failed).number(late == summary.ends.end() ? 0 : late->second);
  table.milliseconds(summary.p50).milliseconds(summary.p95).milliseconds(summary.p99).milliseconds(summary.maximum);
}

} // namespace

std::string requests_csv(const RunOutcome& run) {
  CsvTable table(run.origin, {"probe", "sequence", "planned_s", "sent_s", "answered_s", "latency_ms", "end", "bytes"});
  for (const ProbeTrace& trace : run.traces) {
    for (const RequestSample& sample : trace.samples) {
      table.text(trace.probe).number(sample.sequence).at(sample.planned).at(sample.sent).at(sample.answered);
      if (sample.answered) {
        table.milliseconds(*sample.answered - sample.planned);
      } else {
        table.empty();
      }
      table.text(to_string(sample.end)).number(sample.bytes).end_row();
    }
  }
  return table.take();
}

std::string job_samples_csv(const RunOutcome& run) {
  CsvTable table(run.origin, {"trial", "at_s", "field", "value"});
  for (const TrialOutcome& trial : run.trials) {
    for (const JobSample& sample : trial.migration.samples) {
      for (const auto& [field, value] : sample.values) {
        table.number(trial.trial).at(sample.at).text(field).number(value).end_row();
      }
    }
  }
  return table.take();
}

std::string events_csv(const RunOutcome& run) {
  CsvTable table(run.origin, {"trial", "at_s", "guest", "host", "event"});
  for (const TrialOutcome& trial : run.trials) {
    for (const GuestEvent& event : trial.migration.events) {
      table.number(trial.trial).at(event.at).text(trial.migration.guest).text(event.host).text(event.what).end_row();
    }
  }
  return table.take();
}

std::string network_csv(const RunOutcome& run) {
  CsvTable table(
      run.origin,
      {"at_s",
       "network",
       "node",
       "received_bytes",
       "sent_bytes",
       "received_packets",
       "sent_packets",
       "received_drops",
       "sent_drops"});
  for (const CounterSample& sample : run.counters) {
    for (const auto& [interface, count] : sample.interfaces) {
      const std::size_t dot = interface.find('.');
      table.at(sample.at).text(interface.substr(0, dot));
      table.text(dot == std::string::npos ? "" : std::string_view(interface).substr(dot + 1));
      table.number(count.received_bytes).number(count.sent_bytes);
      table.number(count.received_packets).number(count.sent_packets);
      table.number(count.received_drops).number(count.sent_drops).end_row();
    }
  }
  return table.take();
}

std::string link_rates_csv(const RunOutcome& run) {
  CsvTable table(run.origin, {"network", "node", "direction", "declared_bits_per_s", "measured_bits_per_s", "off"});
  for (const LinkRate& rate : run.link_rates) {
    table.text(rate.network).text(rate.node).text(to_string(rate.direction));
    table.number(rate.declared.bits_per_second).number(rate.measured.bits_per_second);
    table.text(rate.off() ? "true" : "false").end_row();
  }
  return table.take();
}

std::string trials_csv(const RunOutcome& run) {
  std::vector<std::string> header{
      "trial",
      "accelerator",
      "technique",
      "guest",
      "from",
      "to",
      "succeeded",
      "error",
      "began_s",
      "ended_s",
      "total_s",
      "hypervisor_downtime_ms",
      "iterations",
      "moved_bytes"};
  for (const std::string& probe : probe_names(run)) {
    for (const char* column :
         {"downtime_ms",
          "outage_began_s",
          "outage_ended_s",
          "never_returned",
          "planned",
          "failed",
          "late",
          "p50_ms",
          "p95_ms",
          "p99_ms",
          "maximum_ms"}) {
      header.push_back(probe + "_" + column);
    }
  }
  for (const std::string& network : network_names(run)) {
    header.push_back(network + "_network_bytes");
  }
  CsvTable table(run.origin, header);
  for (const TrialFacts& trial : facts_of(run)) {
    const MigrationRecord& migration = trial.outcome->migration;
    table.number(trial.outcome->trial).text(run.accelerator).text(trial.outcome->technique);
    table.text(migration.guest).text(migration.from).text(migration.to);
    table.text(migration.succeeded ? "true" : "false").text(migration.error);
    table.at(migration.began).at(migration.ended).seconds(migration.total_time());
    add_downtime(table, trial.hypervisor);
    table.number(trial.iterations);
    table.number(trial.moved ? std::optional(trial.moved->count) : std::nullopt);
    for (const ProbeFacts& probe : trial.probes) {
      add_probe(table, probe);
    }
    for (const std::optional<std::uint64_t>& bytes : trial.networks) {
      table.number(bytes);
    }
    table.end_row();
  }
  return table.take();
}

} // namespace migralab
