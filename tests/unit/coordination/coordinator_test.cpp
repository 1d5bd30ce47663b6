// SPDX-License-Identifier: Apache-2.0
// The coordinator's state machine, event by event (docs/protocol.md).
#include "coordinator_fixture.hpp"
#include "migralab/core/error.hpp"

namespace migralab::coordination::test {
namespace {

TEST_F(CoordinatorTest, ARoundAsPublished) {
  ask("h1");
  for (const std::string host : {"h1", "h2", "h3"}) {
    EXPECT_EQ(agent(host).told.front(), Body{SendInfo{1}}) << host;
  }
  ASSERT_EQ(all<RoundDecided>().size(), 1U);
  const RoundDecided decided = all<RoundDecided>()[0];
  EXPECT_EQ(decided.round, 1U);
  EXPECT_EQ(decided.asked_by, Words{"h1"});
  EXPECT_EQ(decided.held_back, "");
  EXPECT_TRUE(decided.left_out.empty());
  EXPECT_EQ(decided.cluster.hosts.size(), 3U);
  EXPECT_LE(decided.took, 100ms);
  EXPECT_EQ(orders_of("h1"), Words{"web to h2"}) << "the fullest that can take it";
  EXPECT_TRUE(orders_of("h2").empty());
  EXPECT_EQ(coordinator_.pacing().in_flight.size(), 1U);
  finish("h1", order_of("h1"), Outcome::succeeded);
  ASSERT_EQ(all<MoveEnded>().size(), 1U);
  EXPECT_EQ(to_string(all<MoveEnded>()[0].end), "succeeded");
  EXPECT_EQ(all<MoveEnded>()[0].move.to, "h2");
  ASSERT_EQ(all<RoundEnded>().size(), 1U);
  EXPECT_EQ(all<RoundEnded>()[0].round, 1U);
}

TEST_F(CoordinatorTest, SaysSoWhenNothingIsToMove) {
  agent("h1").report.sample.load.cpu = 0.5;
  ask("h1");
  EXPECT_EQ(orders_of("h1"), Words{"none"});
  EXPECT_EQ(all<RoundEnded>().size(), 1U);
}

TEST_F(CoordinatorTest, AGuestIsInFlightUntilItsNewHostShowsIt) {
  ask("h1");
  finish("h1", order_of("h1"), Outcome::succeeded);
  EXPECT_EQ(coordinator_.pacing().in_flight.size(), 1U);
  agent("h1").report.sample = {{0.7, 0.3, 0.1}, {1, 1, 1}, {guest("db", 0.5)}};
  ask("h1");
  EXPECT_EQ(coordinator_.pacing().in_flight.size(), 1U) << "h2 has not looked since";
  agent("h2").report.sample.guests.push_back(guest("web", 0.2));
  ask("h1");
  EXPECT_TRUE(coordinator_.pacing().in_flight.empty());
}

TEST_F(CoordinatorTest, AGuestThatItsNewHostNeverShowsIsInFlightNoLonger) {
  ask("h1");
  const Instant ended = now_;
  finish("h1", order_of("h1"), Outcome::succeeded);
  agent("h1").report.sample = {{0.7, 0.3, 0.1}, {1, 1, 1}, {guest("db", 0.5)}};
  pass(15s);
  ask("h1");
  EXPECT_TRUE(coordinator_.pacing().in_flight.empty());
  EXPECT_EQ(coordinator_.pacing().moved.at("web"), std::vector<Instant>{ended}) << "and not when it was noticed";
}

TEST_F(CoordinatorTest, AHostThatDoesNotAnswerIsLeftOut) {
  pass(20s + 1s); // quiet after the start
  agent("h2").silent = true;
  ask("h1");
  EXPECT_TRUE(all<RoundDecided>().empty()) << "it waits for h2";
  pass(1s);
  ASSERT_EQ(all<RoundDecided>().size(), 1U);
  EXPECT_EQ(all<RoundDecided>()[0].left_out, (std::vector<LeftOut>{{"h2", "no INFO within 1.00 s"}}));
  EXPECT_EQ(orders_of("h1"), Words{"web to h3"});
}

TEST_F(CoordinatorTest, AHostWithoutASampleIsLeftOut) {
  agent("h2").report = {1, "no sample yet", {}, {}};
  pass(21s);
  ask("h1");
  EXPECT_EQ(all<RoundDecided>().at(0).left_out, (std::vector<LeftOut>{{"h2", "no sample yet"}}));
  EXPECT_EQ(orders_of("h1"), Words{"web to h3"});
}

TEST_F(CoordinatorTest, HostsThatAskDuringARoundAreAnsweredByIt) {
  agent("h3").silent = true;
  ask("h1");
  agent("h2").report.sample.load.cpu = 0.95;
  ask("h2");
  pass(1s);
  ASSERT_EQ(all<RoundDecided>().size(), 1U);
  EXPECT_EQ(all<RoundDecided>()[0].asked_by, (Words{"h1", "h2"}));
  EXPECT_EQ(orders_of("h2"), Words{"none"});
}

TEST_F(CoordinatorTest, GuestsOfAHostGoOneAfterTheOther) {
  agent("h1").report.sample.guests = {guest("db", 0.1), guest("web", 0.1)};
  agent("h1").report.sample.load.cpu = 0.98;
  ask("h1");
  EXPECT_EQ(all<RoundDecided>().at(0).decision.moves.size(), 2U);
  ASSERT_EQ(orders_of("h1").size(), 1U);
  const Order first = order_of("h1");
  finish("h1", first, Outcome::succeeded);
  ASSERT_EQ(orders_of("h1").size(), 2U);
  const Order second = order_of("h1");
  EXPECT_NE(first.guest, second.guest);
  EXPECT_NE(first.to, second.to);
  EXPECT_TRUE(all<RoundEnded>().empty());
  finish("h1", second, Outcome::succeeded);
  EXPECT_EQ(all<RoundEnded>().size(), 1U);
}

TEST_F(CoordinatorTest, WhatWasPlannedBehindAFailureIsDropped) {
  agent("h1").report.sample.guests = {guest("db", 0.1), guest("web", 0.1)};
  agent("h1").report.sample.load.cpu = 0.98;
  ask("h1");
  const Order first = order_of("h1");
  finish("h1", first, Outcome::failed, "connection reset");
  EXPECT_EQ(orders_of("h1").size(), 1U);
  const auto ended = all<MoveEnded>();
  ASSERT_EQ(ended.size(), 2U);
  EXPECT_EQ(to_string(ended[0].end), "failed");
  EXPECT_EQ(ended[0].why, "connection reset");
  EXPECT_EQ(to_string(ended[1].end), "dropped");
  EXPECT_EQ(ended[1].why, "guest " + first.guest + " did not move");
  EXPECT_EQ(all<RoundEnded>().size(), 1U);
  EXPECT_TRUE(coordinator_.pacing().in_flight.empty());
  EXPECT_EQ(coordinator_.pacing().moved.size(), 1U) << "what was dropped never began";
}

TEST_F(CoordinatorTest, AHostTakesOneGuestAtATime) {
  agent("h1").report.sample = {{0.95, 0.1, 0.1}, {1, 1, 1}, {guest("web", 0.2)}};
  agent("h2").report.sample = {{0.96, 0.1, 0.1}, {1, 1, 1}, {guest("db", 0.2)}};
  agent("h3").report.sample.load = {0.1, 0.1, 0.1};
  ask("h1");
  EXPECT_EQ(orders_of("h1"), Words{"none"});
  EXPECT_EQ(orders_of("h2"), Words{"db to h3"});
}

class FourHosts : public CoordinatorTest {
protected:
  FourHosts() : CoordinatorTest({}, {"h1", "h2", "h3", "h4"}) {}
};

TEST_F(FourHosts, DifferentHostsMigrateAtTheSameTimeToDifferentHosts) {
  agent("h1").report.sample = {{0.95, 0.1, 0.1}, {1, 1, 1}, {guest("web", 0.2)}};
  agent("h2").report.sample = {{0.96, 0.1, 0.1}, {1, 1, 1}, {guest("db", 0.2)}};
  agent("h3").report.sample.load = {0.1, 0.1, 0.1};
  ask("h1");
  EXPECT_EQ(orders_of("h2"), Words{"db to h3"});
  EXPECT_EQ(orders_of("h1"), Words{"web to h4"});
  EXPECT_EQ(coordinator_.pacing().in_flight.size(), 2U) << "neither has ended";
  finish("h1", order_of("h1"), Outcome::succeeded);
  EXPECT_TRUE(all<RoundEnded>().empty());
  finish("h2", order_of("h2"), Outcome::succeeded);
  EXPECT_EQ(all<RoundEnded>().size(), 1U);
}

TEST_F(CoordinatorTest, ARoundWithoutWordEndsByItsDeadline) {
  ask("h1");
  agent("h1").silent = true;
  pass(10min);
  const auto ended = all<MoveEnded>();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(to_string(ended[0].end), "lost");
  EXPECT_EQ(ended[0].why, "no word within 600 s");
  EXPECT_EQ(all<RoundEnded>().size(), 1U);
}

TEST_F(CoordinatorTest, AnOrderThatItsAgentKnowsNothingOfIsLost) {
  ask("h1");
  pass(4s);
  ask("h2"); // the order may be on its way still
  EXPECT_TRUE(all<MoveEnded>().empty());
  pass(2s);
  agent("h1").report.orders = {order_of("h1")};
  ask("h2");
  EXPECT_TRUE(all<MoveEnded>().empty());
  agent("h1").report.orders.clear();
  ask("h2");
  const auto ended = all<MoveEnded>();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(to_string(ended[0].end), "lost");
  EXPECT_EQ(ended[0].why, "h1 knows of no such order");
}

// The agent was killed after it began; its next life refuses the order, and the migration goes on.
TEST_F(CoordinatorTest, ADestinationIsKeptFreeWhileARefusedGuestMayBeComing) {
  ask("h1");
  finish(
      "h1", order_of("h1"), Outcome::refused, "the order rests on nothing that this agent has told since it started");
  EXPECT_EQ(to_string(all<MoveEnded>().at(0).end), "refused");
  EXPECT_EQ(coordinator_.pacing().in_flight.size(), 1U);
  agent("h1").report.sample.load.cpu = 0.5;
  pass(14s);
  ask("h2");
  EXPECT_EQ(coordinator_.pacing().in_flight.size(), 1U);
  pass(1s);
  ask("h2");
  EXPECT_TRUE(coordinator_.pacing().in_flight.empty());
  EXPECT_TRUE(coordinator_.pacing().moved.empty()) << "it never moved";
}

TEST_F(CoordinatorTest, AGuestThatLeavesForNobodyKnowsWhereHoldsOrdersBack) {
  agent("h3").report.sample.guests = {guest("mail", 0.1, GuestState::leaving)};
  ask("h1");
  const std::string why = "guest mail leaves h3 for nobody knows where";
  EXPECT_EQ(all<RoundDecided>().back().held_back, why);
  EXPECT_EQ(orders_of("h1"), Words{"none"});
  pass(13s);
  agent("h3").silent = true; // and the guest may be coming to h2, which has not looked since
  ask("h1");
  pass(1s);
  EXPECT_EQ(all<RoundDecided>().back().held_back, why) << "asked before all samples were younger";
  ask("h1");
  pass(1s);
  EXPECT_EQ(all<RoundDecided>().back().held_back, "");
  EXPECT_EQ(orders_of("h1").back(), "web to h2");
}

TEST_F(CoordinatorTest, AnAgentThatHasNotLookedAtItsHostMissesNoOrder) {
  ask("h1");
  agent("h1").report.problem = "no sample yet";
  pass(6s);
  ask("h2");
  EXPECT_TRUE(all<MoveEnded>().empty());
}

TEST_F(CoordinatorTest, ADoubtfulGuestIsToldAndNotMoved) {
  agent("h2").report.sample.guests = {guest("web", 0.2)};
  agent("h1").report.sample.guests = {guest("web", 0.2)};
  ask("h1");
  EXPECT_EQ(all<RoundDecided>().at(0).doubts, (std::vector<Doubt>{{"web", "is reported by h1 and h2"}}));
  EXPECT_EQ(orders_of("h1"), Words{"none"});
}

TEST_F(CoordinatorTest, OrdersOfOthersEndNothing) {
  ask("h1");
  finish("h2", order_of("h1"), Outcome::succeeded);
  EXPECT_TRUE(all<MoveEnded>().empty());
  finish("h1", {{1000, 77}, "web", "h2"}, Outcome::succeeded);
  EXPECT_TRUE(all<MoveEnded>().empty());
}

TEST_F(CoordinatorTest, AReportInManyPartsCounts) {
  agent("h1").report.sample.guests = some_report(300).sample.guests;
  ask("h1");
  ASSERT_EQ(all<RoundDecided>().size(), 1U);
  EXPECT_EQ(all<RoundDecided>()[0].cluster.guests.size(), 300U);
}

TEST_F(CoordinatorTest, SaysWhyADatagramWasNotTaken) {
  EXPECT_EQ(coordinator_.handle(Datagram{"hello"}, now_).refused, Refusal::foreign);
  const std::string stranger = seal({"h9", "coordinator", 5, 1000, 1, SendInfo{1}}, some_key());
  EXPECT_EQ(coordinator_.handle(Datagram{stranger}, now_).refused, Refusal::stranger);
}

TEST_F(CoordinatorTest, HasNothingToDoWhileNobodyAsks) {
  const CoordinatorActions actions = coordinator_.handle(Tick{}, now_);
  EXPECT_TRUE(actions.datagrams.empty());
  EXPECT_EQ(actions.wake, std::nullopt);
}

Error refusal_of(const CoordinatorOptions& options) {
  try {
    const Coordinator made(options, balance::make_policy("none"));
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::bad_input);
    return error;
  }
  return Error("none");
}

TEST(Coordinator, RefusesAHostTwice) {
  EXPECT_STREQ(refusal_of({"coordinator", 1, some_key(), {"h1", "h1"}, {}}).what(), "host h1 is listed twice");
}

TEST(Coordinator, RefusesToEmptyAHostWithoutAnAgent) {
  const Error error = refusal_of({"coordinator", 1, some_key(), {"node1", "node2"}, {}, {}, {"node"}});
  EXPECT_STREQ(error.what(), "host node is to be emptied and has no agent");
  EXPECT_EQ(error.hint(), "did you mean 'node1'? hosts: node1, node2");
}

} // namespace
} // namespace migralab::coordination::test
