// SPDX-License-Identifier: Apache-2.0
#include "migralab/simulation/gap.hpp"

#include "migralab/simulation/policies.hpp"
#include "some_scenario.hpp"

#include <gtest/gtest.h>

namespace migralab::simulation::test {
namespace {

/// 40, 30 and 10 % on one host, 20 % on the other; a quarter of the memory each.
Scenario two_hosts() {
  return some_scenario(2, {{0, {1.0, 1.0}}, {0, {0.75, 0.75}}, {0, {0.25, 0.25}}, {1, {0.5, 0.5}}});
}

std::optional<double> gap_of(const Scenario& scenario, std::vector<Script::Line> orders) {
  Script script(std::move(orders));
  GapMeter meter(script);
  static_cast<void>(simulate(scenario, meter));
  return meter.mean();
}

TEST(Gap, IsWhatTheBestMoveWouldHaveDoneBetter) {
  const auto one_move = [](GuestIndex guest) {
    return gap_of(two_hosts(), {{0, {guest, 1, Order::Reason::overload}}});
  };
  EXPECT_NEAR(one_move(1).value(), 0, 1e-9) << "50 and 50 %";
  EXPECT_NEAR(one_move(0).value(), 0.1, 1e-9) << "40 and 60 %";
  EXPECT_NEAR(one_move(2).value(), 0.2, 1e-9) << "70 and 30 %";
}

TEST(Gap, IsTheMeanOfWhatCanBeJudged) {
  // Guest 0 takes 10 s: at 100 s it has arrived, 40 and 60 %, half of the memory on each. Guest 3 goes back: three
  // quarters of the memory, where to move nothing leaves 60 %.
  const auto two = gap_of(two_hosts(), {{0, {0, 1, Order::Reason::overload}}, {100, {3, 0, Order::Reason::overload}}});
  EXPECT_NEAR(two.value(), (0.1 + 0.15) / 2, 1e-9);
  EXPECT_EQ(gap_of(two_hosts(), {}), std::nullopt) << "nothing was decided";
}

TEST(Gap, LargeClustersAreNotJudged) {
  std::vector<SomeGuest> guests;
  for (int i = 0; i < 31; ++i) {
    guests.push_back({0, {0.05, 0.05}, 10});
  }
  EXPECT_EQ(gap_of(some_scenario(2, guests), {{0, {0, 1, Order::Reason::overload}}}), std::nullopt);
  guests.pop_back();
  EXPECT_TRUE(gap_of(some_scenario(2, guests), {{0, {0, 1, Order::Reason::overload}}}).has_value());
}

} // namespace
} // namespace migralab::simulation::test
