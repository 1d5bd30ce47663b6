// SPDX-License-Identifier: Apache-2.0
// Are the UDP probes right, echo and push? A server that stands still for known spans tells how exact the probe itself
// is; then a running lab's guest is stopped for known spans, and what the probes saw from the client is compared with
// QEMU's own time stamps. Exit 1 when a median difference is above the tolerance.
#include "migralab/core/error.hpp"
#include "migralab/core/interrupt.hpp"
#include "migralab/lab/interior.hpp"
#include "migralab/measure/outage.hpp"
#include "migralab/measure/probe.hpp"
#include "migralab/substrate/nodes.hpp"
#include "unit/measure/loopback.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <functional>
#include <map>
#include <thread>

namespace migralab {

namespace {

constexpr std::uint16_t echo_port = 7;
constexpr auto tolerance = std::chrono::milliseconds(2); // of the probe
constexpr auto guest_tolerance =
    std::chrono::milliseconds(5);                       // until an emulated guest that goes on answers, 2 to 4 ms pass
constexpr auto settle = std::chrono::milliseconds(300); // before and after each pause
constexpr std::array<int, 3> lengths_ms{50, 200, 1000};

struct Pause {
  Nanoseconds truth;
  Instant from; // the window in which the probe has to find it
  Instant to;
};

double ms(Nanoseconds span) {
  return std::chrono::duration<double, std::milli>(span).count();
}

Nanoseconds median(std::vector<Nanoseconds> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/// False when the probe was wrong.
bool judge(
    const std::string& who,
    int length,
    const std::vector<Pause>& pauses,
    const ProbeTrace& trace,
    Nanoseconds allowed) {
  std::vector<Nanoseconds> truths;
  std::vector<Nanoseconds> seen;
  std::vector<Nanoseconds> differences;
  std::size_t delayed = 0;
  std::size_t lost = 0;
  for (const Pause& pause : pauses) {
    const auto outage = longest_outage(trace, pause.from, pause.to);
    truths.push_back(pause.truth);
    seen.push_back(outage ? outage->length() : Nanoseconds::zero());
    differences.push_back(std::chrono::abs(seen.back() - pause.truth));
    delayed += outage ? outage->delayed : 0;
    lost += outage ? outage->unanswered : 0;
  }
  const bool good = median(differences) <= allowed;
  fmt::print(
      "{:9} {:3} {:12.2f} {:12.2f} {:12.2f} {:12.2f} {:9} {:6}  {}\n",
      fmt::format("{} {}", who, length),
      pauses.size(),
      ms(median(truths)),
      ms(median(seen)),
      ms(median(differences)),
      ms(*std::max_element(differences.begin(), differences.end())),
      delayed,
      lost,
      good ? "PASS" : "over");
  return good;
}

/// A probe and the pauses that it had to find, by their length.
struct Run {
  ProbeTrace trace;
  std::map<int, std::vector<Pause>> pauses;
};

/// `pause` stops what the probe asks and returns for how long.
Run run_probe(Probe& probe, unsigned rounds, const std::function<Nanoseconds(std::chrono::milliseconds)>& pause) {
  Run run;
  for (unsigned round = 0; round < rounds; ++round) {
    for (const int length : lengths_ms) {
      throw_if_interrupted();
      std::this_thread::sleep_for(settle);
      // A request can be on its way, and so be the first unanswered one, when the pause is asked for.
      const Instant from = std::chrono::steady_clock::now() - settle / 2;
      const Nanoseconds truth = pause(std::chrono::milliseconds(length));
      const Instant to = std::chrono::steady_clock::now();
      std::this_thread::sleep_for(settle);
      run.pauses[length].push_back({truth, from, to});
    }
  }
  run.trace = probe.stop();
  return run;
}

/// In this process, on the loopback: all that lies between is the probe.
bool bench_probe(unsigned rounds) {
  test::UdpEcho server;
  const auto probe = start_udp_echo_probe(test::target(server.port(), 1000, std::chrono::seconds(2)));
  const Run run = run_probe(*probe, rounds, [&](std::chrono::milliseconds length) {
    const auto [from, to] = server.stand_still(length);
    return to - from;
  });
  fmt::print(
      "{:9} {:>3} {:>12} {:>12} {:>12} {:>12} {:>9} {:>6}\n",
      "pause ms",
      "n",
      "true ms",
      "probe ms",
      "|diff| ms",
      "max ms",
      "delayed",
      "lost");
  bool good = true;
  for (const auto& [length, pauses] : run.pauses) {
    good = judge("server", length, pauses, run.trace, tolerance) && good;
  }
  static_cast<void>(std::fflush(stdout)); // before the fork into the lab
  return good;
}

int bench_guest(const Topology& topology, unsigned rounds) {
  const GuestSpec& guest = topology.guests.at(0);
  const ClientSpec& client = topology.clients.at(0);
  Interior lab(topology);
  Hypervisor& hypervisor = lab.hypervisor(lab.find(guest.name).host);
  ProbeTarget target;
  target.address = guest.networks.at(0).address;
  target.port = echo_port;
  target.enter = [&client] { join_network_of(client.name); };
  std::vector<Run> runs;
  for (const auto start : {start_udp_echo_probe, start_udp_push_probe}) { // alone: together they are twice the load
    const auto probe = start(target);
    runs.push_back(run_probe(*probe, rounds, [&](auto length) { return hypervisor.pause(guest.name, length); }));
  }
  bool good = true;
  for (const Run& run : runs) {
    for (const auto& [length, pauses] : run.pauses) {
      good = judge(run.trace.probe, length, pauses, run.trace, guest_tolerance) && good;
    }
  }
  return good ? 0 : 1;
}

} // namespace

} // namespace migralab

int main(int argc, char** argv) {
  using namespace migralab;
  CLI::App app("injects known pauses into the guest of a running lab and compares them with what the UDP probes find");
  unsigned rounds = 10;
  std::string lab;
  app.add_option("-n", rounds, "pauses of each length")->check(CLI::PositiveNumber);
  app.add_option("LAB", lab, "the lab; may be left out when there is only one");
  CLI11_PARSE(app, argc, argv);
  watch_for_interrupts();
  try {
    const LabFolder folder(choose_lab(lab));
    const auto state = folder.read();
    if (!state) {
      throw Error("the lab is not up");
    }
    const Topology topology = deployed_topology(folder, *state);
    const bool exact = bench_probe(rounds);
    const int code = inside(state->keeper, [&] { return bench_guest(topology, rounds); });
    return exact ? code : 1;
  } catch (const Error& error) {
    fmt::print(stderr, "probe_pause: {}\n", error.what());
    return static_cast<int>(error.status());
  }
}
