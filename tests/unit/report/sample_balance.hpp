// SPDX-License-Identifier: Apache-2.0
// A run with a balancer, made by hand: without one beside the published policy; a move, one that failed and one that
// was refused; a trial in which nothing told anything, and one that failed before there was a balancer.
#pragma once

#include "migralab/balance/decision_json.hpp"
#include "migralab/balance/policy.hpp"
#include "migralab/balancer/trace_files.hpp"
#include "sample_run.hpp"

#include <nlohmann/json.hpp>

namespace migralab::test {

inline constexpr const char* balance_topology = R"(lab: three
networks:
  lan: {subnet: 192.168.91.0/24, rate: 1Gbit/s}
storage:
  central: {type: iscsi, networks: {lan: 192.168.91.180}}
hosts:
  h39: {memory: 2560MiB, networks: {lan: 192.168.91.39}}
  h59: {memory: 2560MiB, networks: {lan: 192.168.91.59}}
  h61: {memory: 2560MiB, networks: {lan: 192.168.91.61}}
clients:
  observer: {networks: {lan: 192.168.91.2}}
guests:
  centos59: {memory: 256MiB, host: h59, disk: {storage: central, size: 64MiB}}
  centos59-2: {memory: 256MiB, host: h59, disk: {storage: central, size: 64MiB}}
  centos59-3: {memory: 256MiB, host: h59, disk: {storage: central, size: 64MiB}}
  centos61: {memory: 256MiB, host: h61, disk: {storage: central, size: 64MiB}}
)";

inline constexpr const char* balance_experiment = R"(experiment: one-overloaded
topology: three.lab.yaml
about: "A guest gets busy & its host is full."
balance: {policy: none, for: 1min}
client: observer
repetitions: 3
factors:
  policy: {path: balance.policy, levels: [none, ferreira-2013]}
published:
  source: "Nobody 2099, table 2"
  differs: "All of it."
  values:
    - {what: it goes to h61, metric: balance.to.h61.centos59-3, cell: {policy: ferreira-2013}, value: 1}
    - {what: it stays, metric: balance.to.h39.centos59-3, cell: {policy: none}, value: 0}
    - {what: highest average, metric: balance.highest_cpu.h59, cell: {policy: none}, value: 91.39, unit: "%"}
)";

/// The cluster of the publication's first experiment (tables 7.1 and 7.2).
inline balance::Cluster published_cluster() {
  return {
      .hosts =
          {{.name = "h39", .load = {0.0095, 0.196, 0}},
           {.name = "h59", .load = {0.9139, 0.46, 0}},
           {.name = "h61", .load = {0.4598, 0.244, 0}}},
      .guests =
          {{.name = "centos59", .host = 1, .load = {0.2984, 0.4938, 0}, .image_mb = 388.12},
           {.name = "centos59-2", .host = 1, .load = {0.3720, 0.1040, 0}, .image_mb = 81.74},
           {.name = "centos59-3", .host = 1, .load = {0.1689, 0.0988, 0}, .image_mb = 50.58},
           {.name = "centos61", .host = 2, .load = {0.2511, 0.1243, 0.0681}, .image_mb = 97.71}},
      .groups = {}};
}

inline nlohmann::ordered_json json_of(const balance::Load& load) {
  return {{"cpu", load.cpu}, {"mem", load.mem}, {"net", load.net}};
}

/// A line of balance_rounds.jsonl.
inline std::string round_text(
    std::uint64_t number,
    Nanoseconds at,
    const balance::Cluster& cluster,
    const std::vector<std::string>& settings = {}) {
  balance::Policy policy = balance::make_policy("ferreira-2013", settings);
  nlohmann::ordered_json line{
      {"at_ns", at.count()},
      {"round", number},
      {"asked_by", {"h59"}},
      {"took_ms", 1.5},
      {"left_out", nlohmann::ordered_json::array()},
      {"doubts", nlohmann::ordered_json::array()},
      {"held_back", ""},
      {"guests", nlohmann::ordered_json::array()}};
  for (const balance::Guest& guest : cluster.guests) {
    line["guests"].push_back(
        {{"guest", guest.name},
         {"host", cluster.hosts[guest.host].name},
         {"load", json_of(guest.load)},
         {"image_mb", guest.image_mb}});
  }
  line["decision"] = nlohmann::ordered_json::parse(balance::to_json(
      policy.decide(cluster, Instant()), cluster, "ferreira-2013", policy.parameters(), balance::Layout::one_line));
  return line.dump();
}

/// Four rounds: a move; nowhere to go to, twice; all is well, but a host is missing.
inline std::string rounds_text() {
  balance::Cluster full = published_cluster();
  for (balance::Host& host : full.hosts) {
    host.load.mem = 0.84;
  }
  balance::Cluster calm = published_cluster();
  calm.hosts[1].load.cpu = 0.5;
  auto last = nlohmann::ordered_json::parse(round_text(4, 45s, calm));
  last["left_out"] = {{{"host", "h39"}, {"why", "no INFO within 1 s"}}};
  return round_text(1, 25s, published_cluster()) + "\n" + round_text(2, 30s, full) + "\n" + round_text(3, 35s, full) +
         "\n" + last.dump() + "\n";
}

