// SPDX-License-Identifier: Apache-2.0
#include "some_cluster.hpp"

#include "migralab/core/error.hpp"

#include <gtest/gtest.h>
#include <limits>
#include <set>

namespace migralab::balance::test {
namespace {

constexpr Load idle{0.1, 0.1, 0.1};

/// Host `hot`, which has to get rid of a fifth of its processors, and whatever else there is.
ClusterOf hot() {
  return ClusterOf().host("hot", {0.95, 0.5, 0.1});
}

TEST(Ferreira, ABalancedClusterGetsAnEmptyPlan) {
  const Cluster cluster = ClusterOf().host("h1", {0.9, 0.9, 0.9}).guest("a", {0.5, 0.5, 0.5}).host("h2", {0, 0, 0});
  const Decision decision = decide(cluster);
  EXPECT_TRUE(decision.moves.empty());
  EXPECT_TRUE(decision.records.empty()) << "90 % is not more than 90 %";
  EXPECT_TRUE(decide(Cluster{}).records.empty());
}

TEST(Ferreira, AnyResourceMayBeTheOneThatIsOver) {
  for (const Load& load : {Load{0.91, 0, 0}, Load{0, 0.91, 0}, Load{0, 0, 0.91}}) {
    const Load share = load * all_of(0.5);
    EXPECT_EQ(moves_of(ClusterOf().host("h1", load).guest("a", share).host("h2", idle)), "a h1->h2");
  }
}

TEST(Ferreira, TheCheapestGuestWhoseLeavingIsEnough) {
  const Cluster cluster = hot()
                              .guest("small", {0.05, 0.1, 0}, 10)
                              .guest("dear", {0.3, 0.1, 0}, 4000)
                              .guest("cheap", {0.3, 0.1, 0}, 400)
                              .host("h2", idle);
  const Decision decision = decide(cluster);
  EXPECT_EQ(in_words(decision.moves), "cheap hot->h2");
  const auto& guests = decision.records.front().guests;
  ASSERT_EQ(guests.size(), 3U);
  EXPECT_EQ(guests[0].verdict, Verdict::too_little) << "95 % - 5 % is above 85 %";
  EXPECT_TRUE(guests[0].destinations.empty());
  EXPECT_EQ(guests[1].verdict, Verdict::moves);
  EXPECT_EQ(guests[2].verdict, Verdict::unneeded);
  EXPECT_LT(guests[1].cost, guests[2].cost);
}

TEST(Ferreira, ExactlyTheTargetIsEnoughAndExactlyTheCeilingIsAllowed) {
  EXPECT_EQ(moves_of(hot().guest("a", {0.1, 0.1, 0}).host("h2", {0.75, 0, 0})), "a hot->h2")
      << "0.95 - 0.1, 0.75 + 0.1";
  EXPECT_EQ(moves_of(hot().guest("a", {0.0999, 0.1, 0}).host("h2", idle)), "");
  EXPECT_EQ(moves_of(hot().guest("a", {0.1, 0.1, 0}).host("h2", {0.7501, 0, 0})), "");
}

TEST(Ferreira, TheFullestHostThatCanTakeIt) {
  const Cluster cluster = hot()
                              .guest("a", {0.2, 0.2, 0.1})
                              .host("idle", {0, 0, 0})
                              .host("full-net", {0.1, 0.1, 0.81})
                              .host("half", {0.5, 0.5, 0.1})
                              .host("fuller", {0.64, 0.5, 0.1})
                              .host("full-cpu", {0.66, 0.6, 0.2})
                              .host("full-mem", {0.1, 0.7, 0.1});
  const Decision decision = decide(cluster);
  EXPECT_EQ(in_words(decision.moves), "a hot->fuller");
  std::vector<std::string> rules;
  for (const DestinationRecord& record : decision.records.front().guests.front().destinations) {
    rules.push_back(cluster.hosts[record.host].name + " " + std::string(to_string(record.rule)));
  }
  EXPECT_EQ(
      rules,
      (std::vector<std::string>{
          "full-cpu cpu", "full-net net", "fuller taken", "half unneeded", "full-mem mem", "idle unneeded"}));
}

TEST(Ferreira, HostsThatAreEquallyFullAreTakenByName) {
  EXPECT_EQ(moves_of(hot().guest("a", {0.2, 0, 0}).host("h3", idle).host("h2", idle).host("h4", idle)), "a hot->h2");
}

TEST(Ferreira, TheNextGuestWhereTheCheapestFindsNoHost) {
  const Cluster cluster =
      hot().guest("large", {0.5, 0.1, 0}, 10).guest("dear", {0.2, 0.1, 0}, 4000).host("h2", {0.5, 0, 0});
  const Decision decision = decide(cluster);
  EXPECT_EQ(in_words(decision.moves), "dear hot->h2");
  EXPECT_EQ(decision.records.front().guests.front().verdict, Verdict::no_destination);
  EXPECT_EQ(decision.records.front().guests.front().destinations.front().rule, Rule::cpu);
}

TEST(Ferreira, PairsWhereNoGuestAloneIsEnoughEachToAHostOfItsOwn) {
  const Cluster cluster = hot()
                              .guest("a", {0.06, 0.1, 0})
                              .guest("b", {0.04, 0.1, 0})
                              .guest("c", {0.05, 0.1, 0})
                              .host("h2", {0.5, 0, 0})
                              .host("h3", {0.4, 0, 0});
  const Decision decision = decide(cluster);
  EXPECT_EQ(in_words(decision.moves), "a hot->h2, b hot->h3");
  const HostRecord& record = decision.records.front();
  EXPECT_EQ(record.outcome, HostRecord::Outcome::relieved);
  EXPECT_TRUE(record.searched_all);
  EXPECT_GT(record.steps, 0U);
  EXPECT_EQ(record.guests[0].destinations[1].rule, Rule::contended) << "b goes there";
  EXPECT_EQ(record.guests[2].verdict, Verdict::too_little);
  ASSERT_EQ(record.predictions.size(), 3U);
  EXPECT_NEAR(record.predictions[0].after.cpu, 0.85, 1e-12);
}

TEST(Ferreira, ThreeWhereTwoAreNotEnoughAndNeverMoreThanAllowed) {
  ClusterOf cluster = hot();
  for (const char* guest : {"a", "b", "c", "d"}) {
    cluster.guest(guest, {0.04, 0.1, 0});
  }
  cluster.host("h2", idle).host("h3", idle).host("h4", idle);
  EXPECT_EQ(moves_of(cluster), "a hot->h2, b hot->h3, c hot->h4");
  EXPECT_EQ(moves_of(cluster, {"largest_combination=2"}), "");
}

TEST(Ferreira, HostsInParallelNeverToTheSameDestination) {
  const Cluster cluster = ClusterOf()
                              .host("h1", {0.92, 0.5, 0.1})
                              .guest("a", {0.2, 0.1, 0})
                              .host("h2", {0.95, 0.5, 0.1})
                              .guest("b", {0.2, 0.1, 0})
                              .host("h3", {0.4, 0.1, 0})
                              .host("h4", {0.3, 0.1, 0});
  const Decision decision = decide(cluster);
  EXPECT_EQ(in_words(decision.moves), "b h2->h3, a h1->h4") << "the hottest first";
  EXPECT_EQ(decision.records[1].guests[0].destinations[1].rule, Rule::inbound);
  EXPECT_EQ(moves_of(cluster, {"inbound=2"}), "b h2->h3, a h1->h3");
}

TEST(Ferreira, AHostWithRoomForTwoIsNotFilledBeyondTheCeiling) {
  const Cluster cluster = ClusterOf()
                              .host("h1", {0.92, 0.5, 0.1})
                              .guest("a", {0.2, 0.1, 0})
                              .host("h2", {0.95, 0.5, 0.1})
                              .guest("b", {0.2, 0.1, 0})
                              .host("h3", {0.6, 0.1, 0});
  EXPECT_EQ(moves_of(cluster, {"inbound=2"}), "b h2->h3");
}

TEST(Ferreira, WithoutADestinationItSaysWhyAndMovesNothing) {
  const auto why = [](const Cluster& cluster, const std::vector<std::string>& settings = {}) {
    const Decision decision = decide(cluster, settings);
    EXPECT_TRUE(decision.moves.empty());
    EXPECT_EQ(decision.records.front().outcome, HostRecord::Outcome::no_way);
    return decision.records.front().why;
  };
  EXPECT_EQ(why(hot()), "it has no guest that could leave");
  EXPECT_EQ(why(hot().guest("a", {0.2, 0.1, 0})), "no host can take any of its guests");
  EXPECT_EQ(why(hot().guest("a", {0.2, 0.1, 0}).host("h2", {0.7, 0, 0})), "no host can take any of its guests");
  EXPECT_EQ(
      why(hot().guest("a", {0.04, 0.1, 0}).guest("b", {0.04, 0.1, 0}).host("h2", idle).host("h3", idle)),
      "it would stay above the target even without all the guests that may leave it");
  EXPECT_EQ(
      why(hot().guest("a", {0.06, 0.1, 0}).guest("b", {0.06, 0.1, 0}).host("h2", idle)),
      "no combination of its guests relieves it and has a destination for each");
  EXPECT_EQ(
      why(hot().guest("a", {0.06, 0.1, 0}).guest("b", {0.06, 0.1, 0}).host("h2", idle).host("h3", idle),
          {"search_limit=1"}),
      "the search for a combination was given up after 1 steps (search_limit)");
}

TEST(Ferreira, UnequalHostsAreComparedByWhatTheyHave) {
  // Half of a host of 16 is 8: all of a host of 8, a quarter of one of 32.
  const Load big{32, 64, 10};
  const Load middling{16, 32, 10};
  const Load little{8, 16, 10};
  const Cluster cluster = ClusterOf()
                              .host("h1", {0.95, 0.5, 0.1}, middling)
                              .guest("a", {0.5, 0.25, 0.05})
                              .host("little", {0.6, 0.6, 0.1}, little)
                              .host("big", {0.55, 0.5, 0.1}, big);
  const Decision decision = decide(cluster);
  EXPECT_EQ(in_words(decision.moves), "a h1->big");
  EXPECT_EQ(decision.moves.front().demand, (Load{8, 8, 0.5}));
  const auto& destinations = decision.records.front().guests.front().destinations;
  EXPECT_EQ(destinations[0].rule, Rule::cpu);
  EXPECT_NEAR(destinations[0].after.cpu, 1.6, 1e-12);
  EXPECT_NEAR(destinations[1].after.cpu, 0.8, 1e-12);
  EXPECT_NEAR(destinations[1].after.mem, 0.625, 1e-12);
}

TEST(Ferreira, AGuestThatFillsItsHostMovesLast) {
  const Cluster cluster = ClusterOf()
                              .host("h1", {1, 0.5, 0}, {1, 1, 1})
                              .guest("full", {1, 0.1, 0}, 1)
                              .guest("other", {0.2, 0.1, 0}, 100000)
                              .host("h2", {0, 0, 0}, {2, 2, 2});
  const Decision decision = decide(cluster);
  EXPECT_EQ(in_words(decision.moves), "other h1->h2");
  EXPECT_EQ(decision.records.front().guests.back().volume, std::numeric_limits<double>::infinity());
}

TEST(Ferreira, RecordsNameAFewDestinationsAndCountTheRest) {
  ClusterOf cluster = hot().guest("a", {0.2, 0.1, 0});
  for (int i = 0; i < 1500; ++i) {
    cluster.host("busy" + std::to_string(i), {0.7, 0, 0});
  }
  cluster.host("last", {0.5, 0, 0});
  const Decision decision = decide(cluster);
  EXPECT_EQ(in_words(decision.moves), "a hot->last") << "found beyond what records look at";
  const GuestRecord& record = decision.records.front().guests.front();
  ASSERT_EQ(record.destinations.size(), listed_destinations + 1);
  EXPECT_EQ(record.destinations.front().rule, Rule::cpu);
  EXPECT_EQ(record.destinations.back().rule, Rule::taken);
  EXPECT_EQ(record.others[static_cast<std::size_t>(Rule::cpu)], counted_destinations - listed_destinations - 1)
      << "the source itself is among those looked at";
  EXPECT_EQ(record.not_looked_at, 502U);
}

TEST(None, MovesNothing) {
  const Cluster cluster = hot().guest("a", {0.2, 0.1, 0}).host("h2", idle);
  Policy policy = make_policy("none");
  EXPECT_TRUE(policy.decide(cluster, noon).records.empty());
  const Cluster leaving = hot().guest("a", {0.2, 0.1, 0}).evacuate().host("h2", idle);
  const Decision decision = policy.decide(leaving, noon);
  EXPECT_TRUE(decision.moves.empty());
  EXPECT_EQ(decision.records.front().why, "policy 'none' moves nothing");
}

TEST(Random, RelievesBySeedAndNeverBeyondTheCeiling) {
  ClusterOf cluster = hot();
  for (const char* guest : {"a", "b", "c", "d"}) {
    cluster.guest(guest, {0.2, 0.1, 0});
  }
  cluster.host("full", {0.7, 0, 0}).host("h2", idle).host("h3", {0.5, 0, 0}).host("h4", {0.3, 0, 0});
  const auto by_seed = [&](int seed) {
    return in_words(make_policy("random", {"seed=" + std::to_string(seed)}).decide(cluster, noon).moves);
  };
  std::set<std::string> seen;
  for (int seed = 0; seed < 200; ++seed) {
    const std::string moved = by_seed(seed);
    EXPECT_EQ(moved, by_seed(seed));
    EXPECT_EQ(moved.find("full"), std::string::npos);
    seen.insert(moved);
  }
  EXPECT_EQ(seen.size(), 12U) << "four guests, three hosts";
}

TEST(Policies, UnknownOnesAreRefusedWithASuggestion) {
  const auto refusal = [](const std::string& name) {
    try {
      static_cast<void>(make_policy(name));
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), ExitStatus::bad_input);
      return std::string(error.what()) + "|" + error.hint();
    }
    return std::string("accepted");
  };
  const std::string names = "ferreira-2013, none, random, emptiest, khanna-2006, wood-2007, choi-2008, drs-deviation, "
                            "watcher-deviation, cloudstack-deviation, hbal-score, zhao-2009";
  EXPECT_EQ(
      refusal("fereira-2013"),
      "unknown policy 'fereira-2013'|did you mean 'ferreira-2013'? policies: " + names +
          "; `migralab balance policies` explains them");
  EXPECT_EQ(
      refusal("best"), "unknown policy 'best'|policies: " + names + "; `migralab balance policies` explains them");
}

} // namespace
} // namespace migralab::balance::test
