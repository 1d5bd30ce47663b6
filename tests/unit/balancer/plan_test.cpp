// SPDX-License-Identifier: Apache-2.0
#include "migralab/balancer/plan.hpp"

#include "migralab/core/error.hpp"
#include "migralab/topology/load.hpp"

#include <gtest/gtest.h>

namespace migralab::balancer {
namespace {

Topology parsed(const std::string& text) {
  Diagnostics diagnostics("test.lab.yaml", text);
  Topology topology = parse_topology(text, "test.lab.yaml", "", diagnostics);
  diagnostics.throw_if_errors();
  return topology;
}

constexpr const char* three_hosts =
    "lab: three\n"
    "networks:\n"
    "  lan: {subnet: 10.0.0.0/24, rate: 100Mbit/s, roles: [management, storage, guest]}\n"
    "  migration: {subnet: 10.0.1.0/24, roles: [migration]}\n"
    "storage:\n"
    "  store: {type: iscsi, networks: {lan: 10.0.0.180}}\n"
    "hosts:\n"
    "  h1: {memory: 1GiB, cpus: 1, networks: {lan: 10.0.0.1, migration: 10.0.1.1}}\n"
    "  h2: {memory: 2GiB, networks: {lan: 10.0.0.2, migration: 10.0.1.2}}\n"
    "  h3: {memory: 1GiB, networks: {lan: 10.0.0.3, migration: 10.0.1.3}}\n"
    "guests:\n"
    "  web: {memory: 96MiB, host: h1, networks: [lan], disk: {storage: store, size: 16MiB}}\n";

BalancerPlan plan_of(const std::string& text, const BalanceWish& wish = {}) {
  return plan_balancer(parsed(text), {}, wish, "/state", 4);
}

std::string refusal(const std::string& text, const BalanceWish& wish = {}) {
  try {
    static_cast<void>(plan_of(text, wish));
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::bad_input);
    return error.what();
  }
  return "taken";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

TEST(BalancerPlan, PutsTheCoordinatorOnTheStorageServer) {
  const BalancerPlan plan = plan_of(three_hosts);
  EXPECT_EQ(plan.node, "store");
  EXPECT_EQ(to_string(plan.coordinator.here.address), "10.0.0.180");
  EXPECT_EQ(plan.coordinator.hosts.size(), 3U);
  EXPECT_EQ(plan.coordinator.hosts.at("h2").address, parse_ipv4("10.0.0.2"));
  EXPECT_EQ(plan.coordinator.memory, "/state/memory.json");
}

TEST(BalancerPlan, TellsAgentsWhatTheirHostsHave) {
  const BalancerPlan plan = plan_of(three_hosts);
  const AgentConfig& agent = plan.agents.at("h1");
  EXPECT_EQ(agent.to_coordinator, plan.coordinator.here);
  EXPECT_DOUBLE_EQ(agent.cpus, 1);
  EXPECT_EQ(agent.memory, Bytes::gib(1));
  EXPECT_EQ(agent.network.bits_per_second, 100'000'000U + unshaped_rate.bits_per_second);
  EXPECT_EQ(agent.interfaces.size(), 2U);
  EXPECT_EQ(agent.destinations.size(), 2U);
  EXPECT_EQ(agent.destinations.at("h3").address, "10.0.1.3"); // on the migration network
  EXPECT_EQ(agent.processors.kind, ProcessorSource::Kind::network);
  EXPECT_DOUBLE_EQ(plan.agents.at("h2").cpus, 4); // as many as the machine has
}

TEST(BalancerPlan, CountsByControlGroupsWhereThereAreSome) {
  const ControlGroups groups{
      .version = ControlGroupVersion::v2, .folders = {{"unified", "/sys/fs/cgroup/migralab-three-1"}}};
  const BalancerPlan plan = plan_balancer(parsed(three_hosts), groups, {}, "/state", 4);
  const ProcessorSource& source = plan.agents.at("h2").processors;
  EXPECT_EQ(source.kind, ProcessorSource::Kind::account);
  EXPECT_EQ(source.path, "/sys/fs/cgroup/migralab-three-1/h2/cpu.stat");
}

TEST(BalancerPlan, PutsTheCoordinatorOnAHostWhereNothingElseIs) {
  const BalancerPlan plan = plan_of("lab: two\n"
                                    "networks: {lan: {subnet: 10.0.0.0/24}}\n"
                                    "hosts: {h1: {memory: 1GiB}, h2: {memory: 1GiB}}\n"
                                    "guests: {web: {memory: 96MiB, host: h1}}\n");
  EXPECT_EQ(plan.node, "h1");
  EXPECT_EQ(plan.coordinator.here.address, plan.agents.at("h1").here.address);
  EXPECT_NE(plan.coordinator.here.port, plan.agents.at("h1").here.port);
}

TEST(BalancerPlan, RefusesWhatCannotBeBalanced) {
  EXPECT_EQ(
      refusal("lab: one\nnetworks: {lan: {subnet: 10.0.0.0/24}}\nhosts: {h1: {memory: 1GiB}}\n"
              "guests: {web: {memory: 96MiB, host: h1}}\n"),
      "a lab with one host cannot be balanced");
  EXPECT_EQ(
      refusal(replaced(three_hosts, "{type: iscsi, networks: {lan: 10.0.0.180}}", "{type: local}")),
      "guest web has its disk on storage of type local: it cannot go to another host");
  BalanceWish wish;
  wish.policy = "best";
  EXPECT_EQ(refusal(three_hosts, wish), "unknown policy 'best'");
  wish = {};
  wish.parameters = {"mu=2"};
  EXPECT_NE(refusal(three_hosts, wish).find("mu=2"), std::string::npos);
  wish.parameters = {"period=10ms"};
  EXPECT_EQ(refusal(three_hosts, wish), "period=10.0 ms: agents look at their hosts every 100 ms at most");
  wish = {};
  wish.evacuate = {"h9"};
  EXPECT_NE(refusal(three_hosts, wish).find("h9"), std::string::npos);
  wish = {};
  wish.groups = {{balance::Group::Kind::apart, {"web"}}};
  EXPECT_EQ(refusal(three_hosts, wish), "a group of less than two guests");
  wish.groups = {{balance::Group::Kind::apart, {"web", "wob"}}};
  EXPECT_NE(refusal(three_hosts, wish).find("wob"), std::string::npos);
}

TEST(BalancerPlan, RefusesHostsThatShareNoNetwork) {
  EXPECT_EQ(
      refusal("lab: apart\n"
              "networks: {a: {subnet: 10.0.0.0/24}, b: {subnet: 10.0.1.0/24}}\n"
              "hosts: {h1: {memory: 1GiB, networks: [a]}, h2: {memory: 1GiB, networks: [a, b]}, h3: {memory: 1GiB, "
              "networks: [b]}}\n"
              "guests: {web: {memory: 96MiB, host: h1, networks: [a]}}\n"),
      "no network is shared by all hosts, so that none can coordinate them");
}

} // namespace
} // namespace migralab::balancer
