// SPDX-License-Identifier: Apache-2.0
// What must hold for every cluster: over many that were drawn.
#include "some_cluster.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <numeric>

namespace migralab::balance::test {
namespace {

constexpr unsigned clusters = 200;

Cluster drawn(unsigned seed) {
  return random_cluster(seed, 3 + seed % 10, 2 + seed % 7);
}

std::map<std::string, Load> loads_of(const Cluster& cluster) {
  std::map<std::string, Load> loads;
  for (const Host& host : cluster.hosts) {
    loads[host.name] = host.load;
  }
  return loads;
}

TEST(EveryDecision, RelievesItsSourceAndFillsNoDestination) {
  std::size_t moves = 0;
  std::size_t several = 0;
  for (unsigned seed = 0; seed < clusters; ++seed) {
    const Cluster cluster = drawn(seed);
    const Decision decision = decide(cluster);
    auto loads = loads_of(cluster);
    std::map<std::string, int> coming;
    std::map<std::string, int> leaving;
    for (const Move& move : decision.moves) { // all hosts are equal: a demand is a share
      loads[move.from] -= move.demand;
      loads[move.to] += move.demand;
      EXPECT_EQ(++coming[move.to], 1) << "seed " << seed;
      ++leaving[move.from];
    }
    for (const auto& [host, count] : coming) {
      EXPECT_LE(peak(loads[host]), 0.85 + 1e-9) << "seed " << seed << ": destination " << host;
    }
    for (const auto& [host, count] : leaving) {
      EXPECT_LE(peak(loads[host]), 0.85 + 1e-9) << "seed " << seed << ": source " << host;
      several += count > 1 ? 1U : 0U;
    }
    moves += decision.moves.size();
  }
  EXPECT_GT(moves, clusters / 2) << "else nothing was tested";
  EXPECT_GT(several, 10U);
}

TEST(EveryDecision, PredictsWhatItsMovesDo) {
  for (unsigned seed = 0; seed < clusters; ++seed) {
    const Cluster cluster = drawn(seed);
    const Decision decision = decide(cluster);
    auto loads = loads_of(cluster);
    for (const Move& move : decision.moves) {
      loads[move.from] -= move.demand;
      loads[move.to] += move.demand;
    }
    for (const HostRecord& record : decision.records) {
      for (const Prediction& prediction : record.predictions) {
        const Host& host = cluster.hosts[prediction.host];
        EXPECT_EQ(prediction.before, host.load);
        EXPECT_NEAR(prediction.after.cpu, loads[host.name].cpu, 1e-12);
        EXPECT_NEAR(prediction.after.mem, loads[host.name].mem, 1e-12);
        EXPECT_NEAR(prediction.after.net, loads[host.name].net, 1e-12);
      }
    }
  }
}

TEST(EveryDecision, OnceCarriedOutTheSameHostNeedsNoOther) {
  for (unsigned seed = 0; seed < clusters; ++seed) {
    Cluster cluster = drawn(seed);
    const Decision decision = decide(cluster);
    for (const Move& move : decision.moves) {
      for (Host& host : cluster.hosts) {
        host.load += host.name == move.to ? move.demand : Load{};
        host.load -= host.name == move.from ? move.demand : Load{};
      }
      const auto guest = std::find_if(
          cluster.guests.begin(), cluster.guests.end(), [&](const Guest& one) { return one.name == move.guest; });
      guest->host = static_cast<HostIndex>(
          std::find_if(
              cluster.hosts.begin(), cluster.hosts.end(), [&](const Host& one) { return one.name == move.to; }) -
          cluster.hosts.begin());
    }
    for (const Move& again : decide(cluster).moves) {
      for (const Move& move : decision.moves) {
        EXPECT_NE(again.from, move.from) << "seed " << seed;
        EXPECT_NE(again.guest, move.guest) << "seed " << seed;
      }
    }
  }
}

/// The same cluster with its hosts and guests in another order.
Cluster shuffled(const Cluster& cluster, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<HostIndex> order(cluster.hosts.size());
  std::iota(order.begin(), order.end(), HostIndex(0));
  std::shuffle(order.begin(), order.end(), random);
  Cluster other;
  std::vector<HostIndex> place(order.size());
  for (const HostIndex host : order) {
    place[host] = static_cast<HostIndex>(other.hosts.size());
    other.hosts.push_back(cluster.hosts[host]);
  }
  other.guests = cluster.guests;
  for (Guest& guest : other.guests) {
    guest.host = place[guest.host];
  }
  std::shuffle(other.guests.begin(), other.guests.end(), random);
  return other;
}

TEST(EveryDecision, DoesNotDependOnTheOrderOfHostsAndGuests) {
  for (unsigned seed = 0; seed < clusters; ++seed) {
    const Cluster cluster = drawn(seed);
    EXPECT_EQ(moves_of(shuffled(cluster, seed)), moves_of(cluster)) << "seed " << seed;
  }
}

TEST(EveryDecision, TreatsResourcesAlike) {
  const auto swap_in = [](Load& load) { load = {load.mem, load.net, load.cpu}; };
  for (unsigned seed = 0; seed < clusters; ++seed) {
    const Cluster cluster = drawn(seed);
    Cluster swapped = cluster;
    for (Host& host : swapped.hosts) {
      swap_in(host.load);
    }
    for (Guest& guest : swapped.guests) {
      swap_in(guest.load);
    }
    EXPECT_EQ(moves_of(swapped), moves_of(cluster)) << "seed " << seed;
  }
}

TEST(EveryDecision, DoesNotDependOnTheUnitOfCapacities) {
  for (unsigned seed = 0; seed < clusters; ++seed) {
    Cluster cluster = drawn(seed);
    const std::string moves = moves_of(cluster);
    for (Host& host : cluster.hosts) {
      host.capacity = {8, 65536, 1000};
    }
    EXPECT_EQ(moves_of(cluster), moves) << "seed " << seed;
  }
}

TEST(EveryDecision, AHostThatIsEvacuatedAndEmptyIsAHostThatIsNotThere) {
  for (unsigned seed = 0; seed < clusters; ++seed) {
    Cluster cluster = drawn(seed);
    const std::string without = moves_of(cluster);
    cluster.hosts.push_back({"spare", {0, 0, 0}, {1, 1, 1}, true});
    EXPECT_EQ(moves_of(cluster), without) << "seed " << seed;
  }
}

} // namespace
} // namespace migralab::balance::test
