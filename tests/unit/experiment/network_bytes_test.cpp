// SPDX-License-Identifier: Apache-2.0
#include "network_bytes.hpp"

#include "migralab/substrate/links.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

using namespace std::chrono_literals;

Instant at(std::chrono::milliseconds time) {
  return Instant(1h) + time;
}

/// Ports with as many received bytes; what they sent must not count.
CounterSample sample(std::chrono::milliseconds time, const std::map<std::string, std::uint64_t>& received) {
  CounterSample result{.at = at(time), .interfaces = {}};
  for (const auto& [port, bytes] : received) {
    result.interfaces[port] = {.received_bytes = bytes, .sent_bytes = 1'000'000 + bytes * 7};
  }
  return result;
}

Topology networks(const std::vector<std::string>& names) {
  Topology topology;
  for (const std::string& name : names) {
    topology.networks.push_back({.name = name, .subnet = {}, .roles = {}});
  }
  return topology;
}

std::vector<std::uint64_t> bytes(
    const std::vector<CounterSample>& samples,
    std::chrono::milliseconds from,
    std::chrono::milliseconds to,
    const std::vector<std::string>& names = {"lan"}) {
  std::vector<std::uint64_t> counts;
  for (const NetworkBytes& one : bytes_between(samples, networks(names), at(from), at(to))) {
    counts.push_back(one.bytes);
  }
  return counts;
}

TEST(NetworkBytes, AreTheSumOfAllPortsBetweenTheSamplesAround) {
  const std::vector<CounterSample> samples{
      sample(0ms, {{"lan.h1", 100}, {"lan.h2", 10}}),
      sample(100ms, {{"lan.h1", 200}, {"lan.h2", 20}}),
      sample(200ms, {{"lan.h1", 400}, {"lan.h2", 40}}),
      sample(300ms, {{"lan.h1", 800}, {"lan.h2", 80}})};
  EXPECT_EQ(bytes(samples, 150ms, 250ms), std::vector<std::uint64_t>{660}) << "from 100 ms to 300 ms";
  EXPECT_EQ(bytes(samples, 100ms, 200ms), std::vector<std::uint64_t>{220}) << "samples on the bounds are the bounds";
  EXPECT_EQ(bytes(samples, 110ms, 120ms), std::vector<std::uint64_t>{220});
  EXPECT_EQ(bytes(samples, -1000ms, 5000ms), std::vector<std::uint64_t>{770}) << "all there is";
}

TEST(NetworkBytes, AreKeptApartByNetwork) {
  const std::vector<CounterSample> samples{
      sample(0ms, {{"lan.h1", 0}, {"lan2.h1", 0}, {"back.h1", 5}}),
      sample(100ms, {{"lan.h1", 1}, {"lan2.h1", 20}, {"back.h1", 305}})};
  EXPECT_EQ(bytes(samples, 0ms, 100ms, {"lan", "lan2", "back"}), (std::vector<std::uint64_t>{1, 20, 300}));
}

TEST(NetworkBytes, OfAPortThatWasNotThereBeforeDoNotCount) {
  const std::vector<CounterSample> samples{
      sample(0ms, {{"lan.h1", 10}}), sample(100ms, {{"lan.h1", 15}, {"lan.h2", 9999}})};
  EXPECT_EQ(bytes(samples, 0ms, 100ms), std::vector<std::uint64_t>{5});
}

TEST(NetworkBytes, AreZeroWithoutSamples) {
  EXPECT_EQ(bytes({}, 0ms, 100ms, {"lan", "back"}), (std::vector<std::uint64_t>{0, 0}));
  EXPECT_EQ(bytes({sample(50ms, {{"lan.h1", 7}})}, 0ms, 100ms), std::vector<std::uint64_t>{0});
}

TEST(Ports, GetTheNamesOfNetworkAndNodeBack) {
  Topology topology = networks({"a-network-with-a-long-name"});
  const std::vector<Attachment> attachments{{topology.networks.front().name, {}}};
  topology.storage.push_back({.name = "store", .networks = attachments});
  topology.hosts.push_back({.name = "h1", .memory = {}, .networks = attachments});
  topology.clients.push_back({.name = "client", .networks = attachments});
  std::vector<CounterSample> samples{sample(
      0ms,
      {{interface_name("a-network-with-a-long-name", "store"), 1},
       {interface_name("a-network-with-a-long-name", "h1"), 2},
       {interface_name("a-network-with-a-long-name", "client"), 3},
       {"lo", 4}})};
  name_ports(samples, port_names(topology));
  std::map<std::string, std::uint64_t> named;
  for (const auto& [name, count] : samples.front().interfaces) {
    named[name] = count.received_bytes;
  }
  EXPECT_EQ(
      named,
      (std::map<std::string, std::uint64_t>{
          {"a-network-with-a-long-name.store", 1},
          {"a-network-with-a-long-name.h1", 2},
          {"a-network-with-a-long-name.client", 3}}))
      << "and what is no port is left out";
}

} // namespace
} // namespace migralab
