// SPDX-License-Identifier: Apache-2.0
// How long simulations take: a day of 800 hosts, 1,052 guests and 288 steps; with --large an hour of 10,000 hosts,
// 100,000 guests and 720 steps. Nothing but the simulation is timed. Memory is what the process came to, the trace
// included.
#include "migralab/core/error.hpp"
#include "migralab/simulation/generate.hpp"
#include "migralab/simulation/policies.hpp"
#include "migralab/simulation/simulate.hpp"
#include "migralab/simulation/trace_files.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <optional>
#include <string>
#include <sys/resource.h>
#include <vector>

namespace migralab {

namespace {

using namespace simulation;
using Clock = std::chrono::steady_clock;

constexpr std::size_t hosts = 800;
constexpr double most_mib = 50;

double peak_mib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

/// As busy as PlanetLab's day; no guest is ever idle, so that none is switched off.
Trace drawn() {
  Pattern pattern;
  pattern.kind = Pattern::Kind::steps;
  pattern.mean = 0.12;
  pattern.swing = 0.11;
  pattern.change = 0.5;
  return generated(pattern, 1052, 288, std::chrono::minutes(5), 1);
}

/// Prints the median of `runs`; whether it is within `most_ms`, where there is such a limit.
bool judge(
    const std::string& trace,
    const Scenario& scenario,
    const std::string& name,
    unsigned runs,
    std::optional<double> most_ms) {
  std::vector<double> times;
  Outcome outcome;
  for (unsigned run = 0; run < runs; ++run) {
    const auto balancer = make_balancer(name, decisions_of_cloudsim());
    const auto began = Clock::now();
    outcome = simulate(scenario, *balancer);
    times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - began).count());
  }
  std::sort(times.begin(), times.end());
  const double median = times[times.size() / 2];
  const bool good = !most_ms || median <= *most_ms;
  fmt::print(
      "{:>10} {:>8} {:>3} {:>9.2f} {:>10} {:>9.1f} {:>8}  {}\n",
      trace,
      name,
      runs,
      outcome.energy_kwh,
      outcome.migrations,
      median,
      most_ms ? fmt::format("<={}", *most_ms) : "",
      most_ms ? (good ? "PASS" : "over") : "");
  return good;
}

/// An hour at 5 s: 10,000 hosts with ten guests each, a few of which are too busy for their host now and then.
Scenario large() {
  Pattern pattern;
  pattern.kind = Pattern::Kind::steps;
  pattern.mean = 0.45;
  pattern.swing = 0.4;
  pattern.change = 0.02;
  constexpr std::size_t guests = 100'000;
  Scenario scenario{{}, {}, generated(pattern, guests, 720, std::chrono::seconds(5), 1), {}};
  for (std::size_t host = 0; host < guests / 10; ++host) {
    scenario.hosts.push_back({fmt::format("h{}", host + 1), 8, 1000, 65'536, 10'000, hp_proliant_ml110_g5});
  }
  for (std::size_t guest = 0; guest < guests; ++guest) {
    scenario.guests.push_back(
        {scenario.trace.guests[guest].name, 1, 1000, 2048, 0, static_cast<HostIndex>(guest % scenario.hosts.size())});
  }
  return scenario;
}

constexpr const char* nobody = "nobody";

/// Prints how long an hour takes with the policy, and how many samples of guests that is in a second.
bool judge_large(const Scenario& scenario, const std::string& name, double most_s, std::optional<double> least_rate) {
  // `none` of labs averages every sample as agents do; a replay by itself has nobody who looks.
  const auto balancer = name == nobody ? make_balancer("none") : make_policy(name, {}, scenario.trace.interval);
  const auto began = Clock::now();
  const Outcome outcome = simulate(scenario, *balancer);
  const double took = std::chrono::duration<double>(Clock::now() - began).count();
  const double rate = static_cast<double>(scenario.trace.cpu.size()) / took / 1e6;
  const bool good = took <= most_s && rate >= least_rate.value_or(0);
  fmt::print(
      "{:>14} {:>10} {:>7.2f} s, target <={} s; {:.1f} million samples/s{}  {}\n",
      name,
      outcome.migrations,
      took,
      most_s,
      rate,
      least_rate ? fmt::format(", target >={}", *least_rate) : "",
      good ? "PASS" : "over");
  return good;
}

} // namespace

} // namespace migralab

int main(int argc, char** argv) {
  using namespace migralab;
  CLI::App app("how long a simulated day takes");
  unsigned runs = 5;
  std::string planetlab;
  app.add_option("-n", runs, "simulations of each kind")->check(CLI::PositiveNumber);
  bool with_large = false;
  app.add_option("--planetlab", planetlab, "folder of a day of PlanetLab");
  app.add_flag("--large", with_large, "an hour of 10,000 hosts and 100,000 guests, too");
  CLI11_PARSE(app, argc, argv);
  try {
    fmt::print("     trace balancer   n       kWh migrations median ms   target\n");
    const auto day = [&](const std::string& trace, Trace samples, std::optional<double> most_ms) {
      const Scenario scenario = published_scenario(std::move(samples), hosts, as_cloudsim());
      bool good = judge(trace, scenario, "thr-mmt", runs, most_ms);
      for (const char* name : {"iqr-mmt", "lr-mmt", "lrr-mc"}) {
        good = judge(trace, scenario, name, runs, std::nullopt) && good;
      }
      return good;
    };
    bool good = day("generated", drawn(), std::nullopt);
    if (!planetlab.empty()) {
      good = day("planetlab", read_planetlab(planetlab), 200) && good;
    }
    const double mib = peak_mib();
    fmt::print("memory: {:.1f} MiB, target <={} {}\n", mib, most_mib, mib <= most_mib ? "PASS" : "over");
    good = good && mib <= most_mib;
    if (with_large) {
      fmt::print("10000 hosts, 100000 guests, an hour at 5 s:\n        policy migrations\n");
      const Scenario hour = large();
      good = judge_large(hour, nobody, 30, 10) && good;
      good = judge_large(hour, "ferreira-2013", 30, std::nullopt) && good;
      const double large_mib = peak_mib();
      constexpr double most_large_mib = 2048;
      fmt::print(
          "memory: {:.0f} MiB, target <={} {}\n",
          large_mib,
          most_large_mib,
          large_mib <= most_large_mib ? "PASS" : "over");
      good = good && large_mib <= most_large_mib;
    }
    return good ? 0 : 1;
  } catch (const Error& error) {
    fmt::print(stderr, "simulate_bench: {}\n", error.what());
    return static_cast<int>(error.status());
  }
}
