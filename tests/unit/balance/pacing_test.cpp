// SPDX-License-Identifier: Apache-2.0
// The switches that keep a policy from moving too often, too much at once, or for too little.
#include "some_cluster.hpp"

#include <gtest/gtest.h>

namespace migralab::balance::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

Cluster hot_cluster(double cpu = 0.95) {
  return ClusterOf()
      .host("hot", {cpu, 0.5, 0.1})
      .guest("a", {0.2, 0.1, 0})
      .guest("b", {0.2, 0.1, 0})
      .host("h2", {0.3, 0.1, 0})
      .host("h3", {0.2, 0.1, 0});
}
Cluster calm_cluster() {
  return hot_cluster(0.5);
}

/// Rounds of 5 s; what each moved. 'o' is an overloaded round, '-' a calm one.
std::string rounds_that_move(const std::vector<std::string>& settings, const std::string& rounds) {
  Policy policy = make_policy("ferreira-2013", settings);
  std::string moved;
  Instant now = noon;
  for (const char round : rounds) {
    moved += policy.decide(round == 'o' ? hot_cluster() : calm_cluster(), now).moves.empty() ? '-' : 'M';
    now += seconds(5);
  }
  return moved;
}

TEST(Pacing, AsPublishedEveryOverloadedRoundMoves) {
  EXPECT_EQ(rounds_that_move({}, "o-oo"), "M-MM");
}

TEST(Pacing, KOfN) {
  EXPECT_EQ(rounds_that_move({"k=3", "n=5"}, "oo--ooo---o-o"), "----MMM------");
  EXPECT_EQ(rounds_that_move({"k=2", "n=2"}, "o-o-oo"), "-----M");
  EXPECT_EQ(rounds_that_move({"k=2", "n=64"}, "o" + std::string(62, '-') + "o"), std::string(63, '-') + "M");
  EXPECT_EQ(rounds_that_move({"k=2", "n=64"}, "o" + std::string(63, '-') + "o"), std::string(65, '-'));
}

TEST(Pacing, HoldForNRounds) {
  EXPECT_EQ(rounds_that_move({"hold=3"}, "oo-ooo-oooo"), "-----M---MM");
  EXPECT_EQ(rounds_that_move({"hold=3", "k=2", "n=10"}, "oo-ooo"), "-----M");
}

/// A lab has rounds only while a host is overloaded, and one for each such host.
TEST(Pacing, PeriodsCountAndNotRounds) {
  const auto moves_at = [](const std::vector<std::string>& settings, const std::vector<double>& times) {
    Policy policy = make_policy("ferreira-2013", settings);
    std::string moved;
    for (const double time : times) {
      const auto since = std::chrono::duration_cast<Nanoseconds>(std::chrono::duration<double>(time));
      moved += policy.decide(hot_cluster(), noon + since).moves.empty() ? '-' : 'M';
    }
    return moved;
  };
  EXPECT_EQ(moves_at({"hold=2"}, {0, 3600, 7200}), "---") << "lone peaks";
  EXPECT_EQ(moves_at({"hold=2"}, {0, 10, 15}), "--M") << "a calm sample between";
  EXPECT_EQ(moves_at({"hold=2"}, {0, 0.5, 1.7, 3.4}), "----") << "the same sample, in rounds for other hosts";
  EXPECT_EQ(moves_at({"hold=3"}, {0, 1.7, 4.9, 6.6, 10.1}), "----M") << "samples come a little early or late";
  EXPECT_EQ(moves_at({"k=2", "n=3"}, {0, 15, 25}), "--M");
  EXPECT_EQ(moves_at({"hold=2", "period=1h"}, {0, 3600}), "-M");
}

TEST(Pacing, AMoveThatNeverBeganIsNone) {
  Policy policy = make_policy("ferreira-2013", {"cooldown=15min"});
  policy.started(policy.decide(hot_cluster(), noon).moves.at(0));
  policy.dropped("a");
  EXPECT_TRUE(policy.state().in_flight.empty());
  EXPECT_EQ(in_words(policy.decide(hot_cluster(), noon + seconds(5)).moves), "a hot->h2");
}

TEST(Pacing, AGuestIsInFlightOnce) {
  Policy policy = make_policy("ferreira-2013");
  policy.started({"x", "h9", "h3", {0.5, 0, 0}});
  policy.started({"x", "h9", "h2", {0.01, 0, 0}});
  EXPECT_EQ(in_words(policy.state().in_flight), "x h9->h2");
}

TEST(Pacing, SaysWhatAHostWaitsFor) {
  const auto first_of = [](const std::vector<std::string>& settings) {
    return decide(hot_cluster(), settings).records.front();
  };
  EXPECT_EQ(first_of({"k=3", "n=5"}).outcome, HostRecord::Outcome::paced);
  EXPECT_EQ(first_of({"k=3", "n=5"}).why, "overloaded in 1 of the last 5 rounds, 3 are needed");
  EXPECT_EQ(first_of({"hold=2"}).why, "overloaded for 1 rounds running, 2 are needed");
}

