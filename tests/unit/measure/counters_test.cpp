// SPDX-License-Identifier: Apache-2.0
#include "loopback.hpp"
#include "migralab/measure/counters.hpp"

#include <gtest/gtest.h>
#include <sched.h>

namespace migralab::test {
namespace {

TEST(ParseNetDev, ReadsWhatTheKernelWrites) {
  const auto interfaces = parse_net_dev(
      "Inter-|   Receive                                                |  Transmit\n"
      " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier "
      "compressed\n"
      "    lo:    3267      29    0    0    0     0          0         0     3267      29    0    0    0     0       0 "
      "  "
      "       0\n"
      "vnet0:18446744073709551615 7 1 2 3 4 5 6 123456789012 8 9 10 0 0 0 0\n");
  ASSERT_EQ(interfaces.size(), 2U);
  EXPECT_EQ(interfaces.at("lo").received_bytes, 3267U);
  EXPECT_EQ(interfaces.at("lo").sent_packets, 29U);
  EXPECT_EQ(interfaces.at("vnet0").received_bytes, 18446744073709551615U) << "no space after the colon";
  EXPECT_EQ(interfaces.at("vnet0").received_packets, 7U);
  EXPECT_EQ(interfaces.at("vnet0").sent_bytes, 123456789012U);
  EXPECT_EQ(interfaces.at("vnet0").sent_packets, 8U);
  EXPECT_EQ(interfaces.at("vnet0").received_drops, 2U);
  EXPECT_EQ(interfaces.at("vnet0").sent_drops, 10U);
}

TEST(ParseNetDev, RefusesAShortLine) {
  EXPECT_THROW(static_cast<void>(parse_net_dev("eth0: 1 2 3\n")), Error);
  EXPECT_TRUE(parse_net_dev("").empty());
}

TEST(CounterSampler, SeesTrafficOnLoopback) {
  UdpEcho server;
  const auto sampler = start_counter_sampler(5ms, {});
  const auto probe = start_udp_echo_probe(target(server.port(), 1000, 100ms));
  std::this_thread::sleep_for(100ms);
  const std::size_t requests = probe->stop().samples.size();
  const std::vector<CounterSample> samples = sampler->stop();

  ASSERT_GE(samples.size(), 5U);
  for (std::size_t i = 1; i < samples.size(); ++i) {
    EXPECT_GT(samples[i].at, samples[i - 1].at);
  }
  const std::uint64_t bytes =
      samples.back().interfaces.at("lo").received_bytes - samples.front().interfaces.at("lo").received_bytes;
  EXPECT_GE(bytes, (requests - 20) * 2 * 44) << "16 bytes and 28 of headers, there and back";
}

TEST(CounterSampler, ReadsTheNamespaceThatItsThreadJoined) {
  bool joined = false;
  const auto sampler = start_counter_sampler(1ms, [&] { joined = ::unshare(CLONE_NEWNET) == 0; });
  const std::vector<CounterSample> samples = sampler->stop();
  if (!joined) {
    GTEST_SKIP() << "needs the right to make a network namespace";
  }
  ASSERT_GE(samples.size(), 2U);
  EXPECT_EQ(samples.back().interfaces.at("lo").received_bytes, 0U) << "its own loopback is untouched";
}

TEST(CounterSampler, RethrowsAndRefusesNoInterval) {
  const auto sampler = start_counter_sampler(1ms, [] { throw Error("no such namespace"); });
  EXPECT_THROW(static_cast<void>(sampler->stop()), Error);
  EXPECT_THROW(static_cast<void>(start_counter_sampler(0ms, {})), Error);
}

} // namespace
} // namespace migralab::test
