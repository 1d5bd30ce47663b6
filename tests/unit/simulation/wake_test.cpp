// SPDX-License-Identifier: Apache-2.0
// Hosts that are off: what they take to come on, what that costs, and those that are kept for what may come.
#include "some_scenario.hpp"

#include "migralab/core/error.hpp"
#include "migralab/simulation/policies.hpp"

#include <gtest/gtest.h>

namespace migralab::simulation::test {
namespace {

/// A guest of 1000 MB on the first host; the second is off. 400 s.
Scenario one_guest() {
  return some_scenario(2, {{0, {0.5, 0.5, 0.5, 0.5}}});
}

Script to_the_second_at_once() {
  return Script({{0, {0, 1, Order::Reason::overload}}});
}

TEST(Wake, AGuestArrivesLaterAtAHostThatHasToComeOn) {
  Scenario scenario = one_guest();
  Script at_once = to_the_second_at_once();
  static_cast<void>(simulate(scenario, at_once));
  ASSERT_EQ(at_once.ended.size(), 1U);
  EXPECT_DOUBLE_EQ(at_once.ended[0].second, 10) << "1000 MB at 100 MB/s";
  scenario.hosts[1].wake_s = 60;
  Script later = to_the_second_at_once();
  static_cast<void>(simulate(scenario, later));
  EXPECT_DOUBLE_EQ(later.ended[0].second, 70);
}

TEST(Wake, WhileTheHostComesOnNobodyLosesAnything) {
  Scenario scenario = one_guest();
  Script at_once = to_the_second_at_once();
  const Outcome without = simulate(scenario, at_once);
  scenario.hosts[1].wake_s = 60;
  Script later = to_the_second_at_once();
  const Outcome with = simulate(scenario, later);
  EXPECT_GT(with.pdm, 0);
  EXPECT_DOUBLE_EQ(with.pdm, without.pdm) << "it is copied for ten seconds";
  EXPECT_GT(with.slatah, 0);
  EXPECT_LE(with.slatah, without.slatah) << "a host that is coming on owes nobody anything";
  EXPECT_EQ(with.moved_mb, without.moved_mb);
}

TEST(Wake, TwoGuestsWaitForTheSameComingOn) {
  Scenario scenario = some_scenario(2, {{0, {0.2, 0.2}}, {0, {0.2, 0.2}}});
  scenario.hosts[1].wake_s = 60;
  scenario.hosts[1].boot_joules = 3.6e6;
  Script both({{0, {0, 1, Order::Reason::overload}}, {0, {1, 1, Order::Reason::overload}}});
  const Outcome with = simulate(scenario, both);
  ASSERT_EQ(both.ended.size(), 2U);
  EXPECT_DOUBLE_EQ(both.ended[0].second, 70);
  EXPECT_DOUBLE_EQ(both.ended[1].second, 70);
  scenario.hosts[1].boot_joules = 0;
  Script again({{0, {0, 1, Order::Reason::overload}}, {0, {1, 1, Order::Reason::overload}}});
  EXPECT_NEAR(with.energy_kwh - simulate(scenario, again).energy_kwh, 1, 1e-9) << "once";
}

TEST(Wake, AHostThatIsOnHasNothingToWaitFor) {
  Scenario scenario = some_scenario(2, {{0, {0.2, 0.2}}, {1, {0.2, 0.2}}});
  scenario.hosts[1].wake_s = 60;
  Script script = to_the_second_at_once();
  static_cast<void>(simulate(scenario, script));
  EXPECT_DOUBLE_EQ(script.ended[0].second, 10);
}

TEST(Reserve, EmptyHostsStayOnAndDrawPower) {
  const Scenario scenario = some_scenario(4, {{0, {0.5, 0.5, 0.5, 0.5}}});
  const auto energy = [&](const std::vector<std::string>& settings) {
    return simulate(scenario, *make_policy("thr-mmt", settings, scenario.trace.interval)).energy_kwh;
  };
  const double idle_kwh = 100.0 * 400 / 3.6e6; // of a host, for the whole of it
  EXPECT_NEAR(energy({"reserve=2"}) - energy({}), 2 * idle_kwh, 1e-9);
  EXPECT_NEAR(energy({"reserve=9"}) - energy({}), 3 * idle_kwh, 1e-9) << "there are no more";
  EXPECT_THROW(static_cast<void>(make_policy("thr-mmt", {"reserve=-1"}, scenario.trace.interval)), Error);
  EXPECT_THROW(static_cast<void>(make_policy("zhao-2009", {"reserve=1"}, scenario.trace.interval)), Error);
}

TEST(Transitions, SoManyHostsAreEmptiedInARound) {
  const std::vector<double> calm{0.1, 0.1, 0.1, 0.1};
  const Scenario scenario = some_scenario(4, {{0, calm}, {1, calm}, {2, calm}, {3, calm}});
  const auto off_after_the_first_round = [&](const std::vector<std::string>& settings) {
    const auto policy = make_policy("thr-mmt", settings, scenario.trace.interval);
    SomeState all(some_scenario(4, {{0, calm}, {1, calm}, {2, calm}, {3, calm}}));
    return policy->decide(all.state, 0).size();
  };
  EXPECT_GT(off_after_the_first_round({}), 1U);
  EXPECT_EQ(off_after_the_first_round({"transitions=1"}), 1U);
  EXPECT_EQ(
      simulate(scenario, *make_policy("thr-mmt", {"transitions=1"}, scenario.trace.interval)).shutdowns,
      simulate(scenario, *make_policy("thr-mmt", {}, scenario.trace.interval)).shutdowns)
      << "one after the other, in the end";
}

} // namespace
} // namespace migralab::simulation::test
