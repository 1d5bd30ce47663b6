// SPDX-License-Identifier: Apache-2.0
// A coordinator that starts while migrations are under way, event by event; crash_test.cpp has everything at once.
#include "coordinator_fixture.hpp"

namespace migralab::coordination::test {
namespace {

TEST_F(CoordinatorTest, ARestartedOneLearnsWhatIsUnderWay) {
  ask("h1");
  const Order order = order_of("h1");
  restart(1001);
  agent("h1").report.orders = {order};
  agent("h1").report.sample.guests[1].state = GuestState::leaving;
  ask("h1");
  ASSERT_EQ(all<MoveLearned>().size(), 1U);
  const MoveLearned learned = all<MoveLearned>()[0];
  EXPECT_EQ(learned.order, order.id);
  EXPECT_EQ(learned.move.from, "h1");
  EXPECT_EQ(learned.move.to, "h2");
  EXPECT_DOUBLE_EQ(learned.move.demand.cpu, 0.2);
  EXPECT_EQ(coordinator_.pacing().in_flight.size(), 1U);
  EXPECT_EQ(orders_of("h1").back(), "none") << "a guest is leaving it already";
  finish("h1", order, Outcome::succeeded);
  ASSERT_EQ(all<MoveEnded>().size(), 1U);
  EXPECT_EQ(all<MoveEnded>()[0].round, 0U);
}

TEST_F(CoordinatorTest, AReportThatWasOvertakenBringsNoOrderBack) {
  ask("h1");
  const Order order = order_of("h1");
  restart(1001);
  finish("h1", order, Outcome::succeeded);
  pass(1s);
  agent("h1").report.orders = {order};
  ask("h1");
  EXPECT_TRUE(all<MoveLearned>().empty());
}

TEST_F(CoordinatorTest, ARestartedOneGivesNoOrdersBeforeItHasHeardOfAll) {
  agent("h3").silent = true;
  ask("h1");
  pass(1s);
  ASSERT_EQ(all<RoundDecided>().size(), 1U);
  EXPECT_EQ(
      all<RoundDecided>()[0].held_back,
      "the coordinator started 1.00 s ago and has not heard of all hosts; until then, or for 20.0 s, it gives no "
      "orders");
  EXPECT_EQ(all<RoundDecided>()[0].decision.moves.size(), 1U) << "what it would have done";
  EXPECT_EQ(orders_of("h1"), Words{"none"});
  EXPECT_TRUE(coordinator_.pacing().in_flight.empty());
  pass(19s);
  ask("h1");
  pass(1s);
  EXPECT_EQ(orders_of("h1").back(), "web to h2");
}

// What its memory says is in flight ended while it was away.
TEST_F(CoordinatorTest, AGuestThatArrivedMeanwhileHasMoved) {
  remember({"web", "h1", "h2", {0.2, 0, 0}});
  agent("h1").report.sample = {{0.7, 0.3, 0.1}, {1, 1, 1}, {guest("db", 0.5)}};
  ask("h3");
  EXPECT_EQ(coordinator_.pacing().in_flight.size(), 1U) << "h2 has not looked since";
  EXPECT_TRUE(all<MoveEnded>().empty());
  agent("h2").report.sample.guests.push_back(guest("web", 0.2));
  ask("h3");
  EXPECT_TRUE(coordinator_.pacing().in_flight.empty());
  EXPECT_EQ(coordinator_.pacing().moved.at("web"), std::vector<Instant>{now_ - 100ms});
  ASSERT_EQ(all<MoveEnded>().size(), 1U);
  EXPECT_EQ(all<MoveEnded>()[0].why, "it ended while the coordinator was away");
}

TEST_F(CoordinatorTest, AMoveOfTheLifeBeforeThatNothingShowsWasNone) {
  remember({"web", "h1", "h2", {0.2, 0, 0}});
  agent("h1").report.sample.load.cpu = 0.5;
  pass(16s);
  ask("h3");
  EXPECT_TRUE(coordinator_.pacing().in_flight.empty());
  EXPECT_TRUE(coordinator_.pacing().moved.empty());
  EXPECT_TRUE(all<MoveEnded>().empty());
}

TEST_F(CoordinatorTest, AMoveOfTheLifeBeforeThatGoesOnIsLearned) {
  remember({"web", "h1", "h2", {0.2, 0, 0}});
  agent("h1").report.orders = {{{1000, 1}, "web", "h2"}};
  agent("h1").report.sample.guests[1].state = GuestState::leaving;
  ask("h1");
  pass(1min);
  ask("h1");
  EXPECT_EQ(coordinator_.pacing().in_flight.size(), 1U) << "until its agent tells of its end";
  finish("h1", agent("h1").report.orders[0], Outcome::failed, "connection reset");
  EXPECT_TRUE(coordinator_.pacing().in_flight.empty());
  EXPECT_EQ(coordinator_.pacing().moved.count("web"), 1U);
}

} // namespace
} // namespace migralab::coordination::test
