// SPDX-License-Identifier: Apache-2.0
// Metrics of clusters that can be worked out by hand.
#include "migralab/core/error.hpp"
#include "migralab/simulation/simulate.hpp"
#include "some_scenario.hpp"

#include <gtest/gtest.h>

namespace migralab::simulation::test {
namespace {

constexpr double joules_of_a_kwh = 3.6e6;

double joules(const Outcome& outcome) {
  return outcome.energy_kwh * joules_of_a_kwh;
}

Outcome simulated(const Scenario& scenario, std::vector<Script::Line> lines = {}) {
  Script script(std::move(lines));
  return simulate(scenario, script);
}

TEST(Simulate, EnergyOfHostsThatAreOn) {
  // 200 of 1000 MIPS for 100 s, then 400 for 100 s; the second host has no guest.
  const Outcome outcome = simulated(some_scenario(2, {{0, {0.5, 1.0}}}));
  EXPECT_DOUBLE_EQ(joules(outcome), 120 * 100 + 140 * 100);
  EXPECT_DOUBLE_EQ(outcome.span_s, 200);
  EXPECT_EQ(outcome.migrations, 0U);
  EXPECT_EQ(outcome.slatah, 0);
  EXPECT_EQ(outcome.pdm, 0);
  EXPECT_EQ(outcome.shutdowns, 1U);
}

TEST(Simulate, AnIdleGuestKeepsItsHostOn) {
  Scenario scenario = some_scenario(1, {{0, {0, 0}}});
  EXPECT_DOUBLE_EQ(joules(simulated(scenario)), 100 * 200);
  scenario.model.nothing_is_off = true;
  const Outcome outcome = simulated(scenario);
  EXPECT_EQ(joules(outcome), 0);
  EXPECT_EQ(outcome.gone, 1U);
}

TEST(Simulate, AMigrationTakesItsTimeAndItsPart) {
  // 1000 MB at 100 MB/s: 10 s. The guest, of 400 MIPS, loses 40 of them for 10 of its 200 s.
  const Scenario scenario = some_scenario(2, {{0, {1.0, 1.0}}});
  Script script({{100, {0, 1, Order::Reason::overload}}});
  const Outcome outcome = simulate(scenario, script);
  ASSERT_EQ(script.ended.size(), 1U);
  EXPECT_DOUBLE_EQ(script.ended[0].second, 110);
  EXPECT_EQ(outcome.migrations, 1U);
  EXPECT_DOUBLE_EQ(outcome.moved_mb, 1000);
  EXPECT_DOUBLE_EQ(outcome.pdm, 40.0 * 10 / (400 * 200));
  // The source is as busy as before until the guest has left, and off then; the destination has 40 MIPS meanwhile.
  EXPECT_NEAR(joules(outcome), 140 * 100 + (140 + 104) * 10 + 140 * 90, 1e-6);
  EXPECT_EQ(outcome.shutdowns, 2U) << "the destination, that is off at first, and the source";
}

TEST(Simulate, TimeInWhichAHostGivesLessThanIsDemanded) {
  // 1200 MIPS are demanded of 1000, then 800, on one of two hosts that are on.
  const Scenario scenario = some_scenario(2, {{0, {1.0, 1.0}}, {0, {1.0, 1.0}}, {0, {1.0, 0.0}}, {1, {0.1, 0.1}}});
  const Outcome outcome = simulated(scenario);
  EXPECT_DOUBLE_EQ(outcome.slatah, 100.0 / 400);
  EXPECT_DOUBLE_EQ(outcome.over_90_s, 100);
  EXPECT_EQ(outcome.pdm, 0) << "nobody migrates";
  EXPECT_EQ(outcome.slav(), 0);
}

TEST(Simulate, CountsMigrationsBackWithinTenMinutes) {
  const std::vector<double> shares(20, 0.5);
  const auto to = [](double at, HostIndex host) { return Script::Line{at, {0, host, Order::Reason::overload}}; };
  const Scenario scenario = some_scenario(3, {{0, shares}});
  EXPECT_EQ(simulated(scenario, {to(100, 1), to(200, 0)}).ping_pong, 1U);
  EXPECT_EQ(simulated(scenario, {to(100, 1), to(200, 2), to(600, 0)}).ping_pong, 1U);
  EXPECT_EQ(simulated(scenario, {to(100, 1), to(800, 0)}).ping_pong, 0U) << "more than ten minutes";
  EXPECT_EQ(simulated(scenario, {to(100, 1), to(200, 2)}).ping_pong, 0U) << "not back";
}

TEST(Simulate, InterpolatesBetweenSamples) {
  // From 100 W to 140 W in a straight line, then as the last sample.
  Scenario scenario = some_scenario(1, {{0, {0.0, 1.0}}});
  scenario.model.interpolate = true;
  const Outcome outcome = simulated(scenario);
  EXPECT_DOUBLE_EQ(joules(outcome), 120 * 100 + 140 * 100);
}

TEST(Simulate, RefusesWhatCannotBe) {
  const auto message = [](const Scenario& scenario, std::vector<Script::Line> lines = {}) {
    try {
      (void)simulated(scenario, std::move(lines));
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const Scenario good = some_scenario(2, {{0, {1.0, 1.0}}});
  EXPECT_EQ(message(good), "");
  Scenario scenario = good;
  scenario.guests[0].host.reset();
  EXPECT_EQ(
      message(scenario),
      "scenario: no host can take guest 'g0' at the beginning; give more hosts, larger ones or fewer guests");
  scenario = good;
  scenario.guests[0].host = 2;
  EXPECT_EQ(message(scenario), "scenario: guest 'g0' begins on host number 2, but there are 2");
  scenario = good;
  scenario.trace.cpu.pop_back();
  EXPECT_EQ(
      message(scenario),
      "scenario: its trace has 1 samples for 1 guests and 2 steps of 100000000000 ns; samples are guests times steps, "
      "a "
      "step is above 0");
  EXPECT_EQ(
      message(good, {{0, {0, 0, Order::Reason::overload}}}),
      "balancer: at 0 s it ordered guest number 0 to host number 0; such a guest is not there, or it is on that host, "
      "or "
      "on its way to it");
}

} // namespace
} // namespace migralab::simulation::test
