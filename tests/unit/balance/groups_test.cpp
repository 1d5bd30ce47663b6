// SPDX-License-Identifier: Apache-2.0
// Affinity and anti-affinity: they limit moves and never cause one.
#include "some_cluster.hpp"

#include <gtest/gtest.h>

namespace migralab::balance::test {
namespace {

using Kind = Group::Kind;

/// Guests 0 and 1 on the overloaded host, 2 on h2, 3 on h3.
ClusterOf four_guests() {
  return ClusterOf()
      .host("hot", {0.95, 0.5, 0})
      .guest("a", {0.2, 0.1, 0})
      .guest("b", {0.2, 0.1, 0})
      .host("h2", {0.5, 0.1, 0})
      .guest("c", {0.1, 0.1, 0})
      .host("h3", {0.3, 0.1, 0})
      .guest("d", {0.1, 0.1, 0});
}

TEST(Groups, GuestsKeepApart) {
  EXPECT_EQ(moves_of(four_guests()), "a hot->h2");
  const Cluster cluster = four_guests().group(Kind::apart, {0, 2});
  const Decision decision = decide(cluster);
  EXPECT_EQ(in_words(decision.moves), "a hot->h3");
  EXPECT_EQ(decision.records.front().guests.front().destinations.front().rule, Rule::apart);
  EXPECT_EQ(moves_of(four_guests().group(Kind::apart, {0, 2, 3})), "b hot->h2") << "the next guest";
}

TEST(Groups, GuestsKeepApartFromOnesThatAreComing) {
  Policy policy = make_policy("ferreira-2013", {"inbound=2"});
  policy.started({"d", "h3", "h2", {0.1, 0.1, 0}});
  const Cluster cluster = four_guests().group(Kind::apart, {0, 3});
  EXPECT_EQ(in_words(policy.decide(cluster, noon).moves), "b hot->h2")
      << "a may neither to d's new host nor its old one";
}

TEST(Groups, GuestsStayTogether) {
  const Cluster cluster = four_guests().group(Kind::together, {0, 1});
  const Decision decision = decide(cluster);
  EXPECT_EQ(in_words(decision.moves), "") << "neither goes alone";
  EXPECT_EQ(decision.records.front().guests.front().destinations.front().rule, Rule::together);
  EXPECT_EQ(moves_of(four_guests().group(Kind::together, {0, 3})), "a hot->h3") << "to the one it belongs to";
}

TEST(Groups, TheFirstToLeaveAnEvacuatedHostChoosesForTheOthers) {
  Cluster cluster = ClusterOf()
                        .host("old", {0.4, 0.2, 0})
                        .guest("a", {0.2, 0.1, 0})
                        .guest("b", {0.2, 0.1, 0})
                        .evacuate()
                        .host("h2", {0.4, 0.1, 0})
                        .host("h3", {0.3, 0.1, 0})
                        .group(Kind::together, {0, 1});
  EXPECT_EQ(moves_of(cluster, {"inbound=2"}), "a old->h2, b old->h2");
  Policy policy = make_policy("ferreira-2013");
  const Decision first = policy.decide(cluster, noon);
  EXPECT_EQ(in_words(first.moves), "a old->h2") << "one at a time: b has to wait for h2";
  policy.started(first.moves.front());
  EXPECT_EQ(in_words(policy.decide(cluster, noon).moves), "");
  policy.finished("a", noon);
  cluster.guests[0].host = 1;
  EXPECT_EQ(in_words(policy.decide(cluster, noon).moves), "b old->h2");
}

TEST(Groups, ABrokenRuleMovesNothingByItself) {
  const Cluster cluster = ClusterOf()
                              .host("h1", {0.5, 0.5, 0})
                              .guest("a", {0.2, 0.1, 0})
                              .guest("b", {0.2, 0.1, 0})
                              .host("h2", {0.1, 0.1, 0})
                              .group(Kind::apart, {0, 1});
  EXPECT_TRUE(decide(cluster).records.empty());
}

} // namespace
} // namespace migralab::balance::test