TEST(Pacing, MinimumImprovement) {
  // 95 % becomes 75 % on the source; on h2 30 % becomes 50 %.
  EXPECT_EQ(moves_of(hot_cluster(), {"min_improvement=0.2"}), "a hot->h2");
  EXPECT_EQ(moves_of(hot_cluster(), {"min_improvement=0.21"}), "a hot->h2, b hot->h3") << "one is not enough any more";
  EXPECT_EQ(moves_of(hot_cluster(), {"min_improvement=40%"}), "a hot->h2, b hot->h3") << "95 % becomes 55 %";
  EXPECT_EQ(moves_of(hot_cluster(), {"min_improvement=41%"}), "");
}

TEST(Pacing, MinimumImprovementOfTheDestination) {
  const Cluster cluster = ClusterOf()
                              .host("hot", {0.95, 0.5, 0.1})
                              .guest("a", {0.5, 0.1, 0})
                              .host("h2", {0.3, 0.1, 0})
                              .host("h3", {0.2, 0.1, 0});
  EXPECT_EQ(moves_of(cluster, {"min_improvement=0.15"}), "a hot->h2") << "95 % on one host becomes 80 % on the other";
  const Decision decision = decide(cluster, {"min_improvement=0.2"});
  EXPECT_EQ(in_words(decision.moves), "a hot->h3");
  EXPECT_EQ(decision.records.front().guests.front().destinations.front().rule, Rule::no_gain);
}

TEST(Pacing, AGuestStaysAfterItsMove) {
  Policy policy = make_policy("ferreira-2013", {"cooldown=15min"});
  const Move move = policy.decide(hot_cluster(), noon).moves.front();
  policy.started(move);
  policy.finished("a", noon + seconds(12));
  const Decision next = policy.decide(hot_cluster(), noon + minutes(3));
  EXPECT_EQ(in_words(next.moves), "b hot->h2");
  EXPECT_EQ(next.records.front().guests.front().verdict, Verdict::paced);
  EXPECT_EQ(next.records.front().guests.front().why, "it moved 168 s ago and stays for 900 s after a move");
  EXPECT_EQ(in_words(policy.decide(hot_cluster(), noon + minutes(15)).moves), "b hot->h2");
  EXPECT_EQ(in_words(policy.decide(hot_cluster(), noon + minutes(15) + seconds(12)).moves), "a hot->h2");
}

TEST(Pacing, AnAdaptiveCooldownDoublesWithEachMoveOfADay) {
  Policy policy = make_policy("ferreira-2013", {"cooldown=15min", "adaptive=true", "cooldown_limit=1h"});
  const auto rests_at = [&](Instant now) {
    return policy.decide(hot_cluster(), now).records.front().guests.front().verdict == Verdict::paced;
  };
  Instant end = noon;
  for (const minutes wait : {minutes(15), minutes(30), minutes(60), minutes(60)}) { // the last two at the limit
    policy.finished("a", end);
    EXPECT_TRUE(rests_at(end + wait - seconds(1))) << wait.count() << " min";
    EXPECT_FALSE(rests_at(end + wait)) << wait.count() << " min";
    end += wait;
  }
  end += hours(25);
  policy.finished("a", end);
  EXPECT_FALSE(rests_at(end + minutes(15))) << "yesterday's moves are forgotten";
  EXPECT_EQ(policy.state().moved.at("a").size(), 1U);
  static_cast<void>(policy.decide(hot_cluster(), end + hours(25)));
  EXPECT_TRUE(policy.state().moved.empty()) << "who does not move any more is forgotten in a round";
}

TEST(Pacing, AGuestInFlightCountsOnBothEnds) {
  Policy policy = make_policy("ferreira-2013", {"inbound=2"});
  const Move move = policy.decide(hot_cluster(), noon).moves.front();
  EXPECT_EQ(in_words({move}), "a hot->h2");
  policy.started(move);
  const Decision waiting = policy.decide(hot_cluster(), noon + seconds(5));
  EXPECT_EQ(in_words(waiting.moves), "");
  EXPECT_EQ(waiting.records.front().why, "a guest is leaving it already");

  // Another host is overloaded: h2 keeps room for a, so that 50 % and not 30 % are in use there.
  const Cluster other = ClusterOf()
                            .host("hot", {0.75, 0.5, 0.1})
                            .guest("a", {0.2, 0.1, 0})
                            .host("warm", {0.92, 0.1, 0})
                            .guest("c", {0.4, 0.05, 0})
                            .host("h2", {0.3, 0.1, 0});
  EXPECT_EQ(in_words(policy.decide(other, noon + seconds(10)).moves), "");
  Policy without = make_policy("ferreira-2013", {"inbound=2"});
  EXPECT_EQ(in_words(without.decide(other, noon).moves), "c warm->h2");
  policy.finished("a", noon + seconds(15));
  EXPECT_EQ(in_words(policy.decide(other, noon + seconds(20)).moves), "c warm->h2");
}

