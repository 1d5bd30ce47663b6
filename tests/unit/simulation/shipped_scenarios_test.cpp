// SPDX-License-Identifier: Apache-2.0
// The shipped scenarios in their quick form: each shows a trouble, and that the switch it names cures it.
#include "migralab/simulation/policies.hpp"
#include "migralab/simulation/scenario_file.hpp"
#include "migralab/simulation/simulate.hpp"
#include "support/golden.hpp"

#include <gtest/gtest.h>
#include <map>
#include <set>

namespace migralab::simulation::test {
namespace {

/// Of all seeds together.
struct Sums {
  double energy_kwh = 0;
  double over_90_s = 0;
  std::size_t migrations = 0;
  std::size_t ping_pong = 0;
  double deviation = 0;
  double slatah = 0;
};

std::map<std::string, Sums> quick_run(const std::string& name) {
  const ScenarioFile file = load_scenario(migralab::test::source_path("experiments/" + name + ".sim.yaml"));
  EXPECT_EQ(file.name, name);
  EXPECT_FALSE(file.about.empty());
  std::map<std::string, Sums> all;
  for (const PolicyChoice& choice : file.policies) {
    Sums& sums = all[choice.label];
    for (unsigned seed = 1; seed <= file.quick.seeds; ++seed) {
      const auto balancer = make_policy(choice.policy, settings_of(choice, seed), file.interval);
      const Outcome outcome = simulate(scenario_of(file, file.quick.length, seed), *balancer);
      sums.energy_kwh += outcome.energy_kwh;
      sums.over_90_s += outcome.over_90_s;
      sums.migrations += outcome.migrations;
      sums.ping_pong += outcome.ping_pong;
      sums.deviation += outcome.deviation;
      sums.slatah += outcome.slatah;
    }
  }
  return all;
}

TEST(ShippedScenarios, PingPongIsCuredByACooldown) {
  auto all = quick_run("ping-pong");
  EXPECT_GT(all.at("as-published").ping_pong, 0U);
  EXPECT_EQ(all.at("cooldown").ping_pong, 0U);
  EXPECT_EQ(all.at("cooldown-adaptive").ping_pong, 0U);
  EXPECT_LT(all.at("cooldown").migrations, all.at("as-published").migrations);
  EXPECT_LT(all.at("cooldown").over_90_s, all.at("none").over_90_s) << "it is still worth having";
}

TEST(ShippedScenarios, ShortPeaksAreWaitedOut) {
  auto all = quick_run("short-peaks");
  EXPECT_GT(all.at("as-published").migrations, 0U);
  for (const char* cure : {"hold", "k-of-n", "small-mu"}) {
    EXPECT_LT(all.at(cure).migrations, all.at("as-published").migrations) << cure;
  }
}

TEST(ShippedScenarios, TightPackingIsCuredByALowerThreshold) {
  auto all = quick_run("tight-packing");
  EXPECT_LT(all.at("full").energy_kwh, all.at("none").energy_kwh);
  EXPECT_LT(all.at("as-published").over_90_s, all.at("full").over_90_s);
  EXPECT_LE(all.at("roomy").over_90_s, all.at("as-published").over_90_s);
  EXPECT_GT(all.at("roomy").energy_kwh, all.at("full").energy_kwh) << "its price";
}

TEST(ShippedScenarios, IdleSkewIsCuredByPoliciesOfDeviation) {
  auto all = quick_run("idle-skew");
  EXPECT_EQ(all.at("as-published").migrations, 0U);
  EXPECT_EQ(all.at("none").over_90_s, 0) << "nothing is overloaded";
  for (const char* cure : {"drs", "watcher", "cloudstack"}) {
    EXPECT_LT(all.at(cure).deviation, 0.8 * all.at("none").deviation) << cure;
    EXPECT_LT(all.at(cure).migrations, 40U) << cure << ": of two runs of ten minutes, until it is even";
  }
}

TEST(ShippedScenarios, FidgetingIsCuredByALargerSpreadOrALimit) {
  auto all = quick_run("fidgeting");
  EXPECT_GT(all.at("fine").migrations, 20U);
  EXPECT_EQ(all.at("none").over_90_s, 0) << "for nothing";
  EXPECT_EQ(all.at("watcher").migrations, 0U);
  EXPECT_EQ(all.at("limit").migrations, 0U);
}

TEST(ShippedScenarios, MorningRushIsCuredByAHostInReserveAndSlowerEmptying) {
  auto all = quick_run("morning-rush");
  EXPECT_LT(all.at("packed").energy_kwh, all.at("none").energy_kwh) << "what it is for";
  EXPECT_GT(all.at("packed").slatah, all.at("none").slatah) << "its price";
  EXPECT_GT(all.at("packed").over_90_s, 0);
  EXPECT_LT(all.at("both").over_90_s, 0.4 * all.at("packed").over_90_s);
  EXPECT_LT(all.at("both").slatah, 0.6 * all.at("packed").slatah);
  EXPECT_LT(2 * all.at("both").migrations, all.at("packed").migrations);
  EXPECT_LT(all.at("reserve").slatah, 0.8 * all.at("packed").slatah);
  EXPECT_LT(all.at("one-at-a-time").migrations, all.at("packed").migrations);
  EXPECT_GT(all.at("reserve").energy_kwh, all.at("packed").energy_kwh) << "the reserve's";
  EXPECT_LT(all.at("reserve").energy_kwh, all.at("none").energy_kwh);
}

TEST(ShippedScenarios, AllHaveATestHere) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(migralab::test::source_path("experiments"))) {
    if (entry.path().string().ends_with(".sim.yaml")) {
      names.insert(entry.path().filename().string());
    }
  }
  EXPECT_EQ(
      names,
      (std::set<std::string>{
          "fidgeting.sim.yaml",
          "idle-skew.sim.yaml",
          "morning-rush.sim.yaml",
          "ping-pong.sim.yaml",
          "short-peaks.sim.yaml",
          "tight-packing.sim.yaml"}));
}

} // namespace
} // namespace migralab::simulation::test
