// SPDX-License-Identifier: Apache-2.0
// Detections, selections and the placement, each by itself.
#include "line.hpp"
#include "parts.hpp"
#include "some_scenario.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <utility>
#include <vector>

namespace migralab::simulation::test {
namespace {

TEST(Line, MedianAndQuartiles) {
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 2, 3}), 2.5);
  // round(0.25 * 13) = 3, round(0.75 * 13) = 10
  EXPECT_EQ(quartile_range({12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}), 7);
  EXPECT_EQ(quartile_range(std::vector<double>(30, 0.4)), 0);
}

TEST(Line, WeightsAreCleveland) {
  const std::vector<double> weights = tricube_weights(10);
  EXPECT_EQ(weights.front(), 0);
  EXPECT_EQ(weights.back(), 1);
  EXPECT_NEAR(weights[5], std::pow(1 - std::pow(4.0 / 9, 3), 3), 1e-15);
}

TEST(Line, ARobustOneForgetsAnOutlier) {
  std::vector<double> samples;
  for (int i = 1; i <= 10; ++i) {
    samples.push_back(0.1 + 0.05 * i + (i % 2 == 0 ? 0.001 : -0.001));
  }
  samples[8] = 0.9;
  const std::vector<double> weights = tricube_weights(10);
  const Line first = line_through(samples, weights);
  const Line robust = line_through(samples, robust_weights(samples, weights, first));
  const double off = std::abs(first.at(11) - 0.65);
  EXPECT_GT(off, 0.05);
  EXPECT_LT(std::abs(robust.at(11) - 0.65), 0.75 * off);
}

TEST(Line, ExactSamplesHaveNoOutlier) {
  const std::vector<double> samples{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  const std::vector<double> weights = tricube_weights(10);
  const Line line = line_through(samples, weights);
  EXPECT_NEAR(line.at(12), 12, 1e-12);
  EXPECT_NEAR(line_through(samples, robust_weights(samples, weights, line)).at(12), 12, 1e-9);
}

TEST(Line, WhatOthersExplain) {
  const std::vector<double> a{1, 2, 3, 4, 5, 6};
  const std::vector<double> b{1, -1, 1, -1, 1, -1};
  std::vector<double> sum;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum.push_back(a[i] + 2 * b[i] + 7);
  }
  const std::vector<double> both = explained({a, b, sum, std::vector<double>(6, 0.3)});
  EXPECT_NEAR(both[0], 1, 1e-9);
  EXPECT_NEAR(both[1], 1, 1e-9);
  EXPECT_NEAR(both[2], 1, 1e-9);
  EXPECT_EQ(both[3], 0) << "it does not vary";
  // Of two the square of Pearson's coefficient: covariance -3, sums of squares 17.5 and 6.
  EXPECT_NEAR(explained({a, b})[0], 9 / (17.5 * 6), 1e-12);
}

TEST(Detect, ThresholdIsWhatGuestsDemand) {
  SomeState some(some_scenario(2, {{0, {1.0}}, {0, {1.0}}, {1, {0.05}}}));
  const Threshold threshold(0.8);
  EXPECT_FALSE(threshold.overloaded(some.state, 0, std::nullopt)) << "just 0.8";
  EXPECT_TRUE(threshold.overloaded(some.state, 0, 2));
  EXPECT_FALSE(threshold.overloaded(some.state, 1, std::nullopt));
}

TEST(Detect, SwingingThresholdFallsBackWithoutSamples) {
  SomeState some(some_scenario(1, {{0, {1.0}}, {0, {0.8}}})); // 0.72 of the host
  const SwingingThreshold detect(SwingingThreshold::Measure::quartile_range, 1.5, 0.7);
  some.remember({1.0, 0.8}, 11);
  EXPECT_TRUE(detect.overloaded(some.state, 0, std::nullopt)) << "11 samples: above 0.7";
  some.remember({1.0, 0.8});
  EXPECT_FALSE(detect.overloaded(some.state, 0, std::nullopt)) << "12, which do not swing: below 1";
}

