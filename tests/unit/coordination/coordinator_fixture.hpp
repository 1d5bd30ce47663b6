// SPDX-License-Identifier: Apache-2.0
// A coordinator, and hosts that are the other ends of its channels.
#pragma once

#include "migralab/coordination/coordinator.hpp"

#include "some_messages.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <set>

namespace migralab::coordination::test {

using namespace std::chrono_literals;

struct FakeAgent {
  Channel channel;
  Epoch epoch;
  bool silent = false;
  std::vector<Body> told;
  Report report;

  explicit FakeAgent(const std::string& host, Epoch life = 1)
      : channel({host, life, "coordinator"}, some_key(), {}), epoch(life) {
    report.sample.load = {0.1, 0.1, 0.1};
  }

  void receive(const std::string& datagram, Instant now) {
    const auto accepted = channel.accept(*opened(datagram), now);
    if (const auto* body = std::get_if<Body>(&accepted); body != nullptr && body->index() > 2) {
      told.push_back(*body);
      if (const auto* asked = std::get_if<SendInfo>(body)) {
        for (const ReportPart& part : split(report)) {
          channel.send(Info{asked->round, part}, now, now + 1s);
        }
      }
    }
  }
};

/// What a coordinator is told beside its hosts.
struct Job {
  std::vector<NamedGroup> groups;
  std::set<std::string> evacuate;
  std::vector<std::string> settings;
};

class CoordinatorTest : public testing::Test {
protected:
  explicit CoordinatorTest(Job job = {}, std::vector<std::string> hosts = {"h1", "h2", "h3"})
      : job_(std::move(job)), hosts_(std::move(hosts)), coordinator_(life(1000)) {
    for (const std::string& host : hosts_) {
      agents_.emplace(host, FakeAgent(host));
    }
    agents_.at("h1").report.sample = {{0.96, 0.3, 0.1}, {1, 1, 1}, {guest("db", 0.5), guest("web", 0.2)}};
    agents_.at("h2").report.sample.load = {0.5, 0.1, 0.1};
  }

  [[nodiscard]] Coordinator life(Epoch epoch) const {
    return Coordinator(
        {"coordinator", epoch, some_key(), hosts_, {}, job_.groups, job_.evacuate},
        balance::make_policy("ferreira-2013", job_.settings));
  }

  void restart(Epoch epoch) {
    coordinator_ = life(epoch);
    records_.clear();
  }

  /// As restart, with a memory of that migration.
  void remember(const balance::Move& move) {
    balance::Policy policy = balance::make_policy("ferreira-2013", job_.settings);
    policy.started(move);
    coordinator_ = Coordinator({"coordinator", 1001, some_key(), hosts_, {}}, std::move(policy));
  }

  FakeAgent& agent(const std::string& host) { return agents_.at(host); }

  /// Carries datagrams until nobody has more to say at this instant.
  void settle() {
    take(coordinator_.handle(Tick{}, now_));
    for (bool quiet = false; !quiet;) {
      quiet = true;
      for (auto& [host, agent] : agents_) {
        for (const std::string& datagram : agent.silent ? std::vector<std::string>{} : agent.channel.due(now_)) {
          quiet = false;
          take(coordinator_.handle(Datagram{datagram}, now_));
        }
      }
    }
  }

  void pass(Nanoseconds span) {
    for (const Instant end = now_ + span; now_ < end;) {
      now_ = std::min(end, now_ + 25ms);
      settle();
    }
  }

  void ask(const std::string& host) {
    agent(host).report.ticket = ++ticket_;
    for (const ReportPart& part : split(agent(host).report)) {
      agent(host).channel.send(VmInfo{part}, now_, now_ + 3s);
    }
    settle();
    pass(100ms); // introductions may need a repetition
  }

  void finish(const std::string& host, const Order& order, Outcome outcome, const std::string& why = "") {
    agent(host).channel.send(MigrationFinished{order.id, outcome, ++ticket_, why}, now_, now_ + 1min);
    settle();
  }

  /// Records of that kind.
  template <typename T> std::vector<T> all() const {
    std::vector<T> found;
    for (const Record& record : records_) {
      if (const auto* one = std::get_if<T>(&record)) {
        found.push_back(*one);
      }
    }
    return found;
  }

  /// Orders that a host got, in words: "web to h3".
  std::vector<std::string> orders_of(const std::string& host) {
    std::vector<std::string> orders;
    for (const Body& body : agent(host).told) {
      if (const auto* migrate = std::get_if<Migrate>(&body)) {
        orders.push_back(migrate->order ? migrate->order->guest + " to " + migrate->order->to : "none");
      }
    }
    return orders;
  }

  Order order_of(const std::string& host) {
    Order order;
    for (const Body& body : agent(host).told) {
      if (const auto* migrate = std::get_if<Migrate>(&body); migrate != nullptr && migrate->order) {
        order = *migrate->order;
      }
    }
    EXPECT_NE(order.guest, "");
    return order;
  }

  Job job_; // counts from the next restart on
  std::vector<std::string> hosts_;
  Coordinator coordinator_;
  std::map<std::string, FakeAgent> agents_;
  Instant now_ = noon;
  Ticket ticket_ = 100;
  std::vector<Record> records_;

private:
  void take(const CoordinatorActions& actions) {
    records_.insert(records_.end(), actions.records.begin(), actions.records.end());
    for (const Addressed& addressed : actions.datagrams) {
      if (FakeAgent& to = agent(addressed.to); !to.silent) {
        to.receive(addressed.datagram, now_);
      }
    }
  }
};

using Words = std::vector<std::string>;

} // namespace migralab::coordination::test
