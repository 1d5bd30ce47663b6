// SPDX-License-Identifier: Apache-2.0
// How long a simulated day takes: 800 hosts, 1,052 guests, 288 steps. Nothing but the simulation is timed. Memory is
// what the process came to, the trace included.
#include "migralab/core/error.hpp"
#include "migralab/simulation/generate.hpp"
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

} // namespace

} // namespace migralab

int main(int argc, char** argv) {
  using namespace migralab;
  CLI::App app("how long a simulated day takes");
  unsigned runs = 5;
  std::string planetlab;
  app.add_option("-n", runs, "simulations of each kind")->check(CLI::PositiveNumber);
  app.add_option("--planetlab", planetlab, "folder of a day of PlanetLab");
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
    return good && mib <= most_mib ? 0 : 1;
  } catch (const Error& error) {
    fmt::print(stderr, "simulate_bench: {}\n", error.what());
    return static_cast<int>(error.status());
  }
}
