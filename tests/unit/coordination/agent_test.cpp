// SPDX-License-Identifier: Apache-2.0
// The agent's state machine, event by event (docs/protocol.md).
#include "migralab/coordination/agent.hpp"

#include "some_messages.hpp"

#include <gtest/gtest.h>

namespace migralab::coordination::test {
namespace {

using namespace std::chrono_literals;

constexpr Epoch coordinator_epoch = 1000;

HostSample loaded(double cpu) {
  return {{cpu, 0.3, 0.1}, {1, 1, 1}, {guest("db", cpu / 2), guest("web", cpu / 2)}};
}

/// An agent, and the other end of its channel.
class AgentTest : public testing::Test {
protected:
  AgentTest()
      : agent_({"h1", "coordinator", 1, some_key(), {}, {}}),
        coordinator_({"coordinator", coordinator_epoch, "h1"}, some_key(), {}) {}

  /// Lets the agent handle it, and everything that the two ends have to say about it; what the coordinator was told is
  /// appended to told_.
  AgentActions handle(const AgentEvent& event) {
    AgentActions all = agent_.handle(event, now_);
    for (std::vector<std::string> datagrams = all.datagrams; !datagrams.empty();) {
      std::vector<std::string> next;
      for (const std::string& datagram : datagrams) {
        const auto accepted = coordinator_.accept(*opened(datagram), now_);
        if (const auto* body = std::get_if<Body>(&accepted); body != nullptr && body->index() > 2) {
          told_.push_back(*body);
        }
      }
      for (const std::string& answer : coordinator_.due(now_)) {
        append(all, agent_.handle(Datagram{answer}, now_), next);
      }
      datagrams = std::move(next);
    }
    return all;
  }

  AgentActions order(const Body& body) {
    coordinator_.send(body, now_, now_ + 10s);
    AgentActions all;
    std::vector<std::string> from_agent;
    for (int i = 0; i < 4; ++i) { // more than an introduction takes
      for (const std::string& datagram : coordinator_.due(now_)) {
        append(all, agent_.handle(Datagram{datagram}, now_), from_agent);
      }
      for (const std::string& datagram : std::exchange(from_agent, {})) {
        const auto accepted = coordinator_.accept(*opened(datagram), now_);
        if (const auto* told = std::get_if<Body>(&accepted); told != nullptr && told->index() > 2) {
          told_.push_back(*told);
        }
      }
    }
    return all;
  }

  /// The newest message of that kind that the coordinator was told; a test that asks for one that was not told fails.
  template <typename T> T last() {
    for (auto body = told_.rbegin(); body != told_.rend(); ++body) {
      if (const auto* found = std::get_if<T>(&*body)) {
        return *found;
      }
    }
    ADD_FAILURE() << "the coordinator was not told";
    return {};
  }

  template <typename T> std::size_t count() const {
    return static_cast<std::size_t>(
        std::count_if(told_.begin(), told_.end(), [](const Body& body) { return std::holds_alternative<T>(body); }));
  }

  Report report() {
    order(SendInfo{++round_});
    return last<Info>().report.slice;
  }

  Migrate to(const std::string& host, const std::string& name = "web", std::uint64_t number = 1) {
    return {report().ticket, Order{{coordinator_epoch, number}, name, host}};
  }

  std::string refusal_of(const Migrate& body) {
    const std::size_t before = count<MigrationFinished>();
    EXPECT_TRUE(order(body).begin.empty());
    EXPECT_EQ(count<MigrationFinished>(), before + 1);
    EXPECT_EQ(last<MigrationFinished>().outcome, Outcome::refused);
    return last<MigrationFinished>().why;
  }