TEST(Detect, SwingLowersTheThreshold) {
  // The host's samples go between 0.32 and 0.72: half of them each. Both measures are 0.4 and 0.2.
  SomeState some(some_scenario(1, {{0, {1.0}}, {0, {0.8}}}));
  for (int i = 0; i < 10; ++i) {
    some.remember({0.0, 0.8});
    some.remember({1.0, 0.8});
  }
  const auto overloaded = [&](SwingingThreshold::Measure measure, double safety) {
    return SwingingThreshold(measure, safety, 0.7).overloaded(some.state, 0, std::nullopt);
  };
  using Measure = SwingingThreshold::Measure;
  EXPECT_TRUE(overloaded(Measure::quartile_range, 0.71)) << "1 - 0.71 * 0.4 = 0.716";
  EXPECT_FALSE(overloaded(Measure::quartile_range, 0.69)) << "0.724";
  EXPECT_TRUE(overloaded(Measure::median_deviation, 1.41)) << "1 - 1.41 * 0.2 = 0.718";
  EXPECT_FALSE(overloaded(Measure::median_deviation, 1.39)) << "0.722";
}

TEST(Detect, RegressionLooksAMigrationAhead) {
  // Guests use 0.04, 0.08, ... 0.4 of the host, on a line: 0.44 at sample 11, which is one interval ahead.
  SomeState some(some_scenario(1, {{0, {1.0}}}));
  ConsolidationParameters parameters;
  parameters.interval_s = 100;
  const auto overloaded = [&](Regression::Kind kind, double safety) {
    return Regression(kind, parameters, safety).overloaded(some.state, 0, std::nullopt);
  };
  for (int i = 1; i <= 9; ++i) {
    some.remember({0.1 * i});
  }
  EXPECT_FALSE(overloaded(Regression::Kind::plain, 100)) << "9 samples: guests demand less than 0.7";
  some.remember({1.0});
  for (const auto kind : {Regression::Kind::plain, Regression::Kind::robust}) {
    EXPECT_TRUE(overloaded(kind, 1 / 0.439));
    EXPECT_FALSE(overloaded(kind, 1 / 0.441));
  }
  parameters.interval_s = 5; // 1000 MB take 10 s: two intervals, 0.48
  EXPECT_TRUE(overloaded(Regression::Kind::plain, 1 / 0.479));
  EXPECT_FALSE(overloaded(Regression::Kind::plain, 1 / 0.481));
}

/// Three guests of 0.4 of host 0 each, that can fill it; 1000 MB take 10 s to migrate.
class OverloadTimes : public testing::Test {
protected:
  void full(int times) { some.remember({1.0, 1.0, 1.0}, times); }
  void half_full(int times) { some.remember({0.5, 0.5, 0.5}, times); }
  /// A migration takes a tenth of an interval of 100 s.
  [[nodiscard]] bool overloaded(double interval_s = 100) const {
    return OverloadTime(0.1, interval_s).overloaded(some.state, 0, std::nullopt);
  }

  SomeState some{some_scenario(1, {{0, {1.0}}, {0, {1.0}}, {0, {1.0}}})};
};

TEST_F(OverloadTimes, CountTheTimeOfAMigrationAsFull) {
  half_full(28);
  full(2);
  EXPECT_FALSE(overloaded()) << "(0.1 + 2) / (0.1 + 30) = 0.070";
  full(1); // and the oldest is forgotten
  EXPECT_TRUE(overloaded()) << "(0.1 + 3) / (0.1 + 30) = 0.103";
}

TEST_F(OverloadTimes, AreTooLongAtTheLimitItself) {
  full(1);
  half_full(18);
  EXPECT_TRUE(overloaded(10)) << "(1 + 1) / (1 + 19) = 0.1";
  half_full(1);
  EXPECT_FALSE(overloaded(10)) << "(1 + 1) / (1 + 20) = 0.095";
}

TEST_F(OverloadTimes, OfFewerThanTenSamplesAreNone) {
  full(9);
  EXPECT_FALSE(overloaded());
  full(1);
  EXPECT_TRUE(overloaded());
}

TEST_F(OverloadTimes, OfTheLongestMigrationWhereAGuestIsLarge) {
  full(1);
  half_full(29);
  EXPECT_FALSE(overloaded()) << "(0.1 + 1) / (0.1 + 30) = 0.037";
  EXPECT_TRUE(overloaded(4)) << "(2.5 + 1) / (2.5 + 30) = 0.108";
}

TEST(Detect, OverloadTimeIsOfNoAccountWhileTheHostIsNotFull) {
  // Guests have filled host 0 in all samples, and demand 0.9 of it now; with the fourth it is full again.
  SomeState some(some_scenario(2, {{0, {0.75}}, {0, {0.75}}, {0, {0.75}}, {1, {0.25}}}));
  some.remember({1.0, 1.0, 1.0, 1.0}, 30);
  const OverloadTime detect(0.1, 100);
  EXPECT_FALSE(detect.overloaded(some.state, 0, std::nullopt));
  EXPECT_TRUE(detect.overloaded(some.state, 0, 3));
}

