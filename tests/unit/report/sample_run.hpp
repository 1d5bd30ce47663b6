// SPDX-License-Identifier: Apache-2.0
// A run made by hand: techniques against each other, one migration that failed, one value that stands apart (and the
// hypervisor silent meanwhile), one warm-up block; texts that need quoting and escaping.
#pragma once

#include "migralab/experiment/run_folder.hpp"
#include "migralab/report/report.hpp"
#include "support/golden.hpp"

#include <cmath>

namespace migralab::test {

using namespace std::chrono_literals;

inline constexpr const char* sample_experiment = R"(experiment: two-techniques
topology: quickstart.lab.yaml
about: "Pre-copy & post-copy, 100 % by hand."
guest: web
route: [h2, h1]
repetitions: 4
warm_up: 1
seed: 7
client: client
factors:
  technique: {path: migration.technique, levels: [pre-copy, post-copy]}
load:
  udp: {rate: 100/s}
  http: {rate: 20/s, path: /}
published:
  source: "Nobody 2099, table 1"
  differs: "Theirs is made up; so is ours."
  values:
    - {what: total time, metric: total_time, cell: {technique: pre-copy}, value: 1500, unit: ms}
    - {what: total time, metric: total_time, cell: {technique: post-copy}, value: 1.1, unit: s}
)";

/// The noise of trial `number`, from -1 to 1, the same on every machine.
inline double noise(unsigned number, unsigned which) {
  const unsigned mixed = (number * 2654435761U + which * 40503U) >> 7U;
  return static_cast<double>(mixed % 2001U) / 1000.0 - 1;
}

inline ProbeTrace sample_trace(const std::string& probe, const TrialOutcome& trial, Instant from, Instant to) {
  const Nanoseconds interval = probe == "udp" ? 10ms : 50ms;
  ProbeTrace trace{probe, interval, {}};
  std::uint32_t sequence = 0;
  for (Instant planned = trial.origin; planned < trial.end; planned += interval) {
    RequestSample sample;
    sample.sequence = sequence++;
    sample.planned = planned;
    sample.sent = planned + 10us;
    const bool away = planned >= from && planned < to;
    if (away && probe == "udp") {
      sample.end = RequestEnd::timed_out;
    } else {
      const bool busy = planned >= trial.during && planned < trial.after;
      sample.answered = planned + (busy ? 900us : 400us) + (sequence * 37 % 19) * 20us + (away ? to - planned : 0ms);
      sample.end = RequestEnd::answered;
      sample.bytes = probe == "udp" ? 16 : 1234;
    }
    trace.samples.push_back(sample);
  }
  return trace;
}

