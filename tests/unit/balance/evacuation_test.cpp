// SPDX-License-Identifier: Apache-2.0
#include "some_cluster.hpp"

#include <gtest/gtest.h>

namespace migralab::balance::test {
namespace {

TEST(Evacuation, EveryGuestLeavesOneToAHostInARound) {
  Cluster cluster = ClusterOf()
                        .host("old", {0.6, 0.3, 0})
                        .guest("a", {0.2, 0.1, 0})
                        .guest("b", {0.2, 0.1, 0})
                        .guest("c", {0.2, 0.1, 0})
                        .evacuate()
                        .host("h2", {0.4, 0.1, 0})
                        .host("h3", {0.3, 0.1, 0});
  Policy policy = make_policy("ferreira-2013");
  Decision decision = policy.decide(cluster, noon);
  EXPECT_EQ(in_words(decision.moves), "a old->h2, b old->h3");
  EXPECT_EQ(decision.records.front().trigger, HostRecord::Trigger::evacuating);
  EXPECT_EQ(decision.records.front().outcome, HostRecord::Outcome::partly);
  EXPECT_EQ(decision.records.front().guests.back().destinations.front().rule, Rule::inbound);
  for (const Move& move : decision.moves) {
    policy.started(move);
  }
  decision = policy.decide(cluster, noon);
  EXPECT_EQ(in_words(decision.moves), "") << "both hosts have a guest coming";
  EXPECT_EQ(decision.records.front().outcome, HostRecord::Outcome::partly);
  policy.finished("b", noon);
  cluster.guests[1].host = 2;
  cluster.hosts[2].load.cpu = 0.5;
  EXPECT_EQ(in_words(policy.decide(cluster, noon).moves), "c old->h3");
}

TEST(Evacuation, AnEmptyHostIsDoneAndTakesNobody) {
  const Cluster cluster =
      ClusterOf().host("old", {0.1, 0, 0}).evacuate().host("hot", {0.95, 0.1, 0}).guest("a", {0.2, 0.1, 0});
  const Decision decision = decide(cluster);
  ASSERT_EQ(decision.records.size(), 1U);
  EXPECT_EQ(decision.records.front().why, "no host can take any of its guests");
  EXPECT_EQ(decision.records.front().guests.front().destinations.front().rule, Rule::evacuating);
}

TEST(Evacuation, OverloadedHostsComeFirst) {
  const Cluster cluster = ClusterOf()
                              .host("old", {0.2, 0.1, 0})
                              .guest("a", {0.2, 0.1, 0})
                              .evacuate()
                              .host("hot", {0.95, 0.1, 0})
                              .guest("b", {0.2, 0.1, 0})
                              .host("h3", {0.3, 0.1, 0});
  EXPECT_EQ(moves_of(cluster), "b hot->h3");
  EXPECT_EQ(moves_of(cluster, {"inbound=2"}), "b hot->h3, a old->h3");
}

TEST(Evacuation, NeedsNoImprovementButKeepsTheCeiling) {
  const auto with_load = [](double cpu) {
    return Cluster(ClusterOf().host("old", {0.1, 0, 0}).guest("a", {0.1, 0, 0}).evacuate().host("h2", {cpu, 0, 0}));
  };
  EXPECT_EQ(moves_of(with_load(0.75)), "a old->h2");
  EXPECT_EQ(moves_of(with_load(0.76)), "");
  EXPECT_EQ(decide(with_load(0.76)).records.front().why, "no host can take any of its guests");
}

TEST(Evacuation, AGuestThatHasToRestIsWaitedFor) {
  Policy policy = make_policy("ferreira-2013", {"cooldown=15min"});
  policy.finished("a", noon);
  const Cluster cluster = ClusterOf().host("old", {0.1, 0, 0}).guest("a", {0.1, 0, 0}).evacuate().host("h2", {0, 0, 0});
  const Decision decision = policy.decide(cluster, noon);
  EXPECT_EQ(decision.records.front().outcome, HostRecord::Outcome::paced);
  EXPECT_EQ(in_words(policy.decide(cluster, noon + std::chrono::minutes(15)).moves), "a old->h2");
}

} // namespace
} // namespace migralab::balance::test
