// SPDX-License-Identifier: Apache-2.0
#include "migralab/simulation/cluster_state.hpp"
#include "migralab/simulation/random.hpp"
#include "some_scenario.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace migralab::simulation::test {
namespace {

/// Every sum of every host, and what its guests used, as the state keeps them.
std::vector<double> sums_of(const ClusterState& state) {
  std::vector<double> sums;
  for (HostIndex host = 0; host < state.hosts(); ++host) {
    sums.insert(sums.end(), {state.requested(host), state.free_mips(host), state.committed(host)});
    ClusterState::Past past{};
    (void)state.past(host, std::nullopt, past);
    sums.insert(sums.end(), past.begin(), past.end());
  }
  return sums;
}

TEST(ClusterState, SumsAreWhatAddingUpAnewWouldGive) {
  std::vector<SomeGuest> guests;
  for (HostIndex i = 0; i < 12; ++i) {
    guests.push_back({i % 3, {0.1 + 0.07 * i}});
  }
  SomeState some(some_scenario(3, guests));
  some.remember({.1, .2, .3, .4, .5, .6, .7, .8, .9, .1, .2, .3}, 3);
  std::vector<HostIndex> where(guests.size());
  for (GuestIndex guest = 0; guest < guests.size(); ++guest) {
    where[guest] = guest % 3;
  }
  Random random(5);
  (void)sums_of(some.state); // what guests used is kept from now on
  for (int i = 0; i < 500; ++i) {
    const auto guest = static_cast<GuestIndex>(random.below(guests.size()));
    some.state.take(guest, where[guest]);
    where[guest] = static_cast<HostIndex>(random.below(3));
    some.state.put(guest, where[guest]);
    const std::vector<double> kept = sums_of(some.state);
    for (HostIndex host = 0; host < 3; ++host) {
      some.state.recount(host);
    }
    ASSERT_EQ(kept, sums_of(some.state)) << "to the last bit, after change " << i;
  }
}

TEST(ClusterState, ACopyIsItsOwn) {
  SomeState some(some_scenario(2, {{0, {0.5}}, {0, {0.25}}}));
  ClusterState plan = some.state;
  plan.take(1, 0);
  plan.put(1, 1);
  EXPECT_DOUBLE_EQ(some.state.requested(0), 300);
  EXPECT_DOUBLE_EQ(plan.requested(0), 200);
  EXPECT_DOUBLE_EQ(plan.requested(1), 100);
}

TEST(ClusterState, GivesAllTheSamePartWhereThereIsTooLittle) {
  SomeState some(some_scenario(2, {{0, {1.0}}, {0, {1.0}}, {0, {1.0}}, {1, {1.0}}}));
  std::vector<double> given;
  some.state.share_out(0, given);
  EXPECT_EQ(given, std::vector<double>(3, 400 * (1000.0 / 1200)));
  EXPECT_EQ(some.state.free_mips(0), 0);
  EXPECT_DOUBLE_EQ(some.state.free_mips(1), 600);
  EXPECT_DOUBLE_EQ(some.state.committed(0), 1000);
  some.scenario.model.whole_mips = true;
  some.state.share_out(0, given);
  EXPECT_EQ(given, std::vector<double>(3, 333));
}

TEST(ClusterState, AMigratingGuestCostsBothEnds) {
  SomeState some(some_scenario(2, {{0, {1.0}}, {1, {0.5}}}));
  some.state.begin_arrival(0, 1);
  for (HostIndex host = 0; host < 2; ++host) {
    some.state.recount(host);
  }
  std::vector<double> given;
  some.state.share_out(0, given);
  EXPECT_EQ(given, std::vector<double>{360});
  some.state.share_out(1, given);
  EXPECT_EQ(given, (std::vector<double>{200, 40}));
  EXPECT_TRUE(some.state.in_flight(0));
  EXPECT_TRUE(some.state.arriving(0, 1));
  EXPECT_FALSE(some.state.arriving(0, 0));
  EXPECT_DOUBLE_EQ(some.state.free_mips(1), 1000 - 200 - 40);
  EXPECT_DOUBLE_EQ(some.state.committed(1), 600) << "counts as if it were there";
  some.state.end_arrival(0, 1);
  EXPECT_FALSE(some.state.in_flight(0));
  EXPECT_EQ(some.state.guests_of(1).size(), 1U);
}

TEST(ClusterState, TakesAGuestThatFits) {
  Scenario scenario = some_scenario(2, {{0, {1.0}}, {1, {1.0}, 3500}, {1, {0.9}, 400}});
  SomeState some(scenario);
  EXPECT_FALSE(some.state.takes(1, 0)) << "100 MB of 4000 are free, and 240 MIPS";
  some.state.let_sizes_bind(false);
  EXPECT_FALSE(some.state.takes(1, 0)) << "240 MIPS are free";
  some.state.set_request(0, 240);
  EXPECT_TRUE(some.state.takes(1, 0));
  some.state.let_sizes_bind(true);
  EXPECT_FALSE(some.state.takes(1, 0));

  scenario.hosts[1].core_mips = 390; // a guest has one core
  SomeState slow(scenario);
  slow.state.let_sizes_bind(false);
  slow.state.take(1, 1);
  slow.state.take(2, 1);
  EXPECT_FALSE(slow.state.takes(1, 0));
}

TEST(History, KeepsTheLastSamplesNewestFirst) {
  History history(2);
  EXPECT_EQ(history.size(), 0U);
  for (int i = 0; i < 1000; ++i) {
    history.add(std::vector<double>{double(i), -double(i)});
    ASSERT_EQ(history.size(), std::min<std::size_t>(static_cast<std::size_t>(i) + 1, History::depth));
    for (std::size_t age = 0; age < history.size(); ++age) {
      ASSERT_EQ(history.of(0)[age], i - static_cast<double>(age));
      ASSERT_EQ(history.of(1)[age], static_cast<double>(age) - i);
    }
  }
}

TEST(History, OfAHostIsTheSumOfItsGuests) {
  SomeState some(some_scenario(1, {{0, {0.5}}, {0, {0.5}}}));
  some.remember({0, 0}, 2);
  some.remember({0.5, 1.0});
  ClusterState::Past past{};
  EXPECT_EQ(some.state.past(0, std::nullopt, past), 1U) << "without the zeros at the far end";
  EXPECT_DOUBLE_EQ(past[0], 0.6);
  ClusterState alone = some.state;
  alone.take(1, 0);
  EXPECT_EQ(alone.past(0, std::nullopt, past), 1U);
  EXPECT_DOUBLE_EQ(past[0], 0.2);
  EXPECT_EQ(alone.past(0, 1, past), 1U);
  EXPECT_DOUBLE_EQ(past[0], 0.6);
}

} // namespace
} // namespace migralab::simulation::test
