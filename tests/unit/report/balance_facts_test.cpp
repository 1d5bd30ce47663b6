// SPDX-License-Identifier: Apache-2.0
#include "balance_facts.hpp"

#include "placement.hpp"
#include "sample_balance.hpp"

#include <gtest/gtest.h>

namespace migralab::test {
namespace {

const Instant zero(100s);

balancer::BalanceMove
move_of(const std::string& guest, const std::string& from, const std::string& to, Nanoseconds at) {
  balancer::BalanceMove move;
  move.guest = guest;
  move.from = from;
  move.to = to;
  move.began = zero + at;
  return move;
}

balancer::LoadSample seen(Nanoseconds at, const std::string& host, const std::string& guest) {
  return {.at = zero + at, .host = host, .guest = guest, .load = {}, .average = {}};
}

/// "web: h1 0 to 5, h2 5 to 9"
std::string in_words(const std::vector<Stay>& stays) {
  std::string text;
  std::string guest;
  for (const Stay& stay : stays) {
    text += stay.guest == guest ? ", " : (text.empty() ? "" : "; ") + stay.guest + ": ";
    text += stay.host + " " + std::to_string((stay.from - zero) / 1s) + " to " + std::to_string((stay.to - zero) / 1s);
    guest = stay.guest;
  }
  return text;
}

TEST(ToldMoves, HaveTheRoundsOfTheirOrders) {
  balancer::BalanceTrace trace;
  trace.moves = {move_of("web", "h1", "h2", 5s), move_of("web", "h1", "h2", 20s)};
  trace.moves[0].ended = zero + 8s;
  trace.moves[0].error = "no";
  trace.moves[0].order = "5-2";
  trace.moves[1].order = "5-4";
  trace.orders = {
      {zero + 3s, "5-1", 1, "web", "h1", "h2", "refused", "busy"},
      {zero + 8s, "5-2", 2, "web", "h1", "h2", "failed", "no"},
      {zero + 15s, "5-3", 3, "db", "h1", "h2", "dropped", "the one before it failed"},
      {zero + 40s, "5-4", 4, "web", "h1", "h2", "lost", "nobody told"}};
  std::vector<std::string> told;
  for (const ToldMove& move : told_moves(trace)) {
    told.push_back(std::to_string(move.round) + " " + move.guest + " " + move.result + (move.begun ? ", begun" : ""));
  }
  const std::vector<std::string> expected{"1 web refused", "2 web failed, begun", "3 db dropped", "4 web lost, begun"};
  EXPECT_EQ(told, expected);
}

/// Whoever tells how often how it ended: one order is one row.
TEST(ToldMoves, AreOneRowForEachOrder) {
  balancer::BalanceTrace trace;
  trace.moves = {move_of("web", "h1", "h2", 5s)};
  trace.moves[0].order = "5-1";
  trace.moves[0].succeeded = true;
  trace.orders = {
      {zero + 8s, "5-1", 1, "web", "h1", "h2", "lost", "h1 knows of no such order"},
      {zero + 9s, "", 0, "web", "h1", "h2", "succeeded", "it ended while the coordinator was away"},
      {zero + 10s, "5-2", 2, "db", "h1", "h2", "lost", "no word within 10 min"},
      {zero + 20s, "5-2", 2, "db", "h1", "h2", "succeeded", "h2 has it, though its agent did not tell"}};
  const std::vector<ToldMove> told = told_moves(trace);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].round, 1U);
  EXPECT_EQ(told[0].result, "ok");
  EXPECT_EQ(told[1].guest, "db");
  EXPECT_EQ(told[1].result, "succeeded");
}

TEST(ToldMoves, OfACoordinatorThatToldNothing) {
  balancer::BalanceTrace trace;
  trace.moves = {move_of("web", "h1", "h2", 5s)};
  ASSERT_EQ(told_moves(trace).size(), 1U);
  EXPECT_EQ(told_moves(trace)[0].round, 0U);
  EXPECT_EQ(told_moves(trace)[0].result, "lost");
  EXPECT_TRUE(told_moves({}).empty());
}

TEST(RoundFacts, AreThoseOfTheRecord) {
  const balancer::BalanceTrace trace = balance_trace(zero, true);
  ASSERT_EQ(trace.rounds.size(), 4U);
  const RoundFacts facts = facts_of(trace.rounds[0]);
  ASSERT_EQ(facts.hosts.size(), 1U);
  EXPECT_EQ(facts.hosts[0].host, "h59");
  EXPECT_EQ(facts.hosts[0].over, "cpu 91.39 %");
  ASSERT_EQ(facts.hosts[0].guests.size(), 3U);
  const WeighedGuest& cheapest = facts.hosts[0].guests[0];
  EXPECT_EQ(cheapest.guest, "centos59-3");
  EXPECT_EQ(cheapest.to, "h61");
  EXPECT_NEAR(cheapest.cost.value_or(0), 11.82, 0.01);
  EXPECT_EQ(facts_of(trace.rounds[3]).doubts, std::vector<std::string>{"h39: no INFO within 1 s"});
}

TEST(RoundFacts, OfARecordThatTellsSomethingElse) {
  balancer::BalanceRound round;
  for (const char* record :
       {"",
        "{",
        "[1]",
        R"({"decision": 3, "doubts": 4})",
        R"({"decision": {"records": [1, {"host": 2, "over": [3, "cpu"], "load": [], "guests": ["web", {}]}]}})"}) {
    round.record = record;
    EXPECT_NO_THROW(static_cast<void>(facts_of(round))) << record;
  }
  EXPECT_EQ(facts_of(round).hosts.size(), 2U);
}

TEST(Stays, FollowMigrationsMoreExactlyThanSamples) {
  balancer::BalanceTrace trace;
  trace.samples = {
      seen(0s, "h1", "web"),
      seen(5s, "h1", "web"),
      seen(8s, "h1", "web"), // written down when it had come to h2
      seen(10s, "h2", "web")};
  trace.moves = {move_of("web", "h1", "h2", 6s)};
  trace.moves[0].ended = zero + 7s;
  trace.moves[0].succeeded = true;
  EXPECT_EQ(in_words(stays_of(trace)), "web: h1 0 to 7, h2 7 to 10");
}

TEST(Stays, OfAMigrationThatFailedOrThatNobodyToldTheEndOf) {
  balancer::BalanceTrace trace;
  trace.samples = {seen(0s, "h1", "web"), seen(10s, "h1", "web"), seen(30s, "h2", "web"), seen(0s, "h0", "z")};
  trace.moves = {move_of("web", "h1", "h2", 2s), move_of("web", "h1", "h2", 20s)};
  trace.moves[0].ended = zero + 4s;
  EXPECT_EQ(in_words(stays_of(trace)), "z: h0 0 to 0; web: h1 0 to 20, h2 30 to 30") << "between them nobody knows";
  EXPECT_TRUE(stays_of({}).empty());
}

} // namespace
} // namespace migralab::test
