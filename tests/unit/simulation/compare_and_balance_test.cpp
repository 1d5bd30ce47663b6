// SPDX-License-Identifier: Apache-2.0
// Hosts that compare themselves by lot, and what holds for every balancer whether there is a coordinator or not.
#include "migralab/simulation/generate.hpp"
#include "migralab/simulation/policies.hpp"
#include "parts.hpp"
#include "some_scenario.hpp"

#include <gtest/gtest.h>
#include <map>

namespace migralab::simulation::test {
namespace {

/// How often, of a thousand rounds, the first host gives the other its guest `guest`.
std::size_t times(const ClusterState& state, GuestIndex guest, double weight = 1) {
  CompareAndBalance balancer(weight, 7);
  std::size_t given = 0;
  std::size_t all = 0;
  for (int round = 0; round < 1000; ++round) {
    for (const Order& order : balancer.decide(state, 0)) {
      given += order.guest == guest && order.to == 1 ? 1U : 0U;
      ++all;
    }
  }
  EXPECT_EQ(balancer.messages(), 1000U * 2 * state.hosts() + 2 * all);
  return given;
}

TEST(CompareAndBalance, TheLikelierTheMoreHostsDiffer) {
  // 0.8 and 0.2 of the hosts: with probability 0.75. Guest 1, of 0.3, leaves 0.5 and 0.5; guest 0 0.3 and 0.7.
  SomeState some(some_scenario(2, {{0, {1.0}}, {0, {0.75}}, {0, {0.25}}, {1, {0.5}}}));
  ASSERT_NEAR(some.state.requested(0), 800, 1e-9);
  EXPECT_NEAR(static_cast<double>(times(some.state, 1)), 750, 45) << "three standard deviations are 41";
  // 0.5 and 0.4: with probability 0.2. Guest 1 leaves 0.45 each.
  SomeState close(some_scenario(2, {{0, {1.0}}, {0, {0.125}}, {0, {0.125}}, {1, {1.0}}}));
  EXPECT_NEAR(static_cast<double>(times(close.state, 1)), 200, 40);
}

TEST(CompareAndBalance, NobodyGivesWhereThatEvensNothing) {
  // 0.4 and 0.2: what the only guest leaves behind differs by as much, the other way round.
  SomeState some(some_scenario(2, {{0, {1.0}}, {1, {0.5}}}));
  EXPECT_EQ(times(some.state, 0), 0U);
  SomeState alone(some_scenario(1, {{0, {1.0}}}));
  CompareAndBalance balancer(1, 1);
  EXPECT_TRUE(balancer.decide(alone.state, 0).empty()) << "there is nobody to ask";
}

TEST(CompareAndBalance, ANetworkCountsByItsWeight) {
  Scenario scenario = some_scenario(2, {{0, {0.25}}, {0, {0.25}}, {1, {0.5}}}); // processors are even
  scenario.trace.net = {100'000, 100'000, 0};                                   // kB/s: 800 Mbit/s each, of 1600
  SomeState some(scenario);
  EXPECT_EQ(times(some.state, 0, 1), 0U);
  EXPECT_GT(times(some.state, 0, 0.5), 500U) << "0.6 and 0.1";
}

/// Asks another balancer, and looks at where every guest is.
class Witness : public Balancer {
public:
  explicit Witness(Balancer& inner) : inner_(inner) {}
  [[nodiscard]] std::optional<HostIndex> first_host(const ClusterState& state, GuestIndex guest) override {
    return inner_.first_host(state, guest);
  }
  [[nodiscard]] std::vector<Order> decide(const ClusterState& state, double seconds) override {
    std::vector<unsigned> there(state.guests());
    for (HostIndex host = 0; host < state.hosts(); ++host) {
      for (const GuestIndex guest : state.guests_of(host)) {
        there[guest] += state.arriving(guest, host) ? 0U : 1U;
      }
    }
    for (GuestIndex guest = 0; guest < state.guests(); ++guest) {
      EXPECT_EQ(there[guest], 1U) << "guest " << guest << " at " << seconds << " s";
    }
    std::vector<Order> orders = inner_.decide(state, seconds);
    std::map<GuestIndex, int> ordered;
    for (const Order& order : orders) {
      EXPECT_EQ(++ordered[order.guest], 1) << "guest " << order.guest << " is ordered twice";
      EXPECT_FALSE(state.in_flight(order.guest)) << "guest " << order.guest;
    }
    return orders;
  }
  void finished(GuestIndex guest, double seconds) override { inner_.finished(guest, seconds); }
  [[nodiscard]] std::size_t messages() const override { return inner_.messages(); }
  [[nodiscard]] std::size_t reserve() const override { return inner_.reserve(); }

private:
  Balancer& inner_;
};

TEST(EveryBalancer, EndsWithEachGuestExactlyOnce) {
  Pattern pattern;
  pattern.kind = Pattern::Kind::steps;
  pattern.mean = 0.45;
  pattern.swing = 0.45;
  const Trace trace = generated(pattern, 12, 120, std::chrono::seconds(5), 5);
  Scenario scenario{{}, {}, trace, {}};
  for (int i = 1; i <= 4; ++i) {
    scenario.hosts.push_back({"h" + std::to_string(i), 2, 500, 8000, 4000, straight});
  }
  for (GuestIndex guest = 0; guest < 12; ++guest) {
    scenario.guests.push_back({trace.guests[guest].name, 1, 500, 1000, 0, guest % 4});
  }
  for (const PolicyInfo& policy : policies()) {
    const auto balancer = make_policy(policy.name, {}, trace.interval);
    Witness witness(*balancer);
    const Outcome outcome = simulate(scenario, witness);
    EXPECT_GT(outcome.messages, 0U) << policy.name << ": hosts ask even where nothing will come of it";
  }
}

} // namespace
} // namespace migralab::simulation::test