/// Every 5 s, for a minute; from 20 s on h59 is busy. `moved`: when centos59-3 came to h61.
inline std::vector<balancer::LoadSample> balance_samples(Instant zero, std::optional<Nanoseconds> moved) {
  std::vector<balancer::LoadSample> samples;
  std::map<std::string, balance::Smoother> averages;
  const balance::Cluster cluster = published_cluster();
  for (Nanoseconds at = 5s; at <= 60s; at += 5s) {
    const bool away = moved && at > *moved;
    for (const balance::Host& host : cluster.hosts) {
      const double busy = at < 20s ? 0.55 : away ? 0.78 : 0.97;
      const double swing = 0.02 * std::sin(static_cast<double>(at.count()));
      const double cpu = host.name == "h59" ? busy : host.load.cpu + (away && host.name == "h61" ? 0.17 : 0);
      const balance::Load load{.cpu = cpu + swing, .mem = host.load.mem, .net = 0.01};
      const balance::Load average = averages.try_emplace(host.name, 0.6).first->second.add(load);
      samples.push_back({.at = zero + at, .host = host.name, .guest = {}, .load = load, .average = average});
      for (const balance::Guest& guest : cluster.guests) {
        const bool goes = away && guest.name == "centos59-3";
        if ((goes ? "h61" : cluster.hosts[guest.host].name) == host.name) {
          samples.push_back(
              {.at = zero + at,
               .host = host.name,
               .guest = guest.name,
               .load = guest.load,
               .average = guest.load,
               .image_mb = guest.image_mb});
        }
      }
    }
  }
  return samples;
}

inline balancer::BalanceTrace balance_trace(Instant zero, bool moves) {
  balancer::BalanceTrace trace;
  trace.samples = balance_samples(zero, moves ? std::optional<Nanoseconds>(29s) : std::nullopt);
  trace.traffic = {{"coordinator", {60, 9000, 58, {}}}, {"h59", {20, 6000, 22, {{"forged", 1}}}}};
  if (moves) {
    for (const balancer::TraceTable& table : balancer::trace_tables()) {
      if (table.file == "balance_rounds.jsonl") {
        table.read(rounds_text(), zero, trace);
      }
    }
    balancer::BalanceMove move;
    move.order = "5-1";
    move.guest = "centos59-3";
    move.from = "h59";
    move.to = "h61";
    move.began = zero + 25'500ms;
    move.ended = zero + 29s;
    move.succeeded = true;
    move.downtime = 81ms;
    move.bytes = 60e6;
    balancer::BalanceMove failed;
    failed.order = "5-2";
    failed.guest = "centos61";
    failed.from = "h61";
    failed.to = "h39";
    failed.began = zero + 38s;
    failed.ended = zero + 41s;
    failed.error = "operation failed: <qemu> said \"no\" & 100 % _co_";
    trace.moves = {move, failed};
    trace.orders = {
        {zero + 29'010ms, "5-1", 1, "centos59-3", "h59", "h61", "succeeded", ""},
        {zero + 41'010ms, "5-2", 2, "centos61", "h61", "h39", "failed", failed.error},
        {zero + 42s, "5-3", 3, "centos59", "h59", "h39", "refused", "the guest is not here"}};
    trace.notes = {{zero + 43s, "h39", "the process ended: killed by signal 9"}};
  }
  return trace;
}

inline TrialOutcome balance_trial(unsigned number, unsigned cell) {
  TrialOutcome trial;
  trial.plan = {.number = number, .cell = cell, .block = (number + 1) / 2, .leg = 1, .warm_up = false};
  trial.began_at = "2026-11-26T10:00:00.000Z";
  trial.accelerator = "tcg";
  trial.origin = Instant(5000s);
  trial.before = trial.origin + 1s;
  trial.during = trial.before + 2s;
  trial.after = trial.during + 60s;
  trial.end = trial.after + 2s;
  switch (number) {
  case 4: // nothing was told
    trial.balance.emplace();
    break;
  case 6:
    trial.error = "balancer: no answer from h59 within 10 s";
    break;
  default:
    trial.balance = balance_trace(trial.during, number == 2);
  }
  return trial;
}

inline RunRecord balance_record() {
  RunRecord run;
  const std::filesystem::path folder = "/made/up";
  Diagnostics diagnostics("balance.exp.yaml", balance_experiment);
  run.experiment = parse_experiment(balance_experiment, folder / "balance.exp.yaml", diagnostics);
  diagnostics.throw_if_errors();
  run.created_at = "2026-11-26T09:59:00.000Z";
  run.provenance = {{"accelerator", "tcg"}};
  run.cells = cells_of(run.experiment, {.file = folder / "three.lab.yaml", .text = balance_topology});
  for (unsigned number = 1; number <= 6; ++number) {
    run.trials.push_back(balance_trial(number, number % 2 == 1 ? 1 : 2));
  }
  return run;
}

} // namespace migralab::test
