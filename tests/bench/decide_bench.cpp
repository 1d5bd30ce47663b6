// SPDX-License-Identifier: Apache-2.0
// How long one decision of ferreira-2013 takes on large clusters. Half of the hosts are comfortable, two in five are
// nearly full, one in ten is overloaded; of these every fifth needs two guests or more to leave, so that all that a
// decision may have to do is done. Nothing but the decision is timed.
#include "migralab/balance/cluster_file.hpp"
#include "migralab/balance/policy.hpp"
#include "migralab/core/error.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <random>
#include <string>
#include <vector>

namespace migralab {

namespace {

using namespace balance;
using Clock = std::chrono::steady_clock;

constexpr std::size_t guests_each = 10;

double milliseconds_since(Clock::time_point began) {
  return std::chrono::duration<double, std::milli>(Clock::now() - began).count();
}

/// A host whose largest share is `peak`; its guests use all of it.
void add_host(Cluster& cluster, double peak, bool small_guests, std::mt19937& random) {
  std::uniform_real_distribution<double> between(0, 1);
  const auto number = static_cast<HostIndex>(cluster.hosts.size());
  const Load load{peak, peak * (0.3 + 0.5 * between(random)), peak * 0.3 * between(random)};
  cluster.hosts.push_back({fmt::format("host{:05}", number), load});
  // Guests of equal size, or one large and nine small ones.
  for (std::size_t guest = 0; guest < guests_each; ++guest) {
    const double part = small_guests ? 0.04 : guest == 0 ? 0.28 : 0.08;
    cluster.guests.push_back(
        {fmt::format("guest{:06}", cluster.guests.size()),
         number,
         load * all_of(part * (0.8 + 0.4 * between(random))),
         256 + 4096 * between(random)});
  }
}

Cluster drawn(std::size_t hosts) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> between(0, 1);
  Cluster cluster;
  for (std::size_t host = 0; host < hosts; ++host) {
    const bool overloaded = host % 10 == 0;
    const bool nearly_full = host % 10 >= 6;
    const double peak = overloaded    ? 0.901 + 0.02 * between(random)
                        : nearly_full ? 0.75 + 0.14 * between(random)
                                      : 0.2 + 0.5 * between(random);
    add_host(cluster, peak, host % 50 == 0, random);
  }
  return cluster;
}

struct Finding {
  double milliseconds = 0; // the median
  std::size_t moves = 0;
  std::size_t relieved = 0;
  std::size_t several = 0;
};

Finding measured(const Cluster& cluster, unsigned rounds) {
  std::vector<double> times;
  Finding finding;
  for (unsigned round = 0; round < rounds; ++round) {
    Policy policy = make_policy("ferreira-2013");
    const auto began = Clock::now();
    const Decision decision = policy.decide(cluster, Instant{});
    times.push_back(milliseconds_since(began));
    const auto& records = decision.records;
    finding.moves = decision.moves.size();
    finding.relieved = static_cast<std::size_t>(std::count_if(records.begin(), records.end(), [](const auto& record) {
      return record.outcome == HostRecord::Outcome::relieved;
    }));
    finding.several = static_cast<std::size_t>(
        std::count_if(records.begin(), records.end(), [](const auto& record) { return record.steps > 0; }));
  }
  std::sort(times.begin(), times.end());
  finding.milliseconds = times[times.size() / 2];
  return finding;
}

bool judge(std::size_t hosts, unsigned rounds, double most_milliseconds) {
  const Cluster cluster = drawn(hosts);
  const Finding finding = measured(cluster, rounds);
  const bool good = finding.milliseconds <= most_milliseconds;
  fmt::print(
      "{:>7} {:>8} {:>3} {:>10} {:>8} {:>8} {:>7} {:>9.2f} {:>8}  {}\n",
      hosts,
      cluster.guests.size(),
      rounds,
      hosts / 10,
      finding.relieved,
      finding.several,
      finding.moves,
      finding.milliseconds,
      fmt::format("<={}", most_milliseconds),
      good ? "PASS" : "over");
  return good;
}

/// The state of a cluster as JSON, read as `balance decide` reads it.
void judge_reading(std::size_t hosts) {
  const Cluster cluster = drawn(hosts);
  std::string text = "{\"hosts\": [";
  const auto load_of = [](const Load& load) {
    return fmt::format("\"cpu\": {:.6f}, \"mem\": {:.6f}, \"net\": {:.6f}", load.cpu, load.mem, load.net);
  };
  for (const Host& host : cluster.hosts) {
    text += fmt::format(
        "{}\n{{\"name\": \"{}\", {}}}", &host == &cluster.hosts[0] ? "" : ",", host.name, load_of(host.load));
  }
  text += "], \"guests\": [";
  for (const Guest& guest : cluster.guests) {
    text += fmt::format(
        "{}\n{{\"name\": \"{}\", \"host\": \"{}\", {}, \"image_mb\": {:.1f}}}",
        &guest == &cluster.guests[0] ? "" : ",",
        guest.name,
        cluster.hosts[guest.host].name,
        load_of(guest.load),
        guest.image_mb);
  }
  text += "]}\n";
  const auto began = Clock::now();
  Diagnostics diagnostics("state.json", text);
  const ClusterFile file = parse_cluster(text, diagnostics);
  diagnostics.throw_if_errors();
  fmt::print(
      "reading the state of {} hosts and {} guests: {:.1f} MB in {:.2f} s\n",
      file.cluster.hosts.size(),
      file.cluster.guests.size(),
      static_cast<double>(text.size()) / 1e6,
      milliseconds_since(began) / 1e3);
}

} // namespace

} // namespace migralab

int main(int argc, char** argv) {
  using namespace migralab;
  CLI::App app("how long a decision takes");
  unsigned rounds = 21;
  app.add_option("-n", rounds, "decisions of each size")->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  try {
    fmt::print("  hosts   guests   n overloaded relieved searched   moves median ms   target\n");
    bool good = judge(1'000, rounds, 10);
    good = judge(10'000, rounds, 100) && good;
    judge_reading(10'000);
    return good ? 0 : 1;
  } catch (const Error& error) {
    fmt::print(stderr, "decide_bench: {}\n", error.what());
    return static_cast<int>(error.status());
  }
}
