// SPDX-License-Identifier: Apache-2.0
// A RunOutcome made by hand: three trials, of which one failed, with texts that need quoting and escaping.
#pragma once

#include "migralab/experiment/outcome.hpp"

namespace migralab::test {

using namespace std::chrono_literals;

inline constexpr Instant origin = Instant(5000s);

inline MigrationRecord sample_migration(const std::string& from, const std::string& to, Nanoseconds began) {
  MigrationRecord migration;
  migration.guest = "web";
  migration.from = from;
  migration.to = to;
  migration.began = origin + began;
  migration.ended = origin + began + 1200ms;
  migration.succeeded = true;
  migration.samples = {
      {origin + began + 100ms, {{"memory_remaining", 268435456.0}, {"memory_dirty_rate", 12.5}}},
      {origin + began + 125ms, {{"memory_remaining", 134217728.0}}}};
  migration.completed = {
      {"data_processed", 41943040.0}, {"downtime", 45.0}, {"memory_iteration", 3.0}, {"memory_processed", 41000000.0}};
  migration.events = {
      {origin + began + 1100ms, from, "suspended (migrated)"}, {origin + began + 1145ms, to, "resumed (migrated)"}};
  return migration;
}

inline TraceSummary sample_summary(std::size_t answered, std::size_t timed_out) {
  TraceSummary summary;
  summary.planned = answered + timed_out + 1;
  summary.ends = {{RequestEnd::answered, answered}, {RequestEnd::late, 1}, {RequestEnd::timed_out, timed_out}};
  summary.p50 = 350us;
  summary.p95 = 900us;
  summary.p99 = 41ms;
  summary.maximum = 2100ms;
  return summary;
}

/// One request every 100 ms for 10 s; those planned while a guest was away are lost or queued.
inline ProbeTrace sample_trace(const std::string& probe) {
  ProbeTrace trace{probe, 100ms, {}};
  for (std::uint32_t i = 0; i < 100; ++i) {
    RequestSample sample;
    sample.sequence = i;
    sample.planned = origin + i * 100ms;
    sample.sent = sample.planned + 10us;
    if (i % 40 == 20) {
      sample.end = probe == "udp" ? RequestEnd::timed_out : RequestEnd::refused;
    } else {
      sample.answered = sample.planned + 300us + (i % 7) * 50us + (i % 40 == 21 ? 60ms : 0ms);
      sample.end = RequestEnd::answered;
      sample.bytes = probe == "udp" ? 16 : 1234;
    }
    trace.samples.push_back(sample);
  }
  return trace;
}

inline RunOutcome sample_run() {
  RunOutcome run;
  run.experiment = "ping-pong";
  run.lab = "two-hosts";
  run.accelerator = "tcg";
  run.origin = origin;
  run.provenance = {
      {"accelerator", "tcg"}, {"qemu", "QEMU emulator version 7.2 \"Debian\""}, {"kernel", "Linux <6.1> & more"}};
  run.link_rates = {
      {"client", "h1", LinkRate::Direction::up, BitRate{1'000'000'000}, BitRate{998'400'000}},
      {"client", "h1", LinkRate::Direction::down, BitRate{1'000'000'000}, BitRate{870'000'000}}};
  run.traces = {sample_trace("udp"), sample_trace("http")};
  for (int i = 0; i <= 40; ++i) {
    const auto step = static_cast<std::uint64_t>(i);
    CounterSample sample{origin + i * 250ms, {}};
    sample.interfaces["client.h1"] = {step * 50'000, step * 40'000, step * 100, step * 90};
    sample.interfaces["migration.h1"] = {i > 8 ? std::uint64_t{21'000'000} : 1'000, 2'000, 7, 8};
    sample.interfaces["migration.h2"] = {3'000, i > 8 ? std::uint64_t{20'000'000} : 500, 9, 10};
    run.counters.push_back(sample);
  }

  TrialOutcome first;
  first.trial = 1;
  first.migration = sample_migration("h1", "h2", 1s);
  first.outages["udp"] = {origin + 2s + 100ms, origin + 2s + 152ms + 500us, 40, 12};
  first.outages["http"] = {origin + 2s + 90ms, origin + 2s + 170ms, 0, 4};
  first.never_returned = {{"udp", false}, {"http", false}};
  first.summary = {{"udp", sample_summary(2950, 49)}, {"http", sample_summary(148, 1)}};
  first.network_bytes = {{"client", 2'000'000}, {"migration", 43'000'000}};

  TrialOutcome second = first;
  second.trial = 2;
  second.migration = sample_migration("h2", "h1", 5s);
  second.migration.ended += 300ms;
  second.migration.completed.erase("data_processed");
  second.migration.completed["downtime"] = 61.5;
  second.outages.erase("http");
  second.outages["udp"] = {origin + 6s + 100ms, origin + 6s + 171ms, 60, 9};

  TrialOutcome third = first;
  third.trial = 3;
  third.migration = sample_migration("h1", "h2", 8s);
  third.migration.succeeded = false;
  third.migration.error = "operation failed: job 'migration out' said \"no\", <qemu> & co";
  third.migration.completed.clear();
  third.outages.clear();
  third.never_returned["udp"] = true;
  third.network_bytes = {{"migration", 512}};

  run.trials = {first, second, third};
  return run;
}

} // namespace migralab::test
