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
      "the coordinator started 1.00 s ago and has not heard of all hosts; it gives no orders before 20.0 s");
  EXPECT_EQ(all<RoundDecided>()[0].decision.moves.size(), 1U) << "what it would have done";
  EXPECT_EQ(orders_of("h1"), Words{"none"});
  EXPECT_TRUE(coordinator_.pacing().in_flight.empty());
  pass(19s);
  ask("h1");
  pass(1s);
  EXPECT_EQ(orders_of("h1").back(), "web to h2");
}

TEST_F(CoordinatorTest, KeepsThePolicysMemoryAndForgetsItsFlights) {
  balance::Policy policy = balance::make_policy("ferreira-2013");
  balance::PacingState state;
  state.in_flight = {{"web", "h1", "h2", {}}};
  state.moved["db"] = {noon - 1min};
  policy.restore(state);
  const Coordinator next({"coordinator", 1, some_key(), {"h1"}, {}}, std::move(policy));
  EXPECT_TRUE(next.pacing().in_flight.empty());
  EXPECT_EQ(next.pacing().moved.size(), 1U);
}

} // namespace
} // namespace migralab::coordination::test
