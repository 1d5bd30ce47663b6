// SPDX-License-Identifier: Apache-2.0
// Rules of guests among themselves: by name where they are written, by report where they count.
#include "migralab/coordination/groups.hpp"

#include "coordinator_fixture.hpp"

namespace migralab::coordination::test {
namespace {

using Kind = balance::Group::Kind;
using Moves = std::vector<balance::Move>;

/// Guest "a" on h1, and so on.
Whereabouts three_hosts() {
  Whereabouts found;
  for (const std::string host : {"h1", "h2", "h3"}) {
    found.cluster.hosts.push_back({host, {0.5, 0.5, 0.5}, {4, 4, 4}});
  }
  for (const std::string guest : {"a", "b", "c"}) {
    found.cluster.guests.push_back(
        {guest, static_cast<balance::HostIndex>(found.cluster.guests.size()), {0.2, 0.1, 0.1}, 256});
  }
  return found;
}

std::string names_of(const balance::Group& group, const balance::Cluster& cluster) {
  std::string text;
  for (const balance::GuestIndex guest : group.guests) {
    text += (text.empty() ? "" : " ") + cluster.guests.at(guest).name;
  }
  return text;
}

TEST(NamedGroups, HoldForTheGuestsThatAreReported) {
  Whereabouts found = three_hosts();
  apply_groups({{Kind::apart, {"a", "c", "elsewhere"}}, {Kind::together, {"nobody"}}}, {}, found);
  ASSERT_EQ(found.cluster.groups.size(), 2U);
  EXPECT_EQ(found.cluster.groups[0].kind, Kind::apart);
  EXPECT_EQ(names_of(found.cluster.groups[0], found.cluster), "a c");
  EXPECT_EQ(names_of(found.cluster.groups[1], found.cluster), "");
  EXPECT_TRUE(found.doubts.empty());
}

TEST(NamedGroups, AGuestThatNoReportShowsYetIsOnItsSource) {
  Whereabouts found = three_hosts();
  const Moves in_flight{{"d", "h1", "h2", {1, 0.4, 0.2}}, {"of no group", "h1", "h3", {}}, {"e", "h9", "h3", {}}};
  apply_groups({{Kind::together, {"a", "d", "e"}}}, in_flight, found);
  ASSERT_EQ(found.cluster.guests.size(), 4U);
  const balance::Guest& leaver = found.cluster.guests.back();
  EXPECT_EQ(leaver.name, "d");
  EXPECT_EQ(leaver.host, 0U);
  EXPECT_EQ(leaver.load, (balance::Load{0.25, 0.1, 0.05})) << "shares of 4";
  EXPECT_EQ(names_of(found.cluster.groups.at(0), found.cluster), "a d");
}

TEST(NamedGroups, DoubtIsShared) {
  Whereabouts found = three_hosts();
  found.doubts.push_back({"x", "is reported by h1 and h2"});
  // b does not know where x is; c knows where b is, but not whether it stays there.
  apply_groups({{Kind::apart, {"b", "c"}}, {Kind::apart, {"b", "x"}}}, {{"x", "h1", "h2", {}}}, found);
  ASSERT_EQ(found.cluster.guests.size(), 1U);
  EXPECT_EQ(found.cluster.guests[0].name, "a");
  EXPECT_EQ(
      found.doubts,
      (std::vector<Doubt>{
          {"x", "is reported by h1 and h2"},
          {"b", "is in a group with x, which is in doubt"},
          {"c", "is in a group with b, which is in doubt"}}));
}

TEST_F(CoordinatorTest, KeepsGuestsApart) {
  job_.groups = {{Kind::apart, {"web", "mail"}}};
  restart(1001);
  agent("h2").report.sample.guests = {guest("mail", 0.1)};
  ask("h1");
  EXPECT_EQ(orders_of("h1"), Words{"web to h3"}) << "h2 is fuller, and has mail";
}

TEST_F(CoordinatorTest, AGuestOfAnEmptiedHostFollowsTheOneThatHasLeft) {
  job_ = {{{Kind::together, {"db", "web"}}}, {"h1"}, {}};
  restart(1001);
  agent("h1").report.sample = {{0.4, 0.3, 0.1}, {1, 1, 1}, {guest("db", 0.2), guest("web", 0.1)}};
  agent("h2").report.sample.load.cpu = 0.4;
  pass(200ms);
  EXPECT_EQ(orders_of("h1"), Words{"web to h2"}) << "and db may not go elsewhere";
  finish("h1", order_of("h1"), Outcome::succeeded);
  agent("h1").report.sample.guests.pop_back();
  pass(5s);
  EXPECT_EQ(all<RoundDecided>().size(), 2U);
  EXPECT_EQ(orders_of("h1").size(), 1U) << "h2 has not shown web yet";
  agent("h2").report.sample.guests = {guest("web", 0.1)};
  pass(5s);
  EXPECT_EQ(orders_of("h1"), (Words{"web to h2", "db to h2"}));
}

} // namespace
} // namespace migralab::coordination::test
