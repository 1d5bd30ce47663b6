// SPDX-License-Identifier: Apache-2.0
// All policies by name: those for labs, on a simulated cluster, and those that consolidate.
#include "migralab/simulation/policies.hpp"

#include "migralab/balance/policy.hpp"
#include "migralab/core/error.hpp"
#include "migralab/simulation/generate.hpp"
#include "migralab/simulation/simulate.hpp"
#include "some_scenario.hpp"

#include <gtest/gtest.h>
#include <set>

namespace migralab::simulation::test {
namespace {

using Settings = std::vector<std::string>;

constexpr auto some_interval = std::chrono::seconds(100); // as some_scenario has it

Outcome outcome_of(const Scenario& scenario, const std::string& policy, const Settings& settings = {}) {
  const auto balancer = make_policy(policy, settings, scenario.trace.interval);
  return simulate(scenario, *balancer);
}

/// Steps of nine guests on three hosts, a sample every 5 s.
Scenario swinging() {
  Pattern pattern;
  pattern.kind = Pattern::Kind::steps;
  pattern.mean = 0.45;
  pattern.swing = 0.45;
  const Trace trace = generated(pattern, 9, 600, std::chrono::seconds(5), 3);
  Scenario scenario{{}, {}, trace, {}};
  for (int i = 1; i <= 3; ++i) {
    scenario.hosts.push_back({"h" + std::to_string(i), 2, 500, 4000, 1600, straight});
  }
  for (GuestIndex guest = 0; guest < 9; ++guest) {
    scenario.guests.push_back({trace.guests[guest].name, 1, 500, 200, 0, guest % 3});
  }
  return scenario;
}

TEST(Policies, AreAllListedWithWhereTheyRun) {
  std::set<std::string> names;
  std::size_t live = 0;
  for (const PolicyInfo& policy : policies()) {
    EXPECT_TRUE(names.insert(policy.name).second) << policy.name << " is there twice";
    EXPECT_FALSE(policy.about.empty()) << policy.name;
    EXPECT_TRUE(policy.live || !policy.source.empty()) << policy.name;
    EXPECT_FALSE(policy.parameters.empty()) << policy.name;
    live += policy.live ? 1U : 0U;
  }
  EXPECT_EQ(live, balance::policies().size());
  EXPECT_EQ(names.size(), balance::policies().size() + balancers().size() - 2 + 1)
      << "there is one `none`, and one `zhao-2009`; the gray box is a policy for labs that sees more";
}

TEST(Policies, HaveTheParametersThatDoSomething) {
  const auto parameters_of = [](const std::string& name) {
    std::string text;
    for (const PolicyInfo& policy : policies()) {
      for (const balance::ParameterInfo& parameter : policy.parameters) {
        text += policy.name == name ? parameter.name + "=" + parameter.value + " " : "";
      }
    }
    return text;
  };
  EXPECT_EQ(parameters_of("thr-mmt"), "threshold=0.8 spare_receivers=true reserve=0 transitions=0 ");
  EXPECT_EQ(parameters_of("thr-rs"), "threshold=0.8 spare_receivers=true reserve=0 transitions=0 seed=1 ");
  EXPECT_EQ(parameters_of("mad-mu"), "safety=2.5 fallback=0.7 spare_receivers=true reserve=0 transitions=0 ");
  EXPECT_EQ(parameters_of("iqr-mc"), "safety=1.5 fallback=0.7 spare_receivers=true reserve=0 transitions=0 ");
  EXPECT_EQ(
      parameters_of("lr-mmt"), "safety=1.2 fallback=0.7 weighted=true spare_receivers=true reserve=0 transitions=0 ");
  EXPECT_EQ(parameters_of("otf-mmt"), "otf=0.1 spare_receivers=true reserve=0 transitions=0 ");
  EXPECT_EQ(parameters_of("zhao-2009"), "period=5s mu=0.6 adaptive_mu=false ceiling=0.85 weight=0.5 seed=1 ");
  EXPECT_TRUE(has_seed("zhao-2009"));
  EXPECT_TRUE(has_seed("random"));
  EXPECT_TRUE(has_seed("lr-rs"));
  EXPECT_FALSE(has_seed("ferreira-2013"));
}

TEST(Policies, RunAndComeToTheSameNumbersAgain) {
  for (const PolicyInfo& policy : policies()) {
    const Outcome one = outcome_of(swinging(), policy.name);
    const Outcome two = outcome_of(swinging(), policy.name);
    EXPECT_EQ(one.energy_kwh, two.energy_kwh) << policy.name;
    EXPECT_EQ(one.migrations, two.migrations) << policy.name;
    EXPECT_EQ(one.migrations > 0, policy.name != "none") << policy.name;
  }
  const auto seeded = [](const char* seed) { return outcome_of(swinging(), "random", {seed}).energy_kwh; };
  EXPECT_NE(seeded("seed=1"), seeded("seed=2"));
}

TEST(Policies, NoneIsTheSameAsTheBalancerOfThatName) {
  const auto nobody = make_balancer("none");
  const Outcome one = simulate(swinging(), *nobody);
  const Outcome two = outcome_of(swinging(), "none");
  EXPECT_EQ(one.energy_kwh, two.energy_kwh);
  EXPECT_EQ(one.over_90_s, two.over_90_s);
}

TEST(LivePolicies, RelieveAnOverloadedHost) {
  // 960 of 1000 MIPS; each guest is 320 and a quarter of the memory. The migration takes 10 of 100 s.
  const Scenario scenario = some_scenario(2, {{0, {0.8, 0.8, 0.8}}, {0, {0.8, 0.8, 0.8}}, {0, {0.8, 0.8, 0.8}}});
  const Outcome outcome = outcome_of(scenario, "ferreira-2013");
  EXPECT_EQ(outcome.migrations, 1U);
  EXPECT_NEAR(outcome.over_90_s, 10, 1e-9) << "until the guest has left";
  EXPECT_EQ(outcome_of(scenario, "ferreira-2013", {"overload=0.97"}).migrations, 0U);
  EXPECT_EQ(outcome_of(scenario, "ferreira-2013", {"advise=true"}).migrations, 0U);
}

TEST(LivePolicies, AverageSamplesAndCountRoundsByTheTracesInterval) {
  // 60 %, then 96 %: with mu 0.6 the average is 81.6 %, 90.24 %, 93.7 %: over in the third sample. With hold=2 in the
  // fourth.
  const std::vector<double> rise{0.5, 0.8, 0.8, 0.8, 0.8};
  const Scenario scenario = some_scenario(2, {{0, rise}, {0, rise}, {0, rise}});
  const auto over = [&](const Settings& settings) { return outcome_of(scenario, "ferreira-2013", settings).over_90_s; };
  EXPECT_NEAR(over({}), 100 + 10, 1e-9);
  EXPECT_NEAR(over({"mu=1"}), 10, 1e-9);
  EXPECT_NEAR(over({"hold=2"}), 200 + 10, 1e-9);
  EXPECT_NEAR(over({"k=2", "n=3"}), 200 + 10, 1e-9);
}

TEST(LivePolicies, SeeMemoryAndNetworkWhereTheTraceTells) {
  Scenario scenario = some_scenario(2, {{0, {0.1, 0.1}}, {0, {0.1, 0.1}}, {0, {0.1, 0.1}}});
  EXPECT_EQ(outcome_of(scenario, "ferreira-2013").migrations, 0U) << "75 % of the memory, all that guests have";
  for (GuestSpec& guest : scenario.guests) {
    guest.memory_mb = 1300;
  }
  EXPECT_EQ(outcome_of(scenario, "ferreira-2013").migrations, 1U) << "97.5 %";
  scenario.trace.mem.assign(6, 0.5);
  EXPECT_EQ(outcome_of(scenario, "ferreira-2013").migrations, 0U) << "they use half of it";
  scenario.trace.net.assign(6, 65'000);
  EXPECT_EQ(outcome_of(scenario, "ferreira-2013").migrations, 1U) << "3 times 520 of 1600 Mbit/s";
}

TEST(LivePolicies, TheGrayBoxSeesWhatGuestsWantWhereTheHostHasNotEnough) {
  // Six guests want 400 MIPS each of a host that has 1000: each gets a sixth of it.
  Scenario scenario = some_scenario(6, std::vector<SomeGuest>(6, {0, {1}}));
  for (GuestSpec& guest : scenario.guests) {
    guest.memory_mb = 100;
  }
  const Settings at_once{"k=1", "n=1", "inbound=9"};
  EXPECT_EQ(outcome_of(scenario, "wood-2007", at_once).migrations, 2U) << "four sixths are within 75 %";
  EXPECT_EQ(outcome_of(scenario, "wood-2007-gray", at_once).migrations, 5U) << "one host for each, of 40 %";
}

TEST(LivePolicies, ACooldownKeepsGuestsFromComingBack) {
  EXPECT_GT(outcome_of(swinging(), "ferreira-2013").ping_pong, 0U);
  EXPECT_EQ(outcome_of(swinging(), "ferreira-2013", {"cooldown=10min"}).ping_pong, 0U);
}

struct Refused {
  std::string text;
  std::string hint;
};

Refused refused(const std::string& policy, const Settings& settings, Nanoseconds interval = some_interval) {
  try {
    (void)make_policy(policy, settings, interval);
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::bad_input);
    return {error.what(), error.hint()};
  }
  return {};
}

TEST(Policies, SayWhatIsWrongWithASetting) {
  const auto wrong = [](const std::string& setting) { return refused("lr-rs", {setting}).text; };
  EXPECT_EQ(wrong("safety=1.5"), "");
  EXPECT_EQ(wrong("fallback=70%"), "");
  EXPECT_EQ(
      wrong("safty=1.5"),
      "--set safty=1.5: unknown parameter of policy 'lr-rs'; did you mean 'safety'? Its parameters: safety, fallback, "
      "weighted, spare_receivers, reserve, transitions, seed");
  EXPECT_EQ(
      wrong("threshold=0.8"),
      "--set threshold=0.8: no parameter of policy 'lr-rs'; Its parameters: safety, fallback, weighted, "
      "spare_receivers, reserve, transitions, seed");
  EXPECT_EQ(wrong("fallback"), "--set fallback: no value; write fallback=0.7");
  EXPECT_EQ(wrong("safety"), "--set safety: no value; write safety=1.2");
  EXPECT_EQ(wrong("fallback="), "--set fallback=: no share; write for example 0.8 or 80%");
  EXPECT_EQ(wrong("fallback=high"), "--set fallback=high: no share; write for example 0.8 or 80%");
  EXPECT_EQ(wrong("fallback=0.8x"), "--set fallback=0.8x: no share; write for example 0.8 or 80%");
  EXPECT_EQ(wrong("fallback=80"), "--set fallback=80: out of range; write a share above 0 and up to 1");
  EXPECT_EQ(wrong("fallback=nan"), "--set fallback=nan: out of range; write a share above 0 and up to 1");
  EXPECT_EQ(wrong("safety=0"), "--set safety=0: no such factor; write a number above 0 and up to 100, for example 1.5");
  EXPECT_EQ(wrong("weighted=yes"), "--set weighted=yes: neither on nor off; write true or false");
  EXPECT_EQ(wrong("seed=-1"), "--set seed=-1: no such number; write a whole number from 0");
  EXPECT_EQ(refused("zhao-2009", {"weight=0"}).text, "") << "the network alone counts";
  EXPECT_EQ(refused("zhao-2009", {"weight=2"}).text, "--set weight=2: out of range; write a share from 0 and up to 1");
  const Refused both = refused("thr-mmt", {"threshold=2", "seed=1"});
  EXPECT_EQ(
      both.text,
      "--set threshold=2: out of range; write a share above 0 and up to 1\n"
      "--set seed=1: no parameter of policy 'thr-mmt'; Its parameters: threshold, spare_receivers, reserve, "
      "transitions");
  EXPECT_EQ(both.hint, "`migralab balance policies` lists the parameters of every policy");
}

TEST(Policies, SayWhatIsWrongWithTheRest) {
  const Refused unknown = refused("thr-mtm", {});
  EXPECT_EQ(unknown.text, "unknown policy 'thr-mtm'");
  EXPECT_TRUE(unknown.hint.starts_with("did you mean 'thr-mmt'? policies: ferreira-2013, none, ")) << unknown.hint;
  EXPECT_EQ(
      refused("ferreira-2013", {"period=5s"}).text,
      "--set period=5s: the trace says when there are samples, every 100 s; leave it out");
  EXPECT_EQ(
      refused("random", {}, std::chrono::hours(2)).text,
      "policy 'random' takes a sample every hour at least, the trace has one every 7200 s");
  EXPECT_TRUE(refused("ferreira-2013", {"overlod=0.8"}).text.find("did you mean 'overload'?") != std::string::npos);
}

} // namespace
} // namespace migralab::simulation::test
