// SPDX-License-Identifier: Apache-2.0
// What the samplers cost: reads the hosts' processor time of a running lab, by control groups and by process, and the
// counters of its switch, and tells how much of a processor each took. Exit 1 when one takes more than it may.
#include "migralab/core/error.hpp"
#include "migralab/core/interrupt.hpp"
#include "migralab/lab/interior.hpp"
#include "migralab/measure/counters.hpp"
#include "migralab/measure/packets.hpp"
#include "migralab/measure/processors.hpp"
#include "migralab/plan/plan.hpp"
#include "migralab/substrate/nodes.hpp"
#include "migralab/substrate/processor_time.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <sys/resource.h>
#include <thread>

namespace migralab {

namespace {

constexpr double allowed = 0.02; // of a processor

double processor_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

struct Finding {
  std::size_t readings = 0;
  std::string last;
};

/// False when it costs too much.
bool judge(const char* what, double span, const std::function<Finding()>& sample) {
  const double before = processor_seconds();
  const Finding finding = sample();
  const double share = (processor_seconds() - before) / span;
  fmt::print(
      "{:24} {:6.1f} readings/s {:8.3f} % of a processor  {}  {}\n",
      what,
      static_cast<double>(finding.readings) / span,
      100 * share,
      share <= allowed ? "PASS" : "over",
      finding.last);
  return share <= allowed;
}

int bench(const Topology& topology, const LabState& state, double rate, double span) {
  const auto interval = std::chrono::duration_cast<Nanoseconds>(std::chrono::duration<double>(1 / rate));
  const auto rest = [span] { std::this_thread::sleep_for(std::chrono::duration<double>(span)); };
  std::vector<std::string> hosts;
  for (const HostSpec& host : topology.hosts) {
    hosts.push_back(host.name);
  }
  const auto processors = [&](const ControlGroups& groups) {
    const auto sampler = start_processor_sampler(interval, processor_time_of_hosts(groups, hosts));
    rest();
    const std::vector<ProcessorSample> samples = sampler->stop();
    std::string used;
    for (const auto& [host, time] : samples.back().used) {
      const Nanoseconds more = time - samples.front().used.at(host);
      used += fmt::format(" {} {:.3f} s", host, std::chrono::duration<double>(more).count());
    }
    return Finding{samples.size(), used};
  };
  const auto counters = [&] {
    const auto sampler = start_counter_sampler(interval, [] { join_network_of(switch_node); });
    rest();
    return Finding{sampler->stop().size(), {}};
  };
  const auto packets = [&] {
    const auto watch = start_packet_watch([] { join_network_of(switch_node); });
    rest();
    return Finding{watch->stop().size(), {}};
  };
  bool good = judge("processors, by group", span, [&] { return processors(state.groups); });
  good = judge("processors, by process", span, [&] { return processors({}); }) && good;
  good = judge("counters", span, counters) && good;
  good = judge("ARP and RARP", span, packets) && good;
  return good ? 0 : 1;
}

} // namespace

} // namespace migralab

int main(int argc, char** argv) {
  using namespace migralab;
  CLI::App app("what the samplers of a running lab cost");
  double rate = 20;
  double span = 5;
  std::string lab;
  app.add_option("--rate", rate, "readings per second")->check(CLI::PositiveNumber);
  app.add_option("--seconds", span, "for each")->check(CLI::PositiveNumber);
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
    return inside(state->keeper, [&] { return bench(topology, *state, rate, span); });
  } catch (const Error& error) {
    fmt::print(stderr, "sampler_cost: {}\n", error.what());
    return static_cast<int>(error.status());
  }
}
