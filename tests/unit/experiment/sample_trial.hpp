// SPDX-License-Identifier: Apache-2.0
// A trial with something in every corner, for tests.
#pragma once

#include "migralab/experiment/outcome.hpp"

namespace migralab::test {

/// A guest "web" that moves from h1 to h2 between 2 s and 4 s, standing still from 3.0 s to 3.1 s; a udp probe with a
/// request every 10 ms from 0 s to 6 s; a workload "disk" that tells 10, 20, ..., 60 MB/s at 0.5 s, 1.5 s, ...
inline TrialOutcome sample_trial(unsigned number = 1, Instant origin = Instant(std::chrono::hours(3))) {
  using namespace std::chrono_literals;
  TrialOutcome trial;
  trial.plan = {.number = number, .cell = 1, .block = number, .leg = 1, .warm_up = false};
  trial.began_at = "2026-11-26T10:00:00.000Z";
  trial.accelerator = "tcg";
  trial.machine = MachineUse{.processors = 2, .span = 2s, .busy = 3s, .hosts = 1500ms};
  trial.origin = origin;
  trial.before = origin;
  trial.during = origin + 2s;
  trial.after = origin + 4s;
  trial.end = origin + 6s;

  GuestOutcome& guest = trial.guests.emplace_back();
  guest.guest = "web";
  MigrationRecord& migration = guest.migration.emplace();
  migration.guest = "web";
  migration.from = "h1";
  migration.to = "h2";
  migration.began = trial.during;
  migration.ended = trial.after;
  migration.succeeded = true;
  migration.completed = {{"downtime", 98}, {"memory_iteration", 3}, {"memory_processed", 1e8}, {"setup_time", 2.5}};
  migration.samples = {
      {trial.during + 25ms, {{"memory_remaining", 2e8}, {"memory_iteration", 1}}},
      {trial.during + 50ms, {{"memory_remaining", 1.5e8}, {"memory_iteration", 1}}}};
  migration.events = {{trial.during + 1s, "h1", "suspended (migrated)"}, {trial.during + 1100ms, "h2", "resumed"}};

  guest.dirty_rates = {{1s, Bytes::mib(16)}, {2s, Bytes::mib(12)}};
  ProbeTrace trace{.probe = "udp", .interval = 10ms, .samples = {}};
  for (std::uint32_t i = 0; i < 600; ++i) {
    RequestSample sample;
    sample.sequence = i;
    sample.planned = origin + i * 10ms;
    sample.sent = sample.planned + 1us;
    const bool still = sample.planned >= origin + 3s && sample.planned < origin + 3100ms;
    if (!still) {
      sample.answered = sample.planned + 2ms;
      sample.end = RequestEnd::answered;
      sample.bytes = 16;
    }
    trace.samples.push_back(sample);
  }
  guest.traces.push_back(trace);

  WorkloadTrace disk{
      .name = "disk",
      .kind = "dbench",
      .node = "web",
      .began = origin,
      .ended = trial.end,
      .samples = {},
      .error = "",
      .output = "warm\nsix, \"lines\"\n"};
  for (int i = 0; i < 6; ++i) {
    disk.samples.push_back({origin + 500ms + i * 1s, "throughput", "MB/s", 10.0 * (i + 1)});
  }
  trial.workloads.push_back(disk);

  trial.counters = {
      {origin, {{"lan.h1", {.received_bytes = 1000, .sent_bytes = 1, .received_packets = 2}}}},
      {origin + 6s, {{"lan.h1", {.received_bytes = 51000, .sent_bytes = 1, .received_packets = 9}}}}};
  trial.processors = {{origin, {{"h1", 1s}, {"h2", 2s}}}, {origin + 6s, {{"h1", 4s}, {"h2", 2s}}}};
  trial.packets = {{origin + 3100ms, "lan.h2", "rarp", "52:54:00:00:00:01", "", ""}};
  trial.bridges = {{trial.during, "before", {{"52:54:00:00:00:01", "lan.h1"}}}};
  trial.hosts = {{"h2", {{"kernel", "Linux 6.1"}, {"xen", "4.17.5"}}}};
  trial.link_rates = {{"lan", "h1", LinkRate::Direction::down, {1'000'000'000}, {998'000'000}}};
  return trial;
}

} // namespace migralab::test
