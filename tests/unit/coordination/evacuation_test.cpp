// SPDX-License-Identifier: Apache-2.0
// A coordinator that is to empty a host: event by event, and over networks that fail.
#include "coordinator_fixture.hpp"
#include "simulation.hpp"

namespace migralab::coordination::test {
namespace {

/// h1 is to be emptied: web goes to h2, db to h3.
class EvacuationTest : public CoordinatorTest {
protected:
  EvacuationTest() : CoordinatorTest({{}, {"h1"}, {}}) {
    agent("h1").report.sample = {{0.6, 0.3, 0.1}, {1, 1, 1}, {guest("db", 0.3), guest("web", 0.2)}};
  }

  /// Both guests go; their new hosts have not shown them yet.
  void move_both() {
    pass(200ms);
    finish("h1", order_of("h1"), Outcome::succeeded);
    finish("h1", order_of("h1"), Outcome::succeeded);
    agent("h1").report.sample = {{0.1, 0.1, 0.1}, {1, 1, 1}, {}};
  }

  void show_both() {
    agent("h2").report.sample.guests.push_back(guest("web", 0.2));
    agent("h3").report.sample.guests.push_back(guest("db", 0.3));
  }

  std::size_t rounds() const { return all<RoundDecided>().size(); }
};

TEST_F(EvacuationTest, BeginsByItself) {
  pass(200ms); // two introductions
  ASSERT_EQ(rounds(), 1U);
  EXPECT_TRUE(all<RoundDecided>()[0].asked_by.empty());
  const auto record = all<RoundDecided>()[0].decision.records.at(0);
  EXPECT_EQ(record.trigger, balance::HostRecord::Trigger::evacuating);
  EXPECT_EQ(orders_of("h1"), Words{"web to h2"});
  EXPECT_TRUE(orders_of("h2").empty()) << "it has not asked";
  finish("h1", order_of("h1"), Outcome::succeeded);
  EXPECT_EQ(orders_of("h1"), (Words{"web to h2", "db to h3"}));
}

TEST_F(EvacuationTest, LooksAgainEveryPeriodUntilTheHostIsEmpty) {
  move_both();
  pass(5s);
  EXPECT_EQ(rounds(), 2U);
  EXPECT_TRUE(all<HostEmptied>().empty()) << "nobody has shown the guests since";
  show_both();
  pass(5s);
  EXPECT_EQ(rounds(), 3U);
  EXPECT_EQ(all<HostEmptied>(), std::vector<HostEmptied>{{"h1"}});
  pass(1min);
  EXPECT_EQ(rounds(), 3U);
  EXPECT_EQ(coordinator_.handle(Tick{}, now_).wake, std::nullopt);
}

TEST_F(EvacuationTest, WaitsForAnOrderThatIsOpen) {
  pass(1min);
  EXPECT_EQ(rounds(), 1U);
  finish("h1", order_of("h1"), Outcome::failed, "connection reset");
  pass(100ms);
  EXPECT_EQ(rounds(), 2U) << "the last one is more than a period ago";
  EXPECT_EQ(orders_of("h1").size(), 2U);
}

TEST_F(EvacuationTest, ARoundThatAHostAskedForIsOneToo) {
  move_both();
  pass(4s);
  ask("h2");
  EXPECT_EQ(rounds(), 2U);
  pass(4s);
  EXPECT_EQ(rounds(), 2U);
  pass(1s);
  EXPECT_EQ(rounds(), 3U);
}

TEST_F(EvacuationTest, SaysThatThereIsNoWayAndTriesAgain) {
  agent("h2").report.sample.load.cpu = 0.84;
  agent("h3").report.sample.load.cpu = 0.84;
  pass(9s);
  ASSERT_EQ(rounds(), 2U);
  const auto record = all<RoundDecided>()[1].decision.records.at(0);
  EXPECT_EQ(record.outcome, balance::HostRecord::Outcome::no_way);
  EXPECT_EQ(record.why, "no host can take any of its guests");
  EXPECT_TRUE(orders_of("h1").empty());
  agent("h3").report.sample.load.cpu = 0.1;
  pass(5s);
  EXPECT_EQ(orders_of("h1"), Words{"web to h3"});
}

TEST_F(EvacuationTest, GivesNoOrdersBeforeItHasHeardOfAll) {
  agent("h3").silent = true;
  pass(20s);
  EXPECT_EQ(rounds(), 4U) << "at 0, 5, 10 and 15 s, and a second for h3 each time";
  EXPECT_NE(all<RoundDecided>().back().held_back, "");
  EXPECT_TRUE(orders_of("h1").empty());
  pass(2s);
  EXPECT_EQ(all<RoundDecided>().back().held_back, "");
  EXPECT_EQ(orders_of("h1"), Words{"web to h2"});
}

TEST_F(EvacuationTest, AHostThatDoesNotAnswerIsNotEmpty) {
  agent("h1").silent = true;
  pass(40s);
  EXPECT_EQ(rounds(), 8U);
  EXPECT_TRUE(all<HostEmptied>().empty());
  agent("h1") = FakeAgent("h1", 2);
  pass(6s);
  EXPECT_EQ(all<HostEmptied>().size(), 1U);
}

TEST_F(EvacuationTest, GuestsThatAppearLaterLeaveToo) {
  move_both();
  show_both();
  pass(5s);
  EXPECT_EQ(all<HostEmptied>().size(), 1U);
  agent("h1").report.sample.guests = {guest("late", 0.1)};
  ask("h2"); // nobody looks there otherwise
  EXPECT_EQ(orders_of("h1").back(), "late to h2");
  finish("h1", order_of("h1"), Outcome::succeeded);
  agent("h1").report.sample.guests.clear();
  agent("h2").report.sample.guests.push_back(guest("late", 0.1));
  pass(5s);
  EXPECT_EQ(all<HostEmptied>().size(), 2U);
}

TEST_F(EvacuationTest, ARestartedOneGoesOn) {
  pass(200ms);
  const Order order = order_of("h1");
  restart(1001);
  agent("h1").report.orders = {order};
  agent("h1").report.sample.guests[1].state = GuestState::leaving;
  pass(200ms);
  EXPECT_EQ(all<MoveLearned>().size(), 1U);
  EXPECT_EQ(orders_of("h1"), Words{"web to h2"}) << "db has to wait";
  agent("h1").report.orders.clear();
  agent("h1").report.sample.guests.pop_back();
  finish("h1", order, Outcome::succeeded);
  EXPECT_EQ(orders_of("h1").back(), "db to h3");
}

TEST_F(EvacuationTest, AnEmptyHostIsSaidToBeSoInEachLife) {
  agent("h1").report.sample.guests.clear();
  pass(1min);
  EXPECT_EQ(rounds(), 1U);
  EXPECT_EQ(all<HostEmptied>().size(), 1U);
  restart(1001);
  pass(1min);
  EXPECT_EQ(rounds(), 1U);
  EXPECT_EQ(all<HostEmptied>().size(), 1U);
}

Plan evacuation(unsigned seed, const Faults& faults, std::vector<Kill> kills = {}) {
  Plan plan{seed, faults, std::move(kills), {}, {"h1"}};
  plan.timing.migration = 40s; // what was lost ends within a run
  plan.timing.finished = 40s;
  return plan;
}

void expect_emptied(const Plan& plan) {
  FakeCluster cluster = busy_cluster();
  Simulation simulation(plan, cluster, six_hosts());
  simulation.run(6min);
  for (const std::string& violation : cluster.violations()) {
    ADD_FAILURE() << violation;
  }
  for (const std::string& name : cluster.guests()) {
    const std::string where = cluster.host_of(name);
    EXPECT_EQ(where.size(), 2U) << name << " is at '" << where << "'";
    EXPECT_NE(where, "h1") << name;
  }
  EXPECT_TRUE(cluster.migrations().empty());
  EXPECT_EQ(simulation.open_moves(), 0U);
  EXPECT_EQ(simulation.open_rounds(), 0U);
  const auto& records = simulation.records();
  EXPECT_TRUE(std::any_of(records.begin(), records.end(), [](const Record& record) {
    return std::holds_alternative<HostEmptied>(record);
  }));
}

TEST(EvacuationOverANetwork, TakesNoMoreMovesThanThereAreGuests) {
  FakeCluster cluster = busy_cluster();
  Simulation simulation(evacuation(1, {}), cluster, six_hosts());
  simulation.run(3min);
  EXPECT_EQ(cluster.moves(), 4U);
  expect_emptied(evacuation(1, {}));
}

TEST(EvacuationOverANetwork, EverythingGoesWrongAtOnce) {
  for (unsigned seed = 0; seed < 8; ++seed) {
    for (const bool survive : {true, false}) {
      for (const Nanoseconds redraw : {Nanoseconds(0), Nanoseconds(15s)}) {
        SCOPED_TRACE(
            testing::Message() << "seed " << seed << (survive ? ", migrations survive" : ", migrations die")
                               << (redraw > 0s ? ", loads change" : ""));
        expect_emptied(evacuation(
            seed,
            {.loss = 0.2,
             .duplication = 0.2,
             .longest_delay = 300ms,
             .replay = 0.1,
             .failed_sample = 0.1,
             .failed_migration = 0.2,
             .agent_crash = 0.002,
             .coordinator_crash = 0.002,
             .redraw = redraw,
             .migrations_survive = survive}));
      }
    }
  }
}

TEST(EvacuationOverANetwork, TheCoordinatorIsKilledAtEveryStep) {
  FakeCluster cluster = busy_cluster();
  Simulation whole(evacuation(3, {.loss = 0.05}), cluster, six_hosts());
  whole.run(90s);
  EXPECT_EQ(cluster.moves(), 4U);
  const std::size_t steps = whole.steps(coordinator_name);
  EXPECT_GT(steps, 40U);
  for (std::size_t step = 1; step <= steps; ++step) {
    SCOPED_TRACE(testing::Message() << "step " << step);
    expect_emptied(evacuation(3, {.loss = 0.05}, {{coordinator_name, step, step % 2 == 0}}));
  }
}

} // namespace
} // namespace migralab::coordination::test
