// SPDX-License-Identifier: Apache-2.0
// A made-up trace: two hosts, a guest that moves from the full one to the other and one that could not.
#pragma once

#include "migralab/balancer/trace.hpp"

namespace migralab::balancer {

inline Instant at_second(double seconds) {
  return Instant(std::chrono::round<Nanoseconds>(std::chrono::duration<double>(seconds)));
}

inline LoadSample host_sample(double at, const std::string& host, double cpu, double average) {
  return {
      .at = at_second(at),
      .host = host,
      .guest = {},
      .load = {.cpu = cpu, .mem = 0.2, .net = 0},
      .average = {.cpu = average, .mem = 0.2, .net = 0}};
}

inline BalanceTrace sample_trace() {
  BalanceTrace trace;
  trace.samples = {
      host_sample(100, "h1", 0.5, 0.5),
      host_sample(100, "h2", 0.1, 0.1),
      host_sample(105, "h1", 1.0, 0.8),
      host_sample(105, "h2", 0.2, 0.16),
      host_sample(110, "h1", 1.0, 0.92),
      host_sample(110, "h2", 0.2, 0.18),
      host_sample(115, "h1", 0.6, 0.73),
      host_sample(115, "h2", 0.6, 0.43)};
  trace.samples.push_back(
      {.at = at_second(110),
       .host = "h1",
       .guest = "web",
       .load = {.cpu = 0.4, .mem = 0.1, .net = 0},
       .average = {.cpu = 0.35, .mem = 0.1, .net = 0},
       .image_mb = 97.7});
  trace.rounds = {
      {.at = at_second(110.02),
       .number = 1,
       .asked_by = {"h1"},
       .took = std::chrono::milliseconds(3),
       .held_back = {},
       .moves = {{.guest = "web", .from = "h1", .to = "h2", .demand = {}}},
       .advice = {},
       .guests =
           {{.guest = "web",
             .host = "h1",
             .average = {.cpu = 0.35, .mem = 0.1, .net = 0},
             .image_mb = 97.7,
             .volume = 1.71,
             .cost = 19.1}},
       .record = R"({"round":1,"asked_by":["h1"],"took_ms":3.0,"held_back":"","guests":[{"guest":"web","host":"h1",)"
                 R"("load":{"cpu":0.35,"mem":0.1,"net":0.0},"image_mb":97.7}],"decision":{"moves":[{"guest":"web",)"
                 R"("from":"h1","to":"h2"}],"advice":[],"records":[{"host":"h1","guests":[{"guest":"web",)"
                 R"("volume":1.71,"cost":19.1}]}]}})"}};
  trace.moves = {
      {.order = "5-1",
       .guest = "web",
       .from = "h1",
       .to = "h2",
       .ordered = at_second(110.04),
       .began = at_second(110.1),
       .ended = at_second(111.5),
       .succeeded = true,
       .error = {},
       .downtime = std::chrono::milliseconds(120),
       .bytes = 1e8},
      {.order = "5-2",
       .guest = "db",
       .from = "h1",
       .to = "h2",
       .ordered = at_second(112),
       .began = at_second(112),
       .ended = std::nullopt,
       .succeeded = false,
       .error = "its agent did not live to tell",
       .downtime = std::nullopt,
       .bytes = 0}};
  trace.orders = {
      {.at = at_second(111.51),
       .order = "5-1",
       .round = 1,
       .guest = "web",
       .from = "h1",
       .to = "h2",
       .end = "succeeded",
       .why = {}}};
  trace.traffic = {
      {"h1", {.sent = 10, .sent_bytes = 1000, .received = 9, .refused = {{"forged", 1}, {"stale", 2}}}},
      {"migralab.coordinator", {.sent = 5, .sent_bytes = 400, .received = 8, .refused = {}}}};
  trace.notes = {{.at = at_second(113), .node = "h1", .text = "the process ended: killed by signal 9 (Killed)"}};
  return trace;
}

} // namespace migralab::balancer