inline TrialOutcome sample_trial(unsigned number, unsigned cell, unsigned block, unsigned leg) {
  TrialOutcome trial;
  trial.plan = {.number = number, .cell = cell, .block = block, .leg = leg, .warm_up = block == 1};
  trial.began_at = "2026-11-26T10:00:00.000Z";
  trial.accelerator = "tcg";
  trial.origin = Instant(5000s);
  trial.before = trial.origin + 1s;
  trial.during = trial.before + 2s;
  const auto micro = [](double ms) { return std::chrono::microseconds(static_cast<std::int64_t>(ms * 1000)); };
  const bool post = cell == 2;
  const double total_ms = (post ? 1150 : 1400) + 60 * noise(number, 1) + (number == 9 ? 900 : 0);
  const double down_ms = (post ? 30 : 90) + 8 * noise(number, 2);
  trial.after = trial.during + micro(total_ms);
  trial.end = trial.after + 2s;

  GuestOutcome& guest = trial.guests.emplace_back();
  guest.guest = "web";
  MigrationRecord& migration = guest.migration.emplace();
  migration.guest = "web";
  migration.from = leg == 1 ? "h1" : "h2";
  migration.to = leg == 1 ? "h2" : "h1";
  migration.began = trial.during;
  migration.ended = trial.after;
  for (Instant at = migration.began; at < migration.ended; at += 25ms) {
    const bool silent = number == 9 && at > migration.began + 300ms && at < migration.began + 1600ms;
    if (!silent) {
      migration.samples.push_back({at, {{"memory_remaining", 1}}});
    }
  }
  const Instant stopped = post ? trial.during + 150ms : trial.after - micro(down_ms + 5);
  const Instant resumed = stopped + micro(down_ms);
  if (number == 12) {
    migration.error = "operation failed: job 'migration out' said \"no\", <qemu> & 100 % _co_";
    guest.traces = {
        sample_trace("udp", trial, trial.end, trial.end), sample_trace("http", trial, trial.end, trial.end)};
  } else {
    migration.succeeded = true;
    migration.completed = {
        {"downtime", std::round(down_ms)},
        {"memory_iteration", post ? 1 : 3},
        {"memory_processed", 95e6 + 1e6 * noise(number, 3)},
        {"setup_time", 4}};
    migration.events = {
        {stopped, migration.from, "suspended (migrated)"}, {resumed, migration.to, "resumed (migrated)"}};
    if (post && number != 13) { // one that QEMU finished before it took the order
      migration.events.insert(migration.events.begin() + 1, {stopped, migration.from, switched_to_post_copy});
    }
    guest.traces = {
        sample_trace("udp", trial, stopped, resumed + 40ms), sample_trace("http", trial, stopped, resumed + 100ms)};
  }

  WorkloadTrace disk{"disk", "dbench", "web", trial.origin, trial.end, {}, "", "six, \"lines\"\n"};
  for (int i = 0; i < 12; ++i) {
    const Instant at = trial.origin + i * 500ms;
    const bool busy = at >= trial.during && at < trial.after;
    disk.samples.push_back({at, "throughput", "MB/s", (busy ? 21 : 36) + noise(number, static_cast<unsigned>(10 + i))});
  }
  trial.workloads = {disk};
  for (Instant at = trial.origin; at < trial.end; at += 50ms) {
    const double moved =
        std::clamp(std::chrono::duration<double>(at - trial.during) / (trial.after - trial.during), 0.0, 1.0);
    const double lived = std::chrono::duration<double>(at - trial.origin).count();
    CounterSample counters{at, {}};
    counters.interfaces["lan.h1"].received_bytes = static_cast<std::uint64_t>(95e6 * moved + 20e3 * lived);
    counters.interfaces["lan.client"].received_bytes = static_cast<std::uint64_t>(30e3 * lived);
    trial.counters.push_back(counters);
    const auto used = [&](double share) { return Nanoseconds(static_cast<std::int64_t>(share * 1e9)); };
    trial.processors.push_back(
        {at, {{"h1", used(0.4 * lived + 0.6 * moved)}, {"h2", used(0.1 * lived + 0.5 * moved)}}});
  }
  trial.packets = {
      {resumed + 3ms, "lan.h2", "rarp", "52:54:00:00:00:01", "", ""},
      {resumed + 60ms, "lan.h2", "gratuitous arp", "52:54:00:00:00:01", "10.10.0.5", "10.10.0.5"}};
  trial.link_rates = {
      {"lan", "h1", LinkRate::Direction::up, {1'000'000'000}, {998'000'000 - number * 100'000}},
      {"lan", "h1", LinkRate::Direction::down, {1'000'000'000}, {number == 3 ? 870'000'000U : 997'000'000U}}};
  return trial;
}

/// Five blocks (the first: warm-up) of two cells with two legs each.
inline RunRecord sample_record() {
  RunRecord run;
  const std::filesystem::path topology = source_path("topologies/quickstart.lab.yaml");
  Diagnostics diagnostics("sample.exp.yaml", sample_experiment);
  run.experiment = parse_experiment(sample_experiment, topology.parent_path() / "sample.exp.yaml", diagnostics);
  diagnostics.throw_if_errors();
  run.created_at = "2026-11-26T09:59:00.000Z";
  run.provenance = {
      {"accelerator", "tcg"}, {"qemu", "QEMU emulator version 7.2 \"Debian\""}, {"kernel", "Linux <6.1> & more"}};
  run.cells = cells_of(run.experiment, {.file = topology, .text = read_text(topology)});
  unsigned number = 0;
  for (unsigned block = 1; block <= 5; ++block) {
    for (const unsigned cell : block % 2 == 0 ? std::array{2U, 1U} : std::array{1U, 2U}) {
      for (unsigned leg = 1; leg <= 2; ++leg) {
        ++number;
        run.trials.push_back(sample_trial(number, cell, block, leg));
      }
    }
  }
  return run;
}

inline MeasuredRun sample_run() {
  return measured(sample_record());
}

/// In a folder, as `migralab run` leaves it.
inline void write_sample_run(const std::filesystem::path& folder) {
  const RunRecord run = sample_record();
  const RunFolder place = RunFolder::create(folder, run, read_text(source_path("topologies/quickstart.lab.yaml")), "");
  for (const TrialOutcome& trial : run.trials) {
    place.write(trial);
  }
}

} // namespace migralab::test
