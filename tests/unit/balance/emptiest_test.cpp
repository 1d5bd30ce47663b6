// SPDX-License-Identifier: Apache-2.0
// The policy that docs/labs/4-balancing.md writes step by step.
#include "published_parts.hpp"
#include "some_cluster.hpp"

#include <gtest/gtest.h>

namespace migralab::balance::test {
namespace {

std::string moves_by(const std::string& policy, const Cluster& cluster) {
  return in_words(make_policy(policy).decide(cluster, noon).moves);
}

TEST(Emptiest, TakesTheHostThatFerreiraTakesLast) {
  const Cluster cluster = ClusterOf()
                              .host("hot", {0.95, 0.5, 0.1})
                              .guest("web", {0.2, 0.1, 0.1})
                              .host("half", {0.5, 0.5, 0.1})
                              .host("idle", {0.1, 0.1, 0.1});
  EXPECT_EQ(moves_by("emptiest", cluster), "web hot->idle");
  EXPECT_EQ(moves_by("ferreira-2013", cluster), "web hot->half");
}

TEST(Emptiest, ButOnlyOneThatCanTakeTheGuest) {
  const Cluster cluster = ClusterOf()
                              .host("hot", {0.95, 0.5, 0.1})
                              .guest("web", {0.2, 0.1, 0.1})
                              .host("half", {0.5, 0.5, 0.1})
                              .host("idle-but-for-net", {0, 0, 0.8});
  EXPECT_EQ(moves_by("emptiest", cluster), "web hot->half") << "its net would be at 90 %";
}

TEST(Emptiest, EquallyEmptyHostsAreTakenByName) {
  const Cluster cluster = ClusterOf()
                              .host("hot", {0.95, 0.5, 0.1})
                              .guest("web", {0.2, 0.1, 0.1})
                              .host("h3", {0.1, 0.1, 0.1})
                              .host("h2", {0.1, 0.1, 0.1});
  EXPECT_EQ(moves_by("emptiest", cluster), "web hot->h2");
}

/// Both rounds of the assignment's question 8.
std::string rounds_by(const std::string& policy) {
  Policy decides = make_policy(policy);
  Cluster cluster = ClusterOf()
                        .host("h1", {0.95, 0.1, 0.1})
                        .guest("a", {0.2, 0.05, 0.05})
                        .host("h2", {0.5, 0.1, 0.1})
                        .host("h3", {0.1, 0.1, 0.1})
                        .host("h4", {0.8, 0.1, 0.1})
                        .guest("b", {0.7, 0.05, 0.05});
  const std::vector<Move> first = decides.decide(cluster, noon).moves;
  for (const Move& move : first) {
    HostIndex to = 0;
    while (cluster.hosts[to].name != move.to) {
      ++to;
    }
    cluster.hosts[cluster.guests[0].host].load -= cluster.guests[0].load;
    cluster.guests[0].host = to;
    cluster.hosts[to].load += cluster.guests[0].load;
  }
  cluster.hosts[3].load.cpu = 0.95;
  return in_words(first) + "; " + in_words(decides.decide(cluster, noon + std::chrono::seconds(30)).moves);
}

TEST(Emptiest, LeavesNoLargeGapForALargeGuest) {
  EXPECT_EQ(rounds_by("ferreira-2013"), "a h1->h2; b h4->h3");
  EXPECT_EQ(rounds_by("emptiest"), "a h1->h3; ");
}

/// The model answer to question 9.
Parts smallest_parts() {
  const auto image = [](const Round& round, GuestIndex guest, double /*volume*/) {
    return round.cluster().guests[guest].image_mb;
  };
  return {
      std::make_unique<OverLimit>(),
      std::make_unique<CheapestFirst>(image),
      std::make_unique<Fullest>(),
      std::make_unique<Switches>()};
}

TEST(Smallest, MovesTheSmallestImageHoweverBusyItIs) {
  const Cluster cluster = ClusterOf()
                              .host("hot", {0.95, 0.5, 0.1})
                              .guest("busy", {0.6, 0.3, 0}, 100)
                              .guest("large", {0.1, 0.1, 0}, 150)
                              .host("h2", {0.1, 0.1, 0.1});
  EXPECT_EQ(in_words(Policy(smallest_parts(), Parameters()).decide(cluster, noon).moves), "busy hot->h2");
  EXPECT_EQ(moves_by("ferreira-2013", cluster), "large hot->h2");
}

} // namespace
} // namespace migralab::balance::test
