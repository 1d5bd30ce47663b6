// SPDX-License-Identifier: Apache-2.0
// What must hold for every policy and every cluster: over many that were drawn.
#include "migralab/balance/optimum.hpp"
#include "migralab/balance/pacing_file.hpp"
#include "rival_parts.hpp"
#include "some_cluster.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <numeric>
#include <set>

namespace migralab::balance::test {
namespace {

constexpr unsigned clusters = 60;

Cluster drawn(unsigned seed) {
  return random_cluster(seed, 3 + seed % 8, 2 + seed % 6);
}

/// So that a single round decides, and often: no waiting for samples, no great difference needed.
std::vector<std::string> eager(const std::string& policy) {
  const std::map<std::string, std::vector<std::string>> settings{
      {"wood-2007", {"k=1", "n=1"}},
      {"drs-deviation", {"priority=5"}},
      {"watcher-deviation", {"spread=0.05"}},
      {"cloudstack-deviation", {"spread=0.05"}}};
  const auto found = settings.find(policy);
  return found == settings.end() ? std::vector<std::string>{} : found->second;
}

bool has_parameter(const std::string& policy, const std::string& name) {
  const auto info =
      std::find_if(policies().begin(), policies().end(), [&](const PolicyInfo& one) { return one.name == policy; });
  return std::find(info->parameters.begin(), info->parameters.end(), name) != info->parameters.end();
}

Decision decided(const std::string& policy, const Cluster& cluster) {
  return make_policy(policy, eager(policy)).decide(cluster, noon);
}

std::map<std::string, std::string> hosts_of_guests(const Cluster& cluster) {
  std::map<std::string, std::string> hosts;
  for (const Guest& guest : cluster.guests) {
    hosts[guest.name] = cluster.hosts[guest.host].name;
  }
  return hosts;
}

/// All hosts are equal here: a demand is a share.
std::map<std::string, Load> loads_after(const Cluster& cluster, const std::vector<Move>& moves) {
  std::map<std::string, Load> loads;
  for (const Host& host : cluster.hosts) {
    loads[host.name] = host.load;
  }
  for (const Move& move : moves) {
    loads[move.from] -= move.demand;
    loads[move.to] += move.demand;
  }
  return loads;
}

Cluster after(Cluster cluster, const std::vector<Move>& moves) {
  const auto loads = loads_after(cluster, moves);
  for (Host& host : cluster.hosts) {
    host.load = loads.at(host.name);
  }
  for (const Move& move : moves) {
    const auto to = std::find_if(
        cluster.hosts.begin(), cluster.hosts.end(), [&](const Host& host) { return host.name == move.to; });
    for (Guest& guest : cluster.guests) {
      guest.host = guest.name == move.guest ? static_cast<HostIndex>(to - cluster.hosts.begin()) : guest.host;
    }
  }
  return cluster;
}

double spread(const Cluster& cluster, Spread kind) {
  const Parameters parameters;
  const PacingState nothing;
  return spread_of(Round(cluster, parameters, nothing, noon), kind);
}

class EveryPolicy : public testing::TestWithParam<std::string> {};
class EveryPolicyWithoutLots : public EveryPolicy {}; // lots are drawn in the order of hosts and guests

TEST_P(EveryPolicy, LeavesABalancedClusterAlone) {
  for (std::size_t hosts = 1; hosts < 9; ++hosts) {
    Cluster cluster;
    for (std::size_t host = 0; host < hosts; ++host) {
      cluster.hosts.push_back({"h" + std::to_string(host), {0.5, 0.4, 0.2}});
      cluster.guests.push_back({"g" + std::to_string(host), static_cast<HostIndex>(host), {0.3, 0.2, 0.1}, 512});
    }
    EXPECT_TRUE(decided(GetParam(), cluster).moves.empty()) << hosts << " hosts";
    EXPECT_TRUE(decided(GetParam(), cluster).records.empty()) << hosts << " hosts";
  }
}

TEST_P(EveryPolicy, MovesEachGuestOnceFromWhereItIs) {
  std::size_t moves = 0;
  for (unsigned seed = 0; seed < clusters; ++seed) {
    const Cluster cluster = drawn(seed);
    const auto where = hosts_of_guests(cluster);
    std::set<std::string> moved;
    for (const Move& move : decided(GetParam(), cluster).moves) {
      EXPECT_EQ(where.at(move.guest), move.from) << "seed " << seed;
      EXPECT_NE(move.from, move.to) << "seed " << seed;
      EXPECT_TRUE(moved.insert(move.guest).second) << "seed " << seed;
      ++moves;
    }
  }
  EXPECT_EQ(moves > clusters / 4, GetParam() != "none") << moves << ": else nothing was tested";
}

TEST_P(EveryPolicy, FillsNoDestinationAboveItsCeiling) {
  const double ceiling = make_policy(GetParam(), eager(GetParam())).parameters().ceiling;
  for (unsigned seed = 0; seed < clusters; ++seed) {
    const Cluster cluster = drawn(seed);
    const Decision decision = decided(GetParam(), cluster);
    const auto loads = loads_after(cluster, decision.moves);
    auto in_flight = loads_after(cluster, {});
    for (const Move& move : decision.moves) {
      in_flight.at(move.to) += move.demand; // and nobody has left yet
    }
    for (const Move& move : decision.moves) {
      EXPECT_LE(peak(loads.at(move.to)), ceiling + 1e-9) << "seed " << seed << ": " << move.to;
      EXPECT_LE(in_flight.at(move.to).mem, 1 + 1e-9) << "seed " << seed << ": " << move.to;
    }
  }
}

/// The first of `moves` and all others of its source.
std::vector<Move> of_one_source(const std::vector<Move>& moves) {
  std::vector<Move> some;
  for (const Move& move : moves) {
    if (move.from == moves.front().from) {
      some.push_back(move);
    }
  }
  return some;
}

TEST_P(EveryPolicy, KeepsRoomForWhatIsOnItsWay) {
  std::vector<std::string> settings = eager(GetParam());
  const bool takes_several = has_parameter(GetParam(), "inbound");
  if (takes_several) {
    settings.emplace_back("inbound=9"); // else no host is chosen that a guest is on its way to
  }
  std::size_t seen = 0;
  std::size_t beside_others = 0;
  for (unsigned seed = 0; seed < 2 * clusters; ++seed) {
    const Cluster cluster = random_cluster(seed, 4 + seed % 5, 6 + seed % 6); // small ones: few hosts to choose from
    Policy policy = make_policy(GetParam(), settings);
    const std::vector<Move> under_way = of_one_source(policy.decide(cluster, noon).moves);
    auto loads = loads_after(cluster, {});
    std::set<std::string> awaited;
    for (const Move& move : under_way) {
      policy.started(move);
      loads.at(move.to) += move.demand;
      awaited.insert(move.to);
    }
    const std::vector<Move> moves = policy.decide(cluster, noon + std::chrono::seconds(10)).moves;
    for (const Move& move : moves) {
      loads.at(move.to) += move.demand;
      if (GetParam() == "wood-2007") { // what it exchanges leaves in the same decision
        loads.at(move.from) -= move.demand;
      }
    }
    for (const Move& move : moves) {
      EXPECT_LE(peak(loads.at(move.to)), policy.parameters().ceiling + 1e-9) << "seed " << seed << ": " << move.to;
      beside_others += awaited.contains(move.to) ? 1U : 0U;
      ++seen;
    }
  }
  EXPECT_EQ(seen > clusters / 4, GetParam() != "none") << seen << ": else nothing was tested";
  EXPECT_EQ(beside_others > 4, takes_several) << beside_others << ": else nothing was tested";
}

TEST_P(EveryPolicy, RaisesNothingThatItIsAbout) {
  const std::map<std::string, Spread> kinds{
      {"drs-deviation", Spread::drs},
      {"watcher-deviation", Spread::watcher},
      {"cloudstack-deviation", Spread::cloudstack},
      {"hbal-score", Spread::hbal}};
  for (unsigned seed = 0; seed < clusters; ++seed) {
    const Cluster cluster = drawn(seed);
    const Decision decision = decided(GetParam(), cluster);
    const Cluster moved = after(cluster, decision.moves);
    if (const auto kind = kinds.find(GetParam()); kind != kinds.end()) {
      EXPECT_LE(spread(moved, kind->second), spread(cluster, kind->second) + 1e-12) << "seed " << seed;
    } else {
      EXPECT_LE(hottest(moved), hottest(cluster) + 1e-12) << "seed " << seed;
    }
  }
}

TEST_P(EveryPolicy, PredictsWhatItsMovesDo) {
  for (unsigned seed = 0; seed < clusters; ++seed) {
    const Cluster cluster = drawn(seed);
    const Decision decision = decided(GetParam(), cluster);
    const auto loads = loads_after(cluster, decision.moves);
    std::map<HostIndex, Load> last; // several records may tell of one host
    for (const HostRecord& record : decision.records) {
      for (const Prediction& prediction : record.predictions) {
        last[prediction.host] = prediction.after;
      }
    }
    for (const auto& [host, load] : last) {
      const Load& real = loads.at(cluster.hosts[host].name);
      EXPECT_NEAR(load.cpu, real.cpu, 1e-9) << "seed " << seed << ": " << cluster.hosts[host].name;
      EXPECT_NEAR(load.mem, real.mem, 1e-9) << "seed " << seed << ": " << cluster.hosts[host].name;
    }
  }
}

TEST_P(EveryPolicyWithoutLots, DecidesTheSameWhateverTheOrderOfHostsAndGuests) {
  for (unsigned seed = 0; seed < clusters; ++seed) {
    const Cluster cluster = drawn(seed);
    std::mt19937 random(seed);
    std::vector<HostIndex> order(cluster.hosts.size());
    std::iota(order.begin(), order.end(), HostIndex(0));
    std::shuffle(order.begin(), order.end(), random);
    Cluster other;
    for (const HostIndex host : order) {
      other.hosts.push_back(cluster.hosts[host]);
    }
    other.guests = cluster.guests;
    for (Guest& guest : other.guests) {
      guest.host = static_cast<HostIndex>(std::find(order.begin(), order.end(), guest.host) - order.begin());
    }
    std::shuffle(other.guests.begin(), other.guests.end(), random);
    EXPECT_EQ(in_words(decided(GetParam(), other).moves), in_words(decided(GetParam(), cluster).moves))
        << "seed " << seed;
  }
}

TEST_P(EveryPolicyWithoutLots, TreatsProcessorsAndMemoryAlike) {
  const auto swapped = [](const Load& load) { return Load{load.mem, load.cpu, load.net}; };
  std::vector<std::string> settings = eager(GetParam());
  if (GetParam() == "wood-2007") {
    settings.emplace_back("swaps=false"); // memory has to be on both hosts meanwhile, load has not
  }
  for (unsigned seed = 0; seed < clusters; ++seed) {
    const Cluster cluster = drawn(seed);
    Cluster mirror = cluster;
    for (Host& host : mirror.hosts) {
      host.load = swapped(host.load);
    }
    for (Guest& guest : mirror.guests) {
      guest.load = swapped(guest.load);
    }
    Policy one = make_policy(GetParam(), settings);
    Policy two = make_policy(GetParam(), settings);
    EXPECT_EQ(in_words(two.decide(mirror, noon).moves), in_words(one.decide(cluster, noon).moves)) << "seed " << seed;
  }
}

TEST_P(EveryPolicyWithoutLots, GoesOnAfterARestartAsIfThereHadBeenNone) {
  std::vector<std::string> settings = eager(GetParam());
  if (GetParam() == "wood-2007") {
    settings.clear(); // it shall have samples of the past to remember
  }
  std::size_t in_the_air = 0; // when it was written down
  for (unsigned seed = 0; seed < 12; ++seed) {
    Policy steady = make_policy(GetParam(), settings);
    Policy restarted = make_policy(GetParam(), settings);
    Instant now = noon;
    for (unsigned round = 0; round < 12; ++round) {
      const Cluster cluster = drawn(seed * 100 + round / 3); // hot for three rounds each
      const Decision decision = steady.decide(cluster, now);
      EXPECT_EQ(in_words(restarted.decide(cluster, now).moves), in_words(decision.moves))
          << "seed " << seed << ", round " << round;
      for (Policy* policy : {&steady, &restarted}) {
        for (const Move& move : decision.moves) {
          policy->started(move);
        }
      }
      now += std::chrono::seconds(10);
      in_the_air += restarted.state().in_flight.size();
      const auto read = parse_pacing(pacing_text(restarted.state(), "boot", now), "boot", now);
      ASSERT_TRUE(read.value) << read.problem;
      restarted = make_policy(GetParam(), settings);
      restarted.restore(*read.value);
      if (round % 2 == 1) { // so that there is a round in which guests are on their way
        for (const Move& move : std::vector<Move>(steady.state().in_flight)) {
          steady.finished(move.guest, now);
          restarted.finished(move.guest, now);
        }
      }
    }
  }
  EXPECT_EQ(in_the_air > 12, GetParam() != "none") << in_the_air << ": else nothing was tested";
}

std::vector<std::string> names(bool with_lots) {
  std::vector<std::string> all;
  for (const PolicyInfo& policy : policies()) {
    if (with_lots || !has_parameter(policy.name, "seed")) {
      all.push_back(policy.name);
    }
  }
  return all;
}

std::string test_name(const testing::TestParamInfo<std::string>& test) {
  std::string name = test.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Live, EveryPolicy, testing::ValuesIn(names(true)), test_name);
INSTANTIATE_TEST_SUITE_P(Live, EveryPolicyWithoutLots, testing::ValuesIn(names(false)), test_name);

} // namespace
} // namespace migralab::balance::test
