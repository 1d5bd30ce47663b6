// SPDX-License-Identifier: Apache-2.0
// Scenario files: what they say, and every mistake in them: errors/NAME.sim.yaml and the whole text that a user gets.
#include "migralab/simulation/scenario_file.hpp"

#include "support/golden.hpp"
#include "support/scratch_folder.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace migralab::simulation::test {
namespace {

using migralab::test::source_path;

ScenarioFile parsed(const std::string& text) {
  Diagnostics diagnostics("test.sim.yaml", text);
  ScenarioFile file = parse_scenario(text, diagnostics);
  EXPECT_FALSE(diagnostics.has_errors()) << diagnostics.render();
  return file;
}

const std::string some_hosts = "hosts: {h: {count: 2, cores: 2, core_mips: 1000, memory: 4GiB}}\n";
const std::string some_policies = "policies: {none: }\n";

TEST(ScenarioFile, UnfoldsGroupsAndTakesDefaults) {
  const ScenarioFile file = parsed(
      "simulation: some\nlength: 1h\nseeds: 5\nhosts:\n"
      "  h: {count: 2, cores: 2, core_mips: 1000, memory: 4GiB, network: 100Mbit/s, power: hp-proliant-ml110-g4}\n"
      "  big: {cores: 16, core_mips: 2000, memory: 64GiB, power: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11.5]}\n"
      "guests:\n"
      "  web: {count: 3, core_mips: 500, memory: 512MiB, on: [h2, big], load: {pattern: steps}}\n"
      "  db: {cores: 4, core_mips: 500, memory: 1GiB, network: 10Mbit/s, load: {pattern: ar1, mean: 0.5, correlation: "
      "0.9}}\n"
      "policies:\n  thr-mmt:\n  mine: {policy: ferreira-2013, set: {mu: 0.5, cooldown: 5min}}\n");
  EXPECT_EQ(file.name, "some");
  ASSERT_EQ(file.hosts.size(), 3U);
  EXPECT_EQ(file.hosts[1].name, "h2");
  EXPECT_EQ(file.hosts[1].net_mbit, 100);
  EXPECT_EQ(file.hosts[1].power, hp_proliant_ml110_g4);
  EXPECT_EQ(file.hosts[2].name, "big");
  EXPECT_EQ(file.hosts[2].memory_mb, 65536);
  EXPECT_EQ(file.hosts[2].net_mbit, 1000);
  EXPECT_EQ(file.hosts[2].power.watts.back(), 11.5);
  ASSERT_EQ(file.groups.size(), 2U);
  ASSERT_EQ(file.groups[0].guests.size(), 3U);
  EXPECT_EQ(file.groups[0].guests[2].name, "web3");
  EXPECT_EQ(file.groups[0].guests[0].host, HostIndex(1));
  EXPECT_EQ(file.groups[0].guests[1].host, HostIndex(2));
  EXPECT_EQ(file.groups[0].guests[2].host, HostIndex(1)) << "by turns";
  EXPECT_EQ(file.groups[1].guests[0].host, std::nullopt);
  EXPECT_EQ(file.groups[1].pattern.correlation, 0.9);
  EXPECT_EQ(file.interval, std::chrono::minutes(5));
  EXPECT_EQ(file.full.length, std::chrono::hours(1));
  EXPECT_EQ(file.full.seeds, 5U);
  EXPECT_EQ(file.quick.length, std::chrono::hours(1));
  EXPECT_EQ(file.quick.seeds, 2U);
  ASSERT_EQ(file.policies.size(), 2U);
  EXPECT_EQ(file.policies[0].policy, "thr-mmt") << "as the row is called";
  EXPECT_EQ(file.policies[1].settings, (std::vector<std::string>{"mu=0.5", "cooldown=5min"}));
}

TEST(ScenarioFile, EachSeedAndEachGroupHasADemandOfItsOwn) {
  const ScenarioFile file = parsed(
      "simulation: some\n" + some_hosts + some_policies +
      "guests:\n  a: {count: 2, core_mips: 500, memory: 512MiB, load: {pattern: ar1}}\n"
      "  b: {core_mips: 500, memory: 512MiB, load: {pattern: ar1}}\n");
  const Scenario one = scenario_of(file, std::chrono::hours(1), 1);
  EXPECT_EQ(one.trace.steps, 12U);
  EXPECT_EQ(one.trace.cpu.size(), 36U);
  EXPECT_EQ(one.guests[2].name, "b");
  EXPECT_NO_THROW(check(one));
  EXPECT_EQ(one.trace.cpu, scenario_of(file, std::chrono::hours(1), 1).trace.cpu);
  EXPECT_NE(one.trace.cpu, scenario_of(file, std::chrono::hours(1), 2).trace.cpu);
  EXPECT_NE(one.trace.cpu[0], one.trace.cpu[24]);
}

TEST(ScenarioFile, SeedsGoToPoliciesThatDrawLots) {
  using Settings = std::vector<std::string>;
  EXPECT_EQ(settings_of({"a", "random", {"mu=1"}}, 7), (Settings{"mu=1", "seed=7"}));
  EXPECT_EQ(settings_of({"a", "random", {"seed=3"}}, 7), Settings{"seed=3"});
  EXPECT_EQ(settings_of({"a", "thr-rs", {}}, 7), Settings{"seed=7"});
  EXPECT_EQ(settings_of({"a", "ferreira-2013", {}}, 7), Settings{});
}

TEST(ScenarioFile, TakesGuestsFromATraceBesideIt) {
  const migralab::test::ScratchFolder folder;
  std::string day;
  for (int i = 0; i < 288; ++i) {
    day += std::to_string(i % 100) + "\n";
  }
  folder.put("day/a", day);
  folder.put("day/b", day);
  folder.put("x.sim.yaml", "simulation: x\ntrace: day\nlength: 30min\n" + some_hosts + some_policies);
  const ScenarioFile file = load_scenario(folder.path() / "x.sim.yaml");
  const Scenario cut = scenario_of(file, file.full.length, 1);
  EXPECT_EQ(cut.trace.steps, 6U);
  EXPECT_EQ(cut.trace.cpu.size(), 12U);
  EXPECT_EQ(cut.trace.cpu_of(1)[5], 0.05);
  EXPECT_EQ(cut.hosts.size(), 2U);
  EXPECT_EQ(cut.guests[1].name, "b");
  EXPECT_NO_THROW(check(cut));
  EXPECT_EQ(scenario_of(file, Nanoseconds(0), 1).trace.steps, 288U);
}

std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(source_path("tests/unit/simulation/errors"))) {
    if (entry.path().extension() == ".yaml") {
      names.push_back(entry.path().stem().stem().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

class ScenarioErrors : public testing::TestWithParam<std::string> {};

TEST_P(ScenarioErrors, Golden) {
  const std::string stem = "tests/unit/simulation/errors/" + GetParam();
  const std::string text = migralab::test::read_text(source_path(stem + ".sim.yaml"));
  Diagnostics diagnostics(GetParam() + ".sim.yaml", text);
  static_cast<void>(parse_scenario(text, diagnostics)); // only what is said about it matters
  EXPECT_TRUE(diagnostics.has_errors());
  migralab::test::expect_golden(source_path(stem + ".err.exp"), diagnostics.render());
}

INSTANTIATE_TEST_SUITE_P(, ScenarioErrors, testing::ValuesIn(cases()), [](const auto& test_case) {
  std::string name = test_case.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

} // namespace
} // namespace migralab::simulation::test
