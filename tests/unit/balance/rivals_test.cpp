// SPDX-License-Identifier: Apache-2.0
// The policies that ferreira-2013 is compared with, against numbers that were worked out by hand.
#include "rival_parts.hpp"
#include "some_cluster.hpp"

#include <gtest/gtest.h>

namespace migralab::balance::test {
namespace {

using Settings = std::vector<std::string>;

Decision decision_of(const std::string& policy, const Cluster& cluster, const Settings& settings = {}) {
  return make_policy(policy, settings).decide(cluster, noon);
}
std::string moves_of(const std::string& policy, const Cluster& cluster, const Settings& settings = {}) {
  return in_words(decision_of(policy, cluster, settings).moves);
}

// Khanna 2006

/// 95 %, with guests of 30, 5 and 10 %; another host at 70 % and one at 40 %.
ClusterOf three_to_choose_from() {
  return ClusterOf()
      .host("hot", {0.95, 0, 0})
      .guest("large", {0.3, 0, 0})
      .guest("small", {0.05, 0, 0})
      .guest("medium", {0.1, 0, 0})
      .host("fuller", {0.7, 0, 0})
      .host("emptier", {0.4, 0, 0});
}

TEST(Khanna, TheLeastUsedGuestsOneAfterTheOther) {
  // 95 - 5 is above 85 %, 95 - 5 - 10 is not.
  const Decision decision = decision_of("khanna-2006", three_to_choose_from());
  EXPECT_EQ(in_words(decision.moves), "small hot->fuller, medium hot->emptier") << "one comes to a host at a time";
  const HostRecord& record = decision.records.front();
  EXPECT_EQ(record.outcome, HostRecord::Outcome::relieved);
  EXPECT_NEAR(record.guests[0].cost, 1 / 0.95, 1e-12) << "the volume";
  EXPECT_NEAR(record.predictions.front().after.cpu, 0.8, 1e-12);
}

TEST(Khanna, TheFullestHostThatStillTakesIt) {
  EXPECT_EQ(moves_of("khanna-2006", three_to_choose_from(), {"inbound=2"}), "small hot->fuller, medium hot->fuller")
      << "70 + 5 + 10 is 85 %";
  EXPECT_EQ(
      moves_of("khanna-2006", three_to_choose_from(), {"inbound=2", "ceiling=0.8"}),
      "small hot->fuller, medium hot->emptier");
}

TEST(Khanna, MovesWhatItCan) {
  const Cluster cluster =
      ClusterOf().host("hot", {1, 0, 0}).guest("a", {0.1, 0, 0}).guest("b", {0.4, 0, 0}).host("other", {0.7, 0, 0});
  const Decision decision = decision_of("khanna-2006", cluster);
  EXPECT_EQ(in_words(decision.moves), "a hot->other");
  EXPECT_EQ(decision.records.front().outcome, HostRecord::Outcome::partly);
  EXPECT_EQ(decision.records.front().why, "no host can take any other of its guests");
  EXPECT_EQ(decision.records.front().guests[1].verdict, Verdict::no_destination);
}

// Wood 2007

const Settings at_once{"k=1", "n=1"}; // without waiting for three samples

TEST(Wood, MostLoadForItsMemoryToTheEmptiestHost) {
  // Volumes 2 and 1.25 for 1000 and 500 MB: 0.002 and 0.0025 for each.
  const Cluster cluster = ClusterOf()
                              .host("hot", {0.95, 0, 0})
                              .guest("large", {0.5, 0, 0}, 1000)
                              .guest("dense", {0.2, 0, 0}, 500)
                              .host("fuller", {0.4, 0, 0})
                              .host("emptier", {0.3, 0, 0});
  const Decision decision = decision_of("wood-2007", cluster, at_once);
  EXPECT_EQ(in_words(decision.moves), "dense hot->emptier") << "95 - 20 is not above 75 %";
  EXPECT_NEAR(decision.records.front().guests[0].cost, 500 / 1.25, 1e-9);
  EXPECT_NEAR(decision.records.front().guests[1].cost, 1000 / 2.0, 1e-9);
}

TEST(Wood, ForecastIsAutoregressive) {
  // Mean 2.5; products 0.75 - 0.25 + 0.75, squares 5: phi is 0.25.
  EXPECT_NEAR(next_by_ar1(std::vector<double>{1, 2, 3, 4}), 2.5 + 0.25 * 1.5, 1e-12);
  // Mean 2; products -3, squares 4.
  EXPECT_NEAR(next_by_ar1(std::vector<double>{1, 3, 1, 3}), 2 - 0.75 * 1, 1e-12);
  EXPECT_EQ(next_by_ar1(std::vector<double>{0.8, 0.8}), 0.8);
  EXPECT_EQ(next_by_ar1(std::vector<double>{0.3}), 0.3);
}

/// One host whose processors are busy like that, and an idle one.
Cluster busy(double cpu) {
  return ClusterOf().host("hot", {cpu, 0, 0}).guest("a", {0.3, 0, 0}).host("idle", {0.1, 0, 0});
}

/// What the policy orders when it sees these samples, one every 10 s; the last decision's reason to wait, if any.
std::string after(Policy& policy, const std::vector<double>& samples) {
  Decision decision;
  Instant now = noon;
  for (const double sample : samples) {
    decision = policy.decide(busy(sample), now);
    now += std::chrono::seconds(10);
  }
  return decision.moves.empty() && !decision.records.empty() ? decision.records.front().why : in_words(decision.moves);
}

TEST(Wood, AHostIsHotInThreeOfFiveSamples) {
  Policy twice = make_policy("wood-2007");
  EXPECT_EQ(after(twice, {0.8, 0.7, 0.7, 0.8}), "overloaded in 2 of the last 5 rounds, 3 are needed");
  Policy thrice = make_policy("wood-2007");
  EXPECT_EQ(after(thrice, {0.8, 0.7, 0.9, 0.9}), "a hot->idle");
}

TEST(Wood, APeakThatIsExpectedToPassMovesNothing) {
  // Mean 0.45; products -0.0225, squares 0.27: phi is -1/12, and 0.45 - 0.45 / 12 is expected next.
  Policy policy = make_policy("wood-2007", at_once);
  EXPECT_TRUE(after(policy, {0.3, 0.3, 0.3, 0.9}).starts_with("its next sample is expected at 41.2"));
  Policy short_memory = make_policy("wood-2007", {"k=1", "n=1", "window=2"});
  EXPECT_TRUE(after(short_memory, {0.3, 0.3, 0.9, 0.9}).starts_with("a hot")) << "of 90 and 90 %";
}

/// 90 % with a guest of 40 %, and 50 % with one of 20 %: neither has room for the other's as it is.
Cluster full(double memory = 0.49) {
  return ClusterOf()
      .host("hot", {0.9, memory, 0})
      .guest("a", {0.4, memory, 0})
      .host("full", {0.5, 0.5, 0})
      .guest("x", {0.2, 0.3, 0})
      .guest("y", {0.05, 0, 0});
}

TEST(Wood, ExchangesWhereNoHostHasRoom) {
  const Decision decision = decision_of("wood-2007", full(), at_once);
  EXPECT_EQ(in_words(decision.moves), "a hot->full, x full->hot");
  const HostRecord& record = decision.records.front();
  EXPECT_EQ(record.outcome, HostRecord::Outcome::relieved);
  EXPECT_EQ(record.why, "a is exchanged for x of full");
  ASSERT_EQ(record.predictions.size(), 2U);
  EXPECT_NEAR(record.predictions[0].after.cpu, 0.7, 1e-12) << "90 - 40 + 20";
  EXPECT_NEAR(record.predictions[1].after.cpu, 0.7, 1e-12) << "50 + 40 - 20";
  EXPECT_EQ(moves_of("wood-2007", full(), {"k=1", "n=1", "swaps=false"}), "");
}

TEST(Wood, BothGuestsHaveToFitWhileTheyAreUnderWay) {
  EXPECT_EQ(moves_of("wood-2007", full(0.49), at_once), "a hot->full, x full->hot");
  EXPECT_EQ(moves_of("wood-2007", full(0.51), at_once), "") << "1.01 of the memory, for a while";
}

// Choi 2008

const Settings learning_fast{"memory=1", "settle=1"};

Cluster learning_from(double hot, double cool) {
  return ClusterOf().host("h1", {hot, 0, 0}).guest("a", {0.3, 0, 0}).host("h2", {cool, 0, 0});
}

TEST(Choi, TheThresholdRisesWhenMigrationsAreOfNoUse) {
  Policy policy = make_policy("choi-2008", learning_fast);
  Instant now = noon;
  const auto round = [&](double hot, double cool) {
    Decision decision = policy.decide(learning_from(hot, cool), now);
    now += std::chrono::seconds(5);
    return decision;
  };
  const Decision first = round(0.9, 0.1);
  ASSERT_EQ(in_words(first.moves), "a h1->h2");
  policy.started(first.moves.front());
  round(0.9, 0.1);
  policy.finished("a", now);
  round(0.5, 0.1); // the hosts differ by 0.2 now, and by 0.4 before
  EXPECT_EQ(policy.state().learnt->threshold, 0.8);
  EXPECT_NEAR(policy.state().learnt->gains.front(), 0.2, 1e-12);
  policy.started(round(0.9, 0.3).moves.front()); // they differ by 0.3
  round(0.9, 0.3);
  policy.finished("a", now);
  const Decision useless = round(0.84, 0.24); // and still do
  EXPECT_NEAR(policy.state().learnt->threshold, 0.85, 1e-12);
  EXPECT_EQ(useless.records.size(), 1U) << "learnt for the next round";
  EXPECT_TRUE(round(0.84, 0.24).records.empty());
}

TEST(Choi, ItFallsWhileHostsDifferAndNothingMoves) {
  Policy policy = make_policy("choi-2008", learning_fast);
  Instant now = noon;
  std::vector<std::string> moves;
  for (int i = 0; i < 4; ++i) {
    moves.push_back(in_words(policy.decide(learning_from(0.7, 0.3), now).moves));
    now += std::chrono::seconds(5);
  }
  // 0.8, 0.75, 0.7, 0.65; the host has to fall as far below it as it had to below 0.8.
  EXPECT_EQ(moves, (std::vector<std::string>{"", "", "", "a h1->h2"}));
  const Decision decision = policy.decide(learning_from(0.7, 0.3), now);
  EXPECT_NEAR(decision.records.front().limit, 0.65, 1e-12);
  EXPECT_NEAR(decision.records.front().target, 0.6, 1e-12);
}

// Deviations

/// 90, 50, 30 and 30 % of the processors: mean 50 %, standard deviation sqrt(0.06) = 0.245.
Cluster uneven() {
  return ClusterOf()
      .host("h1", {0.9, 0, 0})
      .guest("large", {0.3, 0, 0})
      .guest("small", {0.2, 0, 0})
      .host("h2", {0.5, 0, 0})
      .host("h3", {0.3, 0, 0})
      .host("h4", {0.3, 0, 0});
}

TEST(Drs, PrioritiesGoByTheRootOfHosts) {
  EXPECT_EQ(drs_priority(0, 4), 5U);
  EXPECT_EQ(drs_priority(0.2, 4), 5U) << "6 - ceil(0.2 / 0.2)";
  EXPECT_EQ(drs_priority(0.41, 4), 3U) << "6 - ceil(2.05)";
  EXPECT_EQ(drs_priority(0.41, 16), 4U) << "6 - ceil(1.025)";
  EXPECT_EQ(drs_priority(1, 4), 1U);
}

TEST(Drs, TheMoveThatLowersTheDeviationMost) {
  // 6 - ceil(0.245 / 0.2) is 4. With `large` moved: 60, 50, 60, 30 %, sqrt(0.015); with `small` sqrt(0.02).
  EXPECT_EQ(moves_of("drs-deviation", uneven()), "");
  const Decision decision = decision_of("drs-deviation", uneven(), {"priority=4"});
  EXPECT_EQ(in_words(decision.moves), "large h1->h3");
  EXPECT_EQ(decision.records.front().trigger, HostRecord::Trigger::uneven) << "90 % is not above 90 %";
  EXPECT_EQ(decision.records.front().why, "the spread falls from 0.245 to 0.122");
  EXPECT_EQ(moves_of("drs-deviation", uneven(), {"priority=4", "least_gain=0.2"}), "");
}

TEST(Drs, TheLargerOfProcessorsAndMemoryCounts) {
  const Cluster cluster = ClusterOf().host("h1", {0.1, 0.8, 0}).guest("a", {0, 0.4, 0}).host("h2", {0.1, 0, 0});
  // 0.8 and 0.1: 0.35 is priority 3; 0.4 and 0.4 afterwards.
  const Decision decision = decision_of("drs-deviation", cluster);
  EXPECT_EQ(in_words(decision.moves), "a h1->h2");
  EXPECT_EQ(decision.records.front().why, "the spread falls from 0.350 to 0.000");
}

TEST(Watcher, OneResourceIsEnoughAndBothCount) {
  EXPECT_EQ(moves_of("watcher-deviation", uneven()), "large h1->h3") << "0.245 is above 0.2";
  EXPECT_EQ(moves_of("watcher-deviation", uneven(), {"spread=0.25"}), "");
  // Moving `a` evens processors out and memory into the other direction: 0.3 + 0 becomes 0 + 0.3.
  const Cluster cluster = ClusterOf().host("h1", {0.8, 0.3, 0}).guest("a", {0.3, 0.3, 0}).host("h2", {0.2, 0.3, 0});
  EXPECT_EQ(moves_of("watcher-deviation", cluster), "");
}

TEST(CloudStack, StandardDeviationByMean) {
  EXPECT_EQ(moves_of("cloudstack-deviation", uneven()), "") << "0.245 / 0.5 is not above 0.6";
  const Decision decision = decision_of("cloudstack-deviation", uneven(), {"spread=0.4"});
  EXPECT_EQ(in_words(decision.moves), "large h1->h3");
  EXPECT_EQ(decision.records.front().why, "the spread falls from 0.490 to 0.245")
      << "sqrt(0.06) / 0.5, sqrt(0.015) / 0.5";
}

TEST(HbalScore, NetworkCountsToo) {
  // Processors and memory are even: 0.3 of the network on one host, none on the other.
  const Cluster cluster = ClusterOf().host("h1", {0.4, 0.4, 0.3}).guest("a", {0, 0, 0.15}).host("h2", {0.4, 0.4, 0});
  EXPECT_EQ(moves_of("watcher-deviation", cluster, {"spread=0"}), "");
  const Decision decision = decision_of("hbal-score", cluster);
  EXPECT_EQ(in_words(decision.moves), "a h1->h2");
  EXPECT_EQ(decision.records.front().why, "the spread falls from 0.150 to 0.000");
}

TEST(HbalScore, IsTheSumOfThreeDeviations) {
  // 0.8 and 0.2 of processors: 0.3. 0.5 and 0.3 of memory: 0.1. 0.2 and 0 of the network: 0.1.
  const Cluster cluster = ClusterOf()
                              .host("h1", {0.8, 0.5, 0.2})
                              .guest("a", {0.3, 0.1, 0.1})
                              .guest("b", {0.3, 0.3, 0.1})
                              .host("h2", {0.2, 0.3, 0});
  const Decision decision = decision_of("hbal-score", cluster);
  EXPECT_EQ(in_words(decision.moves), "a h1->h2") << "b would make memory as uneven as it was, the other way round";
  EXPECT_EQ(decision.records.front().why, "the spread falls from 0.500 to 0.000");
  EXPECT_EQ(moves_of("hbal-score", cluster, {"spread=0.5"}), "") << "0.5 is not above 0.5";
  EXPECT_EQ(moves_of("hbal-score", cluster, {"least_gain=0.6"}), "");
}

TEST(Deviations, CountGuestsWhereTheyAreGoing) {
  Policy policy = make_policy("watcher-deviation");
  policy.started({"large", "h1", "h3", {0.3, 0, 0}});
  EXPECT_TRUE(policy.decide(uneven(), noon).moves.empty()) << "60, 50, 60, 30 %: 0.122";
}

} // namespace
} // namespace migralab::balance::test