TEST(Select, TheSmallestTheIdlestAndByLot) {
  SomeState some(some_scenario(2, {{0, {0.9}, 700}, {0, {0.2}, 900}, {0, {0.5}, 500}, {0, {0.6}, 500}}));
  MinimumMigrationTime smallest;
  EXPECT_EQ(smallest.next(some.state, 0), 2U) << "of equals the one that came first";
  MinimumUtilization idlest;
  EXPECT_EQ(idlest.next(some.state, 0), 1U);
  some.state.begin_arrival(2, 1);
  some.state.begin_arrival(1, 1);
  EXPECT_EQ(smallest.next(some.state, 0), 3U) << "the other is leaving already";
  EXPECT_EQ(idlest.next(some.state, 0), 3U);
  RandomSelection lots(1);
  RandomSelection same_lots(1);
  for (int i = 0; i < 20; ++i) {
    const auto drawn = lots.next(some.state, 0);
    EXPECT_EQ(drawn, same_lots.next(some.state, 0));
    EXPECT_TRUE(drawn == 0U || drawn == 3U);
  }
  some.state.begin_arrival(0, 1);
  some.state.begin_arrival(3, 1);
  EXPECT_EQ(smallest.next(some.state, 0), std::nullopt);
  EXPECT_EQ(lots.next(some.state, 0), std::nullopt);
}

TEST(Select, TheMostCorrelated) {
  SomeState some(some_scenario(1, {{0, {0.5}, 100}, {0, {0.5}}, {0, {0.5}}}));
  MaximumCorrelation correlated;
  EXPECT_EQ(correlated.next(some.state, 0), 0U) << "no samples: the smallest";
  for (const auto& [a, b] : {std::pair(.1, .2), {.5, .6}, {.3, .5}, {.9, .8}, {.2, .2}, {.7, .6}}) {
    some.remember({a > 0.4 ? 0.1 : 0.12, a, b});
  }
  const auto taken = correlated.next(some.state, 0);
  EXPECT_TRUE(taken == 1U || taken == 2U);
}

TEST(Place, TheHostThatDrawsLeastMoreAndIsNotOverloaded) {
  Scenario scenario = some_scenario(4, {{0, {1.0}}, {1, {0.5}}, {2, {0.5}}, {2, {1.0}}});
  scenario.hosts[1].power = {{100, 130, 160, 190, 220, 250, 280, 310, 340, 370, 400}}; // 0.3 W for 1 MIPS
  SomeState some(scenario);
  const Threshold threshold(0.8);
  const LeastPower place(threshold);
  const std::vector<HostIndex> all{1, 2, 3};
  EXPECT_EQ(place.host_for(some.state, 0, all), 3U) << "host 2 would demand 1.0; host 3, which is off, draws 40 W";
  EXPECT_EQ(place.host_for(some.state, 0, std::vector<HostIndex>{1}), 1U);
  EXPECT_EQ(place.host_for(some.state, 0, std::vector<HostIndex>{2}), std::nullopt);
}

std::vector<std::pair<GuestIndex, HostIndex>> decided(Consolidation& consolidation, const ClusterState& state) {
  std::vector<std::pair<GuestIndex, HostIndex>> moves;
  for (const Order& order : consolidation.decide(state, 0)) {
    moves.emplace_back(order.guest, order.to);
  }
  return moves;
}

Consolidation thr_mmt(bool spare_receivers = true) {
  ConsolidationParameters parameters;
  parameters.spare_receivers = spare_receivers;
  return {std::make_unique<Threshold>(0.8), std::make_unique<MinimumMigrationTime>(), parameters};
}

using Moves = std::vector<std::pair<GuestIndex, HostIndex>>;

TEST(Consolidation, RelievesUntilTheHostIsNotOverloaded) {
  // Host 0 demands 0.9, and 0.6 without its smallest guest. Host 1 takes that one, and so is not emptied.
  SomeState some(some_scenario(2, {{0, {0.75}, 900}, {0, {0.75}, 800}, {0, {0.75}, 700}, {1, {1.0}}}));
  Consolidation consolidation = thr_mmt();
  EXPECT_EQ(decided(consolidation, some.state), (Moves{{2, 1}}));
}

