// SPDX-License-Identifier: Apache-2.0
// The agents and the coordinator of real labs, in one that is simulated.
#include "balancing.hpp"

#include "migralab/balancer/summary.hpp"
#include "migralab/core/error.hpp"
#include "small_lab.hpp"

namespace migralab::simulated::test {
namespace {

using namespace std::chrono_literals;

/// h1 is full of two guests; h3 is busier than h2, and has room.
Topology three_hosts() {
  return topology_of("lab: three\nsubstrate: simulated\nsimulated: {noise: false}\nnetworks: {lan: {rate: 1Gbit/s}}\n"
                     "hosts:\n  h1: {memory: 2GiB, cpus: 1}\n  h2: {memory: 2GiB, cpus: 1}\n"
                     "  h3: {memory: 2GiB, cpus: 1}\n"
                     "guests:\n  big: {memory: 512MiB, host: h1}\n  small: {memory: 256MiB, host: h1}\n"
                     "  other: {memory: 256MiB, host: h3}\n");
}

WorkloadSpec load(const std::string& guest, const std::string& percent) {
  return {
      .name = "load-" + guest,
      .kind = "cpu-load",
      .node = guest,
      .options = {{"load", percent}, {"workers", "1"}, {"swing", "0%"}, {"period", "20s"}}};
}

balancer::BalanceTrace balanced(
    const Topology& topology,
    std::vector<WorkloadSpec> workloads,
    const balancer::BalanceWish& wish,
    std::map<std::string, std::string>* places = nullptr) {
  World world(topology, std::move(workloads), "", noon, 1);
  world.go();
  Balancing balancing(world, wish);
  world.timeline().run_until(noon + 2min);
  balancing.stop();
  world.timeline().run_until(noon + 3min);
  EXPECT_EQ(balancing.flying(), 0U);
  if (places != nullptr) {
    *places = world.places();
  }
  return balancing.trace();
}

TEST(SimulatedBalancing, RelievesTheFullHostAsPublished) {
  const Topology topology = three_hosts();
  std::map<std::string, std::string> places;
  const auto trace = balanced(topology, {load("big", "70%"), load("small", "26%"), load("other", "30%")}, {}, &places);
  ASSERT_EQ(trace.moves.size(), 1U);
  EXPECT_EQ(trace.moves[0].guest, "small") << "the cheapest that is enough";
  EXPECT_EQ(trace.moves[0].to, "h3") << "the fullest host that has room";
  EXPECT_TRUE(trace.moves[0].succeeded);
  EXPECT_GT(trace.moves[0].bytes, 0);
  EXPECT_TRUE(trace.moves[0].downtime);
  EXPECT_EQ(places.at("small"), "h3");
  const auto summary = balancer::summarize(trace, 0.9);
  EXPECT_EQ(summary.moves, 1U);
  EXPECT_EQ(summary.hosts.size(), 3U);
  EXPECT_GT(summary.messages, 8U);
  ASSERT_EQ(trace.orders.size(), 1U);
  EXPECT_EQ(trace.orders[0].end, "succeeded");
  EXPECT_TRUE(trace.notes.empty());
}

TEST(SimulatedBalancing, LeavesABalancedLabAlone) {
  const auto trace = balanced(three_hosts(), {load("big", "50%"), load("other", "30%")}, {});
  EXPECT_TRUE(trace.moves.empty());
  EXPECT_TRUE(trace.rounds.empty());
  EXPECT_GE(trace.samples.size(), 3U * 24U);
}

TEST(SimulatedBalancing, EmptiesAHostOneGuestAfterTheOther) {
  balancer::BalanceWish wish;
  wish.evacuate = {"h1"};
  std::map<std::string, std::string> places;
  const auto trace = balanced(three_hosts(), {}, wish, &places);
  ASSERT_EQ(trace.moves.size(), 2U);
  EXPECT_GE(trace.moves[1].began, *trace.moves[0].ended);
  EXPECT_NE(places.at("big"), "h1");
  EXPECT_NE(places.at("small"), "h1");
}

TEST(SimulatedBalancing, WithoutACoordinatorHostsEvenThemselvesOut) {
  balancer::BalanceWish wish;
  wish.policy = "zhao-2009";
  wish.parameters = {"weight=1"};
  std::map<std::string, std::string> places;
  const auto trace = balanced(three_hosts(), {load("big", "50%"), load("small", "40%")}, wish, &places);
  EXPECT_GE(trace.moves.size(), 1U);
  EXPECT_NE(places.at("big"), places.at("small"));
  EXPECT_TRUE(trace.rounds.empty()) << "nobody decides for all";
  EXPECT_EQ(trace.traffic.size(), 3U) << "and there is no coordinator";
  for (const auto& move : trace.moves) {
    EXPECT_TRUE(move.succeeded) << move.error;
  }
  ASSERT_FALSE(trace.orders.empty());
  EXPECT_EQ(trace.orders[0].order, trace.moves[0].order);
  wish.evacuate = {"h1"};
  const Topology topology = three_hosts();
  World world(topology, {}, "", noon, 1);
  EXPECT_THROW(Balancing(world, wish), Error);
}

TEST(SimulatedBalancing, IsTheSameEachTime) {
  const auto run = [] {
    return balanced(three_hosts(), {load("big", "70%"), load("small", "26%"), load("other", "30%")}, {});
  };
  const auto first = run();
  const auto second = run();
  ASSERT_EQ(first.moves.size(), second.moves.size());
  EXPECT_EQ(first.moves[0].began, second.moves[0].began);
  EXPECT_EQ(first.samples.size(), second.samples.size());
  EXPECT_EQ(first.traffic.at("h1").sent_bytes, second.traffic.at("h1").sent_bytes);
}

} // namespace
} // namespace migralab::simulated::test