TEST(Pacing, RoundsOfOverloadCountFromTheEndOfAMigration) {
  Policy policy = make_policy("ferreira-2013", {"hold=2"});
  static_cast<void>(policy.decide(hot_cluster(), noon));
  policy.started(policy.decide(hot_cluster(), noon + seconds(5)).moves.at(0));
  static_cast<void>(policy.decide(hot_cluster(), noon + seconds(10)));
  policy.finished("a", noon + seconds(12));
  const Decision next = policy.decide(hot_cluster(), noon + seconds(15));
  EXPECT_EQ(in_words(next.moves), "") << "the host's load still contains what left it";
  EXPECT_EQ(next.records.at(0).why, "overloaded for 1 rounds running, 2 are needed");
  EXPECT_EQ(in_words(policy.decide(hot_cluster(), noon + seconds(20)).moves), "a hot->h2");
}

TEST(Pacing, AGuestInFlightToAHostThatIsNotThereStaysInFlight) {
  const Cluster cluster = ClusterOf().host("old", {0.2, 0.1, 0}).guest("a", {0.2, 0.1, 0}).evacuate().host("h2", {});
  Policy policy = make_policy("ferreira-2013");
  policy.started({"a", "old", "h9", {0.2, 0.1, 0}});
  const Decision decision = policy.decide(cluster, noon);
  EXPECT_EQ(in_words(decision.moves), "");
  EXPECT_EQ(decision.records.front().guests.front().why, "it is moving to h9");
}

TEST(Pacing, OneGuestComesToAHostAtATimeAcrossRounds) {
  Policy policy = make_policy("ferreira-2013");
  policy.started({"x", "h9", "h2", {0.01, 0, 0}}); // from a host that is gone meanwhile
  EXPECT_EQ(in_words(policy.decide(hot_cluster(), noon).moves), "a hot->h3");
  policy.finished("x", noon);
  EXPECT_EQ(in_words(policy.decide(hot_cluster(), noon).moves), "a hot->h2");
}

TEST(Pacing, AGuestThatArrivedIsNotCountedTwice) {
  Policy policy = make_policy("ferreira-2013", {"inbound=2"});
  policy.started({"x", "h3", "h2", {0.5, 0, 0}});
  const Cluster cluster = ClusterOf()
                              .host("hot", {0.95, 0.5, 0.1})
                              .guest("a", {0.2, 0.1, 0})
                              .host("h2", {0.6, 0.1, 0})
                              .guest("x", {0.5, 0, 0});
  EXPECT_EQ(in_words(policy.decide(cluster, noon).moves), "a hot->h2") << "60 % includes it";
}

TEST(Pacing, AdviceMovesNothing) {
  const Decision decision = decide(hot_cluster(), {"advise=true"});
  EXPECT_TRUE(decision.moves.empty());
  EXPECT_EQ(in_words(decision.advice), "a hot->h2");
  EXPECT_EQ(decision.records.size(), 1U);
}

TEST(Pacing, ARestartedPolicyGoesOnWhereItWas) {
  const std::vector<std::string> settings{"cooldown=15min", "hold=2"};
  Policy first = make_policy("ferreira-2013", settings);
  static_cast<void>(first.decide(hot_cluster(), noon));
  first.finished("a", noon);
  first.started({"y", "h8", "h2", {0.1, 0, 0}});
  Policy second = make_policy("ferreira-2013", settings);
  second.restore(first.state());
  const Instant next = noon + seconds(5);
  EXPECT_EQ(in_words(second.decide(hot_cluster(), next).moves), "b hot->h3");
  EXPECT_EQ(in_words(first.decide(hot_cluster(), next).moves), "b hot->h3");
  EXPECT_EQ(in_words(make_policy("ferreira-2013", settings).decide(hot_cluster(), next).moves), "");
}

TEST(Pacing, CalmHostsAreNotRemembered) {
  Policy policy = make_policy("ferreira-2013", {"k=1", "n=3"});
  static_cast<void>(policy.decide(hot_cluster(), noon));
  for (const int time : {5, 10}) {
    static_cast<void>(policy.decide(calm_cluster(), noon + seconds(time)));
    EXPECT_EQ(policy.state().overloaded.size(), 1U);
  }
  static_cast<void>(policy.decide(calm_cluster(), noon + seconds(15)));
  EXPECT_TRUE(policy.state().overloaded.empty());
}

} // namespace
} // namespace migralab::balance::test
