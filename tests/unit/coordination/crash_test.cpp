// SPDX-License-Identifier: Apache-2.0
// The coordinator or an agent is killed at each step of a whole balancing, before and after it does what it decided on,
// and started again. The policy has to come to its end all the same.
#include "simulation.hpp"

#include <gtest/gtest.h>

namespace migralab::coordination::test {
namespace {

using namespace std::chrono_literals;

Plan plan_with(std::vector<Kill> kills, bool migrations_survive) {
  Plan plan;
  plan.seed = 3;
  plan.faults.loss = 0.05;
  plan.faults.migrations_survive = migrations_survive;
  plan.kills = std::move(kills);
  plan.timing.migration = 40s;
  return plan;
}

/// Steps of a process until the balancing is over.
std::size_t steps_of(const std::string& process) {
  FakeCluster cluster = overloaded_cluster();
  Simulation simulation(plan_with({}, true), cluster, four_hosts());
  simulation.run(50s);
  EXPECT_EQ(cluster.moves(), 2U);
  return simulation.steps(process);
}

void expect_recovery(FakeCluster cluster, const std::vector<Kill>& kills, bool migrations_survive) {
  testing::Message trace;
  for (const Kill& kill : kills) {
    trace << kill.process << " killed " << (kill.after ? "after" : "before") << " step " << kill.step << ", ";
  }
  SCOPED_TRACE(trace << (migrations_survive ? "migrations survive" : "migrations die"));
  Simulation simulation(plan_with(kills, migrations_survive), cluster, four_hosts());
  simulation.run(6min);
  for (const std::string& violation : cluster.violations()) {
    ADD_FAILURE() << violation;
  }
  EXPECT_TRUE(cluster.migrations().empty());
  EXPECT_EQ(simulation.open_moves(), 0U);
  EXPECT_EQ(simulation.open_rounds(), 0U);
  EXPECT_LE(cluster.highest_load(), 0.9);
  EXPECT_GE(cluster.moves(), 2U);
}

void expect_recovery_at_every_step(const std::string& process) {
  const std::size_t steps = steps_of(process);
  EXPECT_GT(steps, 20U);
  for (std::size_t step = 1; step <= steps; ++step) {
    for (const bool after : {false, true}) {
      for (const bool survive : {false, true}) {
        expect_recovery(overloaded_cluster(), {{process, step, after}}, survive);
      }
    }
  }
}

TEST(Crash, OfTheCoordinatorAtEveryStep) {
  expect_recovery_at_every_step(coordinator_name);
}

TEST(Crash, OfTheOverloadedHostsAgentAtEveryStep) {
  expect_recovery_at_every_step("h1");
}

TEST(Crash, OfADestinationsAgentAtEveryStep) {
  expect_recovery_at_every_step("h2");
}

// Nobody knows then of a migration that goes on, but its destination, where another host's guest would go, too.
TEST(Crash, OfTheCoordinatorAndASourcesAgentTogether) {
  for (std::size_t coordinator = 28; coordinator <= 48; coordinator += 4) {
    for (std::size_t agent = 7; agent <= 19; agent += 2) {
      expect_recovery(narrow_cluster(), {{coordinator_name, coordinator, true}, {"h1", agent, true}}, true);
    }
  }
}

} // namespace
} // namespace migralab::coordination::test