/// Host 2 draws ten times as much more for the same guest, so that others are taken first.
Scenario with_a_dear_host(const std::vector<SomeGuest>& guests) {
  Scenario scenario = some_scenario(3, guests);
  scenario.hosts[2].power = {{100, 200, 300, 400, 500, 600, 700, 800, 900, 1000, 1100}};
  return scenario;
}

TEST(Consolidation, EmptiesTheHostWithLeastToDo) {
  SomeState some(with_a_dear_host({{0, {0.75}}, {1, {0.3}}, {1, {0.1}}, {2, {1.0}}}));
  Consolidation consolidation = thr_mmt();
  // Host 1 is emptied first, the busiest guest first. Host 0 takes them, so it stays, and host 2's guest has no room
  // there.
  EXPECT_EQ(decided(consolidation, some.state), (Moves{{1, 0}, {2, 0}}));
}

TEST(Consolidation, EmptiesAllOrNothing) {
  // Of host 1 the first guest would find room (0.76), and the second would not (0.88).
  SomeState some(some_scenario(2, {{0, {1.0}}, {0, {0.5}}, {1, {0.4}}, {1, {0.3}}}));
  Consolidation consolidation = thr_mmt();
  EXPECT_EQ(decided(consolidation, some.state), Moves{});
}

TEST(Consolidation, HostsThatTakeGuestsOfOverloadedOnesAreSpared) {
  // Host 0 demands 0.84: its smallest guest goes to host 1, the least busy, which could be emptied to host 2.
  SomeState some(with_a_dear_host({{0, {1.0}}, {0, {1.0}}, {0, {0.1}, 10}, {1, {0.2}}, {2, {0.5}}, {2, {0.4}}}));
  Consolidation sparing = thr_mmt();
  EXPECT_EQ(decided(sparing, some.state), (Moves{{2, 1}, {4, 1}, {5, 1}}));
  Consolidation as_cloudsim = thr_mmt(false);
  EXPECT_EQ(decided(as_cloudsim, some.state), (Moves{{2, 1}, {3, 2}, {2, 2}})) << "guest 2 is ordered twice";
}

TEST(Consolidation, IsCalmWhereNothingCanBeBetter) {
  SomeState some(some_scenario(3, {{0, {1.0}}, {0, {0.9}}, {1, {1.0}}, {1, {0.9}}}));
  Consolidation consolidation = thr_mmt();
  EXPECT_EQ(decided(consolidation, some.state), Moves{});
}

TEST(Consolidation, EmptiesAHostWhoseGuestsAreIdle) {
  Scenario scenario = some_scenario(2, {{0, {0.0}}, {0, {0.0}}, {1, {0.3}}});
  Consolidation consolidation = thr_mmt();
  EXPECT_EQ(decided(consolidation, SomeState(scenario).state), (Moves{{0, 1}, {1, 1}}));
  scenario.model.nothing_is_off = true;
  EXPECT_EQ(decided(consolidation, SomeState(scenario).state), Moves{}) << "it is off already";
}

TEST(Consolidation, AHostWhoseGuestsAreIdleTakesThoseOfAnother) {
  Scenario scenario = some_scenario(2, {{0, {0.0}}, {1, {0.0}}});
  Consolidation consolidation = thr_mmt();
  EXPECT_EQ(decided(consolidation, SomeState(scenario).state), (Moves{{0, 1}}));
  // A guest on its way keeps a host from being emptied, and not from taking others.
  scenario = some_scenario(3, {{0, {0.0}}, {1, {0.3}}, {2, {0.0}}});
  const auto while_one_leaves = [&] {
    SomeState some(scenario);
    some.state.begin_arrival(0, 2);
    return decided(consolidation, some.state);
  };
  EXPECT_EQ(while_one_leaves(), (Moves{{1, 0}}));
  scenario.model.nothing_is_off = true;
  EXPECT_EQ(while_one_leaves(), Moves{}) << "no host is switched on to empty another";
}

TEST(Consolidation, LeavesGuestsInFlightAlone) {
  SomeState some(some_scenario(3, {{0, {0.5}}, {1, {0.3}}}));
  some.state.begin_arrival(1, 2);
  Consolidation consolidation = thr_mmt();
  for (const auto& [guest, host] : decided(consolidation, some.state)) {
    EXPECT_NE(guest, 1U);
    (void)host;
  }
}

} // namespace
} // namespace migralab::simulation::test
