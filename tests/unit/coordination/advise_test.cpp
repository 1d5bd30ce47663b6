// SPDX-License-Identifier: Apache-2.0
// With parameter `advise` a coordinator decides, and says so; nothing moves.
#include "coordinator_fixture.hpp"
#include "simulation.hpp"

namespace migralab::coordination::test {
namespace {

class AdviseTest : public CoordinatorTest {
protected:
  AdviseTest() : CoordinatorTest({{}, {}, {"advise=true"}}) {}
};

TEST_F(AdviseTest, WhoAsksIsToldThatNoGuestIsToMove) {
  ask("h1");
  EXPECT_EQ(orders_of("h1"), Words{"none"});
  ASSERT_EQ(all<RoundDecided>().size(), 1U);
  const balance::Decision decision = all<RoundDecided>()[0].decision;
  EXPECT_TRUE(decision.moves.empty());
  ASSERT_EQ(decision.advice.size(), 1U);
  EXPECT_EQ(decision.advice[0].guest, "web");
  EXPECT_EQ(decision.advice[0].to, "h2");
  EXPECT_EQ(all<RoundEnded>().size(), 1U);
  EXPECT_TRUE(coordinator_.pacing().in_flight.empty());
  pass(1min);
  EXPECT_EQ(orders_of("h1").size(), 1U);
  EXPECT_TRUE(all<MoveEnded>().empty());
}

TEST_F(AdviseTest, TheSameAdviceAgainWhenTheHostAsksAgain) {
  ask("h1");
  ask("h1");
  EXPECT_EQ(orders_of("h1"), (Words{"none", "none"}));
  EXPECT_EQ(all<RoundDecided>().at(1).decision.advice.size(), 1U) << "nothing is in flight";
}

TEST_F(AdviseTest, NoHostIsEmptied) {
  job_.evacuate = {"h1"};
  restart(1001);
  pass(11s);
  EXPECT_EQ(all<RoundDecided>().size(), 3U) << "it advises anew each period";
  EXPECT_EQ(all<RoundDecided>().at(2).decision.advice.size(), 2U);
  for (const std::string host : {"h1", "h2", "h3"}) {
    EXPECT_TRUE(orders_of(host).empty()) << host;
  }
  EXPECT_TRUE(all<HostEmptied>().empty());
}

TEST_F(AdviseTest, MigrationsOfAnEarlierLifeAreFollowedToTheirEnd) {
  job_.settings.clear();
  restart(1001);
  ask("h1");
  const Order order = order_of("h1");
  job_.settings = {"advise=true"};
  restart(1002);
  agent("h1").report.orders = {order};
  ask("h1");
  EXPECT_EQ(all<MoveLearned>().size(), 1U);
  finish("h1", order, Outcome::succeeded);
  EXPECT_EQ(all<MoveEnded>().size(), 1U);
  EXPECT_EQ(orders_of("h1").back(), "none");
}

TEST(AdviseOverANetwork, NothingMoves) {
  FakeCluster cluster = overloaded_cluster();
  Plan plan;
  plan.settings = {"advise=true"};
  Simulation simulation(plan, cluster, four_hosts());
  simulation.run(2min);
  EXPECT_EQ(cluster.moves(), 0U);
  EXPECT_GT(cluster.highest_load(), 0.9);
  std::size_t advised = 0;
  for (const Record& record : simulation.records()) {
    if (const auto* decided = std::get_if<RoundDecided>(&record)) {
      advised += decided->decision.advice.empty() ? 0U : 1U;
    }
  }
  EXPECT_GT(advised, 10U) << "h1 asks with each of its samples";
}

} // namespace
} // namespace migralab::coordination::test