  Agent agent_;
  Channel coordinator_;
  Instant now_ = noon;
  std::vector<Body> told_;
  std::uint64_t round_ = 0;

private:
  static void append(AgentActions& all, const AgentActions& more, std::vector<std::string>& datagrams) {
    all.begin.insert(all.begin.end(), more.begin.begin(), more.begin.end());
    all.sample = all.sample || more.sample;
    all.wake = more.wake;
    datagrams.insert(datagrams.end(), more.datagrams.begin(), more.datagrams.end());
  }
};

TEST_F(AgentTest, SamplesAtOnceAndEveryPeriod) {
  EXPECT_TRUE(handle(Tick{}).sample);
  now_ += 1s;
  const AgentActions actions = handle(loaded(0.5));
  EXPECT_FALSE(actions.sample);
  EXPECT_EQ(actions.wake, noon + 5s);
  now_ = noon + 5s;
  EXPECT_TRUE(handle(Tick{}).sample);
}

TEST_F(AgentTest, TimeThatJumpsMakesNoBurstOfSamples) {
  handle(Tick{});
  now_ += 1h;
  const AgentActions late = handle(Tick{});
  EXPECT_TRUE(late.sample);
  EXPECT_EQ(late.wake, noon + 1h + 5s);
  now_ = noon; // what a monotonic clock does not do
  const AgentActions back = handle(Tick{});
  EXPECT_FALSE(back.sample);
  EXPECT_EQ(back.wake, noon + 1h + 5s);
}

TEST_F(AgentTest, IsSilentWhereAllIsWell) {
  handle(Tick{});
  for (int i = 0; i < 100; ++i, now_ += 5s) {
    EXPECT_TRUE(handle(loaded(0.9)).datagrams.empty());
  }
  EXPECT_TRUE(told_.empty());
}

// The peak of table 7.3 of the publication: it does not last, and nobody is asked for relief.
TEST_F(AgentTest, SmoothsAsPublished) {
  handle(Tick{});
  for (const double cpu : {0.017, 0.194, 0.949, 0.948, 0.825, 0.825, 0.828}) {
    handle(loaded(cpu));
    now_ += 5s;
  }
  EXPECT_EQ(count<VmInfo>(), 0U);
  handle(loaded(1));
  handle(loaded(1));
  EXPECT_EQ(count<VmInfo>(), 1U);
  EXPECT_GT(last<VmInfo>().report.slice.sample.load.cpu, 0.9);
}

TEST_F(AgentTest, SmoothsHostAndGuestsAdaptivelyIfItIsTo) {
  balance::Parameters parameters;
  parameters.adaptive_mu = true;
  agent_ = Agent({"h1", "coordinator", 1, some_key(), parameters, {}});
  handle(Tick{});
  handle(loaded(0.3));
  handle(loaded(0.9));
  const HostSample seen = report().sample;
  EXPECT_DOUBLE_EQ(seen.load.cpu, 0.1 * 0.3 + 0.9 * 0.9) << "0.66 with mu 0.6";
  EXPECT_DOUBLE_EQ(seen.guests.at(0).load.cpu, seen.load.cpu / 2);
  EXPECT_DOUBLE_EQ(seen.load.mem, 0.3);
}

TEST_F(AgentTest, TellsGuestsWhenOverloadedAndWaitsForTheAnswer) {
  handle(Tick{});
  handle(loaded(0.96));
  ASSERT_EQ(count<VmInfo>(), 1U);
  const Report told = last<VmInfo>().report.slice;
  EXPECT_EQ(told.sample, loaded(0.96));
  now_ += 1s;
  handle(loaded(0.96));
  EXPECT_EQ(count<VmInfo>(), 1U) << "it has asked already";
  order(Migrate{told.ticket, std::nullopt});
  handle(loaded(0.96));
  EXPECT_EQ(count<VmInfo>(), 2U) << "it had its answer, and is overloaded still";
  now_ += 3s;
  handle(Tick{});
  handle(loaded(0.96));
  EXPECT_EQ(count<VmInfo>(), 3U) << "no answer came in time";
}

TEST_F(AgentTest, AnOldAnswerIsNone) {
  handle(Tick{});
  handle(loaded(0.5));
  const Ticket before = report().ticket;
  handle(loaded(1));
  handle(loaded(1));
  ASSERT_EQ(count<VmInfo>(), 1U);
  order(Migrate{before, std::nullopt});
  handle(loaded(1));
  EXPECT_EQ(count<VmInfo>(), 1U);
}

TEST_F(AgentTest, AnswersSendInfo) {
  handle(Tick{});
  handle(loaded(0.5));
  handle(loaded(0.75));
  const Report told = report();
  EXPECT_EQ(last<Info>().round, 1U);
  EXPECT_EQ(told.problem, "");
  EXPECT_DOUBLE_EQ(told.sample.load.cpu, 0.6 * 0.75 + 0.4 * 0.5);
  EXPECT_DOUBLE_EQ(told.sample.guests.at(1).load.cpu, (0.6 * 0.75 + 0.4 * 0.5) / 2);
}

TEST_F(AgentTest, SaysWhyItHasNoSample) {
  handle(Tick{});
  EXPECT_EQ(report().problem, "no sample yet");
  handle(SampleFailed{"libvirtd does not answer"});
  EXPECT_EQ(report().problem, "no sample yet: libvirtd does not answer");
  handle(loaded(0.5));
  now_ += 15s;
  EXPECT_EQ(report().problem, "");
  now_ += 1s;
  EXPECT_EQ(report().problem, "no sample for 16.0 s");
  EXPECT_EQ(handle(SampleFailed{"libvirtd does not answer"}).notes.at(0), "sample: libvirtd does not answer");
  EXPECT_EQ(report().problem, "no sample for 16.0 s: libvirtd does not answer");
  handle(loaded(0.5));
  EXPECT_EQ(report().problem, "");
}

TEST_F(AgentTest, ASampleThatIsNonsenseHasFailed) {
  handle(Tick{});
  HostSample sample = loaded(0.5);
  sample.guests[0].load.cpu = -1;
  EXPECT_EQ(handle(sample).notes.at(0), "sample: guest db: cpu is -1");
  EXPECT_EQ(report().problem, "no sample yet: guest db: cpu is -1");
}

TEST_F(AgentTest, ForgetsTheAverageOfAGuestThatWasAway) {
  handle(Tick{});
  handle(loaded(0.8));
  HostSample without = loaded(0.8);
  without.guests.pop_back();
  handle(without);
  handle(loaded(0.2));
  EXPECT_DOUBLE_EQ(report().sample.guests.at(1).load.cpu, 0.1) << "its first sample counts whole";
}

TEST_F(AgentTest, MigratesAndTellsTheEnd) {
  handle(Tick{});
  handle(loaded(0.96));
  const AgentActions actions = order(to("h2"));
  ASSERT_EQ(actions.begin.size(), 1U);
  EXPECT_EQ(actions.begin[0], (Order{{coordinator_epoch, 1}, "web", "h2"}));
  const Report during = report();
  EXPECT_EQ(during.orders, actions.begin);
  EXPECT_EQ(during.sample.guests.at(1).state, GuestState::leaving);
  handle(loaded(1));
  EXPECT_EQ(count<VmInfo>(), 1U) << "it waits for the end of the migration";
  handle(MigrationEnded{{coordinator_epoch, 1}, true, ""});
  const MigrationFinished told = last<MigrationFinished>();
  EXPECT_EQ(told.order, (OrderId{coordinator_epoch, 1}));
  EXPECT_EQ(told.outcome, Outcome::succeeded);
  const Report after = report();
  EXPECT_TRUE(after.orders.empty());
  EXPECT_EQ(after.sample.guests.size(), 1U) << "the guest has gone before a sample says so";
  EXPECT_EQ(after.sample.guests[0].name, "db");
}

TEST_F(AgentTest, NoSampleCountsWhileAGuestLeaves) {
  const auto average = [this](double cpu) {
    now_ += 5s;
    handle(loaded(cpu));
    return agent_.averages().load.cpu;
  };
  handle(Tick{});
  EXPECT_DOUBLE_EQ(average(0.96), 0.96);
  const double of_web = agent_.averages().guests.at(1).load.cpu;
  const AgentActions actions = order(to("h2"));
  ASSERT_EQ(actions.begin.size(), 1U);
  EXPECT_DOUBLE_EQ(average(1), 0.96) << "with the migration's load";
  EXPECT_DOUBLE_EQ(agent_.averages().guests.at(1).load.cpu, of_web);
  handle(MigrationEnded{actions.begin[0].id, true, ""});
  EXPECT_DOUBLE_EQ(average(0.93), 0.96) << "begun before its end";
  EXPECT_EQ(count<VmInfo>(), 1U) << "and nothing is asked on it";
  EXPECT_DOUBLE_EQ(average(0.5), 0.6 * 0.5 + 0.4 * 0.96);
}

/// Rounds that another host asks for look at this one, too.
TEST_F(AgentTest, UntilASampleCountsALoadIsToldWithoutTheGuestThatLeft) {
  handle(Tick{});
  handle(loaded(0.96));
  const double of_web = agent_.averages().guests.at(1).load.cpu;
  ASSERT_GT(of_web, 0);
  const AgentActions actions = order(to("h2"));
  EXPECT_DOUBLE_EQ(report().sample.load.cpu, 0.96);
  handle(MigrationEnded{actions.begin[0].id, true, ""});
  EXPECT_DOUBLE_EQ(report().sample.load.cpu, 0.96 - of_web);
  now_ += 5s;
  handle(loaded(0.93));
  EXPECT_DOUBLE_EQ(report().sample.load.cpu, 0.96 - of_web) << "begun before the migration's end";
  now_ += 5s;
  handle(loaded(0.5));
  EXPECT_DOUBLE_EQ(report().sample.load.cpu, 0.6 * 0.5 + 0.4 * 0.96) << "as published";
}

/// Else a host would have to be relieved of the migration that relieves another one.
TEST_F(AgentTest, NoSampleCountsWhileAGuestArrives) {
  const auto look = [this](const HostSample& sample) {
    now_ += 5s;
    handle(sample);
    return report().sample;
  };
  HostSample sample = loaded(0.4);
  handle(Tick{});
  EXPECT_DOUBLE_EQ(look(sample).load.cpu, 0.4);
  sample = loaded(1);
  sample.guests.push_back(guest("new", 0.9, GuestState::arriving));
  EXPECT_DOUBLE_EQ(look(sample).load.cpu, 0.4) << "with the migration's load";
  sample.guests.back() = guest("new", 0.2);
  HostSample told = look(sample);
  EXPECT_DOUBLE_EQ(told.load.cpu, 0.4 + 0.2) << "begun before it ran; what it takes itself is told";
  EXPECT_DOUBLE_EQ(told.guests.back().load.cpu, 0.2) << "nothing of its migration";
  EXPECT_EQ(count<VmInfo>(), 0U);
  sample.load.cpu = 0.6;
  EXPECT_DOUBLE_EQ(look(sample).load.cpu, 0.6 * 0.6 + 0.4 * 0.4);
}

TEST_F(AgentTest, AGuestThatCameBetweenTwoSamplesIsSeen) {
  handle(Tick{});
  handle(loaded(0.8));
  HostSample sample = loaded(1);
  sample.guests.push_back(guest("new", 0.7));
  now_ += 5s;
  handle(sample);
  EXPECT_DOUBLE_EQ(report().sample.load.cpu, 1) << "more than all there is of it is no load";
  EXPECT_EQ(count<VmInfo>(), 0U);
}

TEST_F(AgentTest, NoSampleCountsWhileAGuestLeavesByAnEarlierLifesOrder) {
  handle(Tick{});
  handle(loaded(0.5));
  HostSample sample = loaded(1);
  sample.guests[1].state = GuestState::leaving;
  now_ += 5s;
  handle(sample);
  EXPECT_DOUBLE_EQ(agent_.averages().load.cpu, 0.5);
  EXPECT_EQ(refusal_of(to("h3", "db")), "guest web is leaving, and guests go one after the other");
}

TEST_F(AgentTest, ALoadIsNeverToldBelowZero) {
  handle(Tick{});
  handle(loaded(0.01));
  const AgentActions actions = order(to("h2"));
  handle(MigrationEnded{actions.begin[0].id, true, ""});
  EXPECT_GE(report().sample.load.cpu, 0);
}

TEST_F(AgentTest, TellsAFailureAndKeepsTheGuest) {
  handle(Tick{});
  handle(loaded(0.5));
  order(to("h2"));
  handle(MigrationEnded{{coordinator_epoch, 1}, false, "connection reset"});
  EXPECT_EQ(last<MigrationFinished>().outcome, Outcome::failed);
  EXPECT_EQ(last<MigrationFinished>().why, "connection reset");
  EXPECT_EQ(report().sample.guests.at(1).state, GuestState::running);
  EXPECT_EQ(order(to("h3", "web", 2)).begin.size(), 1U);
}

TEST_F(AgentTest, AnOrderThatComesTwiceIsCarriedOutOnce) {
  handle(Tick{});
  handle(loaded(0.5));
  const Migrate body = to("h2");
  EXPECT_EQ(order(body).begin.size(), 1U);
  EXPECT_TRUE(order(body).begin.empty());
  handle(MigrationEnded{{coordinator_epoch, 1}, false, "connection reset"});
  EXPECT_TRUE(order(body).begin.empty());
  now_ += 1h;
  EXPECT_TRUE(order(body).begin.empty());
  EXPECT_EQ(count<MigrationFinished>(), 1U);
}

TEST_F(AgentTest, RefusesWhatItCannotDo) {
  handle(Tick{});
  HostSample sample = loaded(0.5);
  sample.guests.push_back(guest("new", 0, GuestState::arriving));
  handle(sample);
  EXPECT_EQ(refusal_of(to("h2", "mail", 1)), "no guest mail is here to leave");
  EXPECT_EQ(refusal_of(to("h2", "new", 2)), "no guest new is here to leave");
  EXPECT_EQ(refusal_of(to("h1", "web", 3)), "the guest is to go where it is");
  order(to("h2", "web", 4));
  EXPECT_EQ(refusal_of(to("h3", "web", 5)), "guest web is being migrated");
  EXPECT_EQ(refusal_of(to("h3", "db", 6)), "guest web is leaving, and guests go one after the other");
}

TEST_F(AgentTest, RefusesOrdersThatRestOnOldKnowledge) {
  handle(Tick{});
  handle(loaded(0.5));
  Migrate body = to("h2");
  now_ += 5s + 1ms;
  EXPECT_EQ(refusal_of(body), "the order rests on what was known 5.00 s ago");
  body = to("h2", "web", 2);
  now_ += 5s;
  EXPECT_EQ(order(body).begin.size(), 1U);
}

TEST_F(AgentTest, RefusesOrdersForAnEarlierLife) {
  now_ = noon + 1s;
  handle(Tick{});
  handle(loaded(0.5));
  Migrate body = to("h2");
  body.ticket -= 1'000'000'000; // told just before this life, by its own clock only a second ago
  EXPECT_EQ(refusal_of(body), "the order rests on nothing that this agent has told since it started");
  body = to("h2", "web", 2);
  ++body.ticket;
  EXPECT_EQ(refusal_of(body), "the order rests on nothing that this agent has told since it started");
}

TEST_F(AgentTest, SaysWhyADatagramWasNotTaken) {
  handle(Tick{});
  EXPECT_EQ(agent_.handle(Datagram{"hello"}, now_).refused, Refusal::foreign);
  const std::string stranger = seal({"h2", "h1", 5, 1, 1, SendInfo{1}}, some_key());
  EXPECT_EQ(agent_.handle(Datagram{stranger}, now_).refused, Refusal::stranger);
  EXPECT_EQ(agent_.handle(Tick{}, now_).refused, std::nullopt);
}

TEST_F(AgentTest, AnEndThatIsNotItsOwnIsIgnored) {
  handle(Tick{});
  EXPECT_EQ(handle(MigrationEnded{{9, 9}, true, ""}).notes.at(0), "a migration ended that this agent did not begin");
  EXPECT_EQ(count<MigrationFinished>(), 0U);
}

TEST_F(AgentTest, ManyGuestsGoInSeveralParts) {
  handle(Tick{});
  handle(HostSample{{0.95, 0.5, 0.5}, {1, 1, 1}, some_report(200).sample.guests});
  EXPECT_EQ(count<VmInfo>(), split(some_report(200)).size());
  Assembly assembly;
  std::optional<Report> whole;
  for (const Body& body : told_) {
    whole = assembly.add(std::get<VmInfo>(body).report);
  }
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->sample.guests.size(), 200U);
}

} // namespace
} // namespace migralab::coordination::test
