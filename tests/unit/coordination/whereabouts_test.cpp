// SPDX-License-Identifier: Apache-2.0
// Reports that fit together, and reports that do not.
#include "migralab/coordination/whereabouts.hpp"

#include "some_messages.hpp"

#include <gtest/gtest.h>

namespace migralab::coordination::test {
namespace {

constexpr auto leaving = GuestState::leaving;
constexpr auto arriving = GuestState::arriving;

Report with(const std::vector<GuestReport>& guests) {
  Report report;
  report.sample.load = {0.5, 0.5, 0.5};
  report.sample.guests = guests;
  return report;
}

Report without_sample(const std::string& why) {
  Report report;
  report.problem = why;
  return report;
}

std::string hosts_of(const Whereabouts& found) {
  std::string text;
  for (const balance::Host& host : found.cluster.hosts) {
    text += (text.empty() ? "" : " ") + host.name;
  }
  return text;
}

std::string guests_of(const Whereabouts& found) {
  std::string text;
  for (const balance::Guest& guest : found.cluster.guests) {
    text += (text.empty() ? "" : " ") + guest.name + "@" + found.cluster.hosts.at(guest.host).name;
  }
  return text;
}

using Doubts = std::vector<Doubt>;
using Moves = std::vector<balance::Move>;
using LastSeen = std::map<std::string, std::string>;

class WhereaboutsTest : public testing::Test {
protected:
  Whereabouts find(const Reports& reports, const Moves& in_flight = {}) {
    return find_guests(reports, in_flight, last_seen_);
  }

  LastSeen last_seen_;
};

TEST_F(WhereaboutsTest, GuestsAreWhereTheyAreReported) {
  const auto found = find({{"h1", with({guest("web", 0.3), guest("db", 0.2)})}, {"h2", with({})}});
  EXPECT_EQ(hosts_of(found), "h1 h2");
  EXPECT_EQ(guests_of(found), "db@h1 web@h1");
  EXPECT_EQ(found.doubts, Doubts{});
  EXPECT_EQ(found.held_back, "");
  EXPECT_EQ(last_seen_, (LastSeen{{"db", "h1"}, {"web", "h1"}}));
  EXPECT_DOUBLE_EQ(found.cluster.guests.at(1).load.cpu, 0.3);
}

TEST_F(WhereaboutsTest, AGuestThatIsReportedTwiceStaysWhereItIs) {
  const auto found = find({{"h1", with({guest("web", 0.3)})}, {"h2", with({guest("web", 0.3), guest("db", 0.1)})}});
  EXPECT_EQ(guests_of(found), "db@h2");
  EXPECT_EQ(found.doubts, (Doubts{{"web", "is reported by h1 and h2"}}));
}

TEST_F(WhereaboutsTest, AGuestThatNobodyReportsIsToldOnce) {
  last_seen_ = {{"web", "h1"}};
  const Reports reports{{"h1", with({})}, {"h2", with({})}};
  EXPECT_EQ(find(reports).doubts, (Doubts{{"web", "is reported by nobody; h1 had it"}}));
  EXPECT_EQ(find(reports).doubts, Doubts{});
}

TEST_F(WhereaboutsTest, AGuestOfASilentHostIsNotMissed) {
  last_seen_ = {{"web", "h1"}};
  EXPECT_EQ(find({{"h2", with({})}}).doubts, Doubts{});
  EXPECT_EQ(find({{"h1", without_sample("no sample yet")}, {"h2", with({})}}).doubts, Doubts{});
  EXPECT_EQ(last_seen_, (LastSeen{{"web", "h1"}}));
}

TEST_F(WhereaboutsTest, AGuestInFlightMayBeOutOfSight) {
  last_seen_ = {{"web", "h1"}};
  EXPECT_EQ(find({{"h1", with({})}, {"h2", with({})}}, {{"web", "h1", "h2", {}}}).doubts, Doubts{});
}

TEST_F(WhereaboutsTest, AHostWithoutASampleIsLeftOut) {
  const auto found = find({{"h1", without_sample("no sample yet")}, {"h2", with({})}});
  EXPECT_EQ(hosts_of(found), "h2");
  EXPECT_EQ(found.left_out, (std::vector<LeftOut>{{"h1", "no sample yet"}}));
}

TEST_F(WhereaboutsTest, AnOrderedMigrationIsNoDoubt) {
  const auto found = find(
      {{"h1", with({guest("web", 0.3, leaving)})}, {"h2", with({guest("web", 0, arriving)})}},
      {{"web", "h1", "h2", {}}});
  EXPECT_EQ(hosts_of(found), "h1 h2");
  EXPECT_EQ(guests_of(found), "web@h1");
  EXPECT_EQ(found.doubts, Doubts{});
  EXPECT_EQ(found.held_back, "");
}

TEST_F(WhereaboutsTest, AHostThatGetsAGuestByNobodysOrderIsLeftOut) {
  const auto found = find({{"h1", with({guest("web", 0.3, leaving)})}, {"h2", with({guest("web", 0, arriving)})}});
  EXPECT_EQ(hosts_of(found), "h1");
  EXPECT_EQ(found.left_out, (std::vector<LeftOut>{{"h2", "guest web arrives there by nobody's order"}}));
  EXPECT_EQ(found.doubts, (Doubts{{"web", "leaves h1 by nobody's order"}}));
  EXPECT_EQ(found.held_back, "");
}

TEST_F(WhereaboutsTest, AnOrderToAnotherHostDoesNotExplainIt) {
  const auto found = find(
      {{"h1", with({guest("web", 0.3, leaving)})}, {"h2", with({guest("web", 0, arriving)})}, {"h3", with({})}},
      {{"web", "h1", "h3", {}}});
  EXPECT_EQ(hosts_of(found), "h1 h3");
}

TEST_F(WhereaboutsTest, AGuestThatLeavesForNobodyKnowsWhereHoldsEverythingBack) {
  const auto found = find({{"h1", with({guest("web", 0.3, leaving)})}, {"h2", with({})}});
  EXPECT_EQ(found.held_back, "guest web leaves h1 for nobody knows where");
}

TEST_F(WhereaboutsTest, AGuestThatOnlyArrivesIsNowhere) {
  const auto found = find({{"h2", with({guest("web", 0, arriving)})}, {"h3", with({guest("db", 0.1)})}});
  EXPECT_EQ(guests_of(found), "db@h3");
  EXPECT_EQ(found.doubts, (Doubts{{"web", "arrives at h2; nobody reports that it runs"}}));
}

} // namespace
} // namespace migralab::coordination::test
