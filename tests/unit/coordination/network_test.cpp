// SPDX-License-Identifier: Apache-2.0
// Agents, coordinator and a policy together, over networks of every kind. Whatever happens: exactly one copy of each
// guest runs, one guest at a time comes to a host, no order is carried out twice, every round ends, and once nothing
// goes wrong any more the overload does, too.
#include "simulation.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace migralab::coordination::test {
namespace {

using namespace std::chrono_literals;

/// Short enough that what was lost ends within a run.
Timing short_timing() {
  Timing timing;
  timing.migration = 40s;
  timing.finished = 40s;
  return timing;
}

void expect_all_is_well(const FakeCluster& cluster, const Simulation& simulation) {
  for (const std::string& violation : cluster.violations()) {
    ADD_FAILURE() << violation;
  }
  for (const std::string& name : cluster.guests()) {
    const std::string where = cluster.host_of(name);
    EXPECT_EQ(where.size(), 2U) << name << " is at '" << where << "'";
  }
  EXPECT_TRUE(cluster.migrations().empty());
  EXPECT_EQ(simulation.open_moves(), 0U);
  EXPECT_EQ(simulation.open_rounds(), 0U);
  EXPECT_LE(cluster.highest_load(), 0.9);
}

/// Two minutes with these faults, then two without.
class Balancing {
public:
  Balancing(unsigned seed, const Faults& faults)
      : cluster(faults.redraw > 0s ? busy_cluster() : overloaded_cluster()),
        simulation({seed, faults, {}, short_timing()}, cluster, faults.redraw > 0s ? six_hosts() : four_hosts()) {
    simulation.run(4min);
  }

  FakeCluster cluster;
  Simulation simulation;
};

/// How many records of that kind there are.
template <typename T> std::size_t count(const Simulation& simulation) {
  const auto& records = simulation.records();
  return static_cast<std::size_t>(std::count_if(
      records.begin(), records.end(), [](const Record& record) { return std::holds_alternative<T>(record); }));
}

TEST(Network, TwoGuestsLeaveTheOverloadedHost) {
  const Balancing run(1, {});
  expect_all_is_well(run.cluster, run.simulation);
  EXPECT_EQ(run.cluster.moves(), 2U);
  EXPECT_EQ(run.simulation.refused(Refusal::repeated), 0U);
}

TEST(Network, TheSameSeedGivesTheSameRun) {
  Faults faults;
  faults.loss = 0.2;
  faults.agent_crash = 0.002;
  const Balancing first(5, faults);
  const Balancing second(5, faults);
  EXPECT_EQ(first.simulation.datagrams(), second.simulation.datagrams());
  EXPECT_EQ(first.simulation.records().size(), second.simulation.records().size());
}

TEST(Network, LosesAFifthDoublesAFifthAndReorders) {
  std::size_t repeated = 0;
  for (unsigned seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE(seed);
    const Balancing run(seed, Faults{.loss = 0.2, .duplication = 0.2, .longest_delay = 300ms});
    expect_all_is_well(run.cluster, run.simulation);
    EXPECT_GE(run.cluster.moves(), 2U);
    repeated += run.simulation.refused(Refusal::repeated);
  }
  EXPECT_GT(repeated, 1000U) << "datagrams were doubled, and refused the second time";
}

TEST(Network, LosesMostOfIt) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE(seed);
    const Balancing run(seed, Faults{.loss = 0.8, .longest_delay = 50ms});
    expect_all_is_well(run.cluster, run.simulation);
  }
}

TEST(Network, IsAnAttackersWhoReplaysAndForges) {
  std::size_t forged = 0;
  std::size_t stale = 0;
  for (unsigned seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE(seed);
    const Balancing run(
        seed, Faults{.loss = 0.1, .replay = 0.5, .forgery = 0.3, .agent_crash = 0.0005, .coordinator_crash = 0.0005});
    expect_all_is_well(run.cluster, run.simulation);
    forged += run.simulation.refused(Refusal::forged);
    stale += run.simulation.refused(Refusal::stale) + run.simulation.refused(Refusal::repeated);
  }
  EXPECT_GT(forged, 1000U);
  EXPECT_GT(stale, 1000U);
}

TEST(Network, MigrationsAndSamplesFail) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE(seed);
    const Balancing run(seed, Faults{.failed_sample = 0.3, .failed_migration = 0.5});
    expect_all_is_well(run.cluster, run.simulation);
  }
}

Faults everything(bool migrations_survive) {
  return {
      .loss = 0.2,
      .duplication = 0.2,
      .longest_delay = 300ms,
      .replay = 0.1,
      .forgery = 0.05,
      .failed_sample = 0.1,
      .failed_migration = 0.2,
      .agent_crash = 0.003,
      .coordinator_crash = 0.003,
      .migrations_survive = migrations_survive};
}

TEST(Network, EverythingGoesWrongAtOnce) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    for (const bool survive : {true, false}) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << (survive ? ", migrations survive" : ", migrations die"));
      const Balancing run(seed, everything(survive));
      expect_all_is_well(run.cluster, run.simulation);
    }
  }
}

// Hosts become overloaded while others are being relieved, and a coordinator that starts finds migrations under way.
TEST(Network, EverythingGoesWrongWhileLoadsChange) {
  std::size_t moves = 0;
  std::size_t learned = 0;
  for (unsigned seed = 0; seed < 15; ++seed) {
    for (const bool survive : {true, false}) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << (survive ? ", migrations survive" : ", migrations die"));
      Faults faults = everything(survive);
      faults.agent_crash = 0.003;
      faults.coordinator_crash = 0.001;
      faults.redraw = 15s;
      const Balancing run(seed, faults);
      expect_all_is_well(run.cluster, run.simulation);
      moves += run.cluster.moves();
      learned += count<MoveLearned>(run.simulation);
    }
  }
  EXPECT_GT(moves, 100U);
  EXPECT_GT(learned, 5U);
}

} // namespace
} // namespace migralab::coordination::test
