// SPDX-License-Identifier: Apache-2.0
#include "loopback.hpp"
#include "migralab/measure/outage.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace migralab::test {
namespace {

std::size_t count(const ProbeTrace& trace, RequestEnd end) {
  return static_cast<std::size_t>(
      std::count_if(trace.samples.begin(), trace.samples.end(), [&](const RequestSample& sample) {
        return sample.end == end;
      }));
}

TEST(UdpEchoProbe, SendsByPlanAndKeepsEveryRequest) {
  UdpEcho server;
  const auto probe = start_udp_echo_probe(target(server.port(), 1000, 500ms));
  std::this_thread::sleep_for(300ms);
  const ProbeTrace trace = probe->stop();

  EXPECT_EQ(trace.probe, "udp");
  EXPECT_EQ(trace.interval, 1ms);
  ASSERT_GE(trace.samples.size(), 250U);
  ASSERT_LE(trace.samples.size(), 350U);
  EXPECT_EQ(count(trace, RequestEnd::answered), trace.samples.size());
  for (std::size_t i = 0; i < trace.samples.size(); ++i) {
    const RequestSample& sample = trace.samples[i];
    EXPECT_EQ(sample.sequence, i);
    EXPECT_EQ(sample.planned, trace.samples[0].planned + i * 1ms);
    EXPECT_GE(*sample.sent, sample.planned);
    EXPECT_GE(*sample.answered, sample.planned);
    EXPECT_EQ(sample.bytes, 16U);
  }
  const TraceSummary summary = summarize(trace, Instant::min(), Instant::max());
  EXPECT_LT(ms(summary.p50), 1.0);
}

TEST(UdpEchoProbe, FindsTheOutageOfAServerThatQueues) {
  UdpEcho server;
  const auto probe = start_udp_echo_probe(target(server.port(), 1000, 2s));
  std::this_thread::sleep_for(50ms);
  const auto [from, to] = server.stand_still(200ms);
  std::this_thread::sleep_for(50ms);
  const ProbeTrace trace = probe->stop();

  const auto outage = longest_outage(trace, trace.samples.front().planned, Instant::max());
  ASSERT_TRUE(outage);
  EXPECT_NEAR(ms(outage->length()), ms(to - from), 3.0);
  EXPECT_NEAR(ms(outage->began - from), 0.0, 3.0);
  EXPECT_NEAR(ms(outage->ended - to), 0.0, 3.0);
  EXPECT_EQ(outage->unanswered, 0U);
  EXPECT_NEAR(static_cast<double>(outage->delayed), 200.0, 5.0);
  EXPECT_EQ(count(trace, RequestEnd::answered), trace.samples.size());
}

TEST(UdpEchoProbe, FindsTheOutageOfAServerThatLoses) {
  UdpEcho server;
  const auto probe = start_udp_echo_probe(target(server.port(), 1000, 100ms));
  std::this_thread::sleep_for(50ms);
  const Instant from = std::chrono::steady_clock::now();
  server.swallow = true;
  std::this_thread::sleep_for(200ms);
  server.swallow = false;
  const Instant to = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(50ms);
  const ProbeTrace trace = probe->stop();

  const auto outage = longest_outage(trace, trace.samples.front().planned, Instant::max());
  ASSERT_TRUE(outage);
  EXPECT_NEAR(ms(outage->length()), ms(to - from), 3.0);
  EXPECT_GE(outage->unanswered, 195U);
  EXPECT_EQ(count(trace, RequestEnd::timed_out), outage->unanswered);
}

TEST(UdpEchoProbe, CountsLateRepliesAndKeepsTheirTime) {
  UdpEcho server;
  const auto probe = start_udp_echo_probe(target(server.port(), 1000, 50ms));
  std::this_thread::sleep_for(20ms);
  server.stand_still(150ms);
  std::this_thread::sleep_for(20ms);
  const ProbeTrace trace = probe->stop();

  EXPECT_NEAR(static_cast<double>(count(trace, RequestEnd::late)), 100.0, 6.0);
  for (const RequestSample& sample : trace.samples) {
    if (sample.end == RequestEnd::late) {
      EXPECT_GT(*sample.answered - sample.planned, 50ms);
    }
  }
}

TEST(UdpEchoProbe, IgnoresDuplicates) {
  UdpEcho server;
  server.copies = 2;
  const auto probe = start_udp_echo_probe(target(server.port(), 1000, 500ms));
  std::this_thread::sleep_for(50ms);
  const ProbeTrace trace = probe->stop();
  EXPECT_GE(trace.samples.size(), 40U);
  EXPECT_EQ(count(trace, RequestEnd::answered), trace.samples.size());
  EXPECT_LT(ms(summarize(trace, Instant::min(), Instant::max()).p50), 1.0);
}

TEST(UdpEchoProbe, ReportsAClosedPortAsRefused) {
  const auto probe = start_udp_echo_probe(target(free_port(SOCK_DGRAM), 1000, 5s));
  std::this_thread::sleep_for(50ms);
  const Instant asked = std::chrono::steady_clock::now();
  const ProbeTrace trace = probe->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - asked, 1s) << "nothing was outstanding";
  EXPECT_GE(trace.samples.size(), 40U);
  EXPECT_EQ(count(trace, RequestEnd::refused), trace.samples.size());
  EXPECT_TRUE(never_returned(trace, trace.samples.front().planned));
}

TEST(UdpEchoProbe, StopWaitsAtMostTheTimeOut) {
  UdpEcho server;
  server.swallow = true;
  const auto probe = start_udp_echo_probe(target(server.port(), 100, 100ms));
  std::this_thread::sleep_for(30ms);
  const Instant asked = std::chrono::steady_clock::now();
  const ProbeTrace trace = probe->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - asked, 130ms);
  EXPECT_EQ(count(trace, RequestEnd::timed_out), trace.samples.size());
}

TEST(UdpEchoProbe, SendsWhatAStalledClientMissedTimedFromThePlan) {
  UdpEcho server;
  // A send costs more than the 1 us of this plan: the client falls behind by itself.
  const auto probe = start_udp_echo_probe(target(server.port(), 1e6, 50ms));
  std::this_thread::sleep_for(20ms);
  const ProbeTrace trace = probe->stop();
  ASSERT_GT(trace.samples.size(), 100U);
  for (std::size_t i = 1; i < trace.samples.size(); ++i) {
    ASSERT_EQ(trace.samples[i].planned - trace.samples[i - 1].planned, 1us) << "no request of the plan is left out";
  }
}

TEST(UdpEchoProbe, RunsEnterInItsOwnThreadAndRethrowsWhatItThrows) {
  ProbeTarget broken = target(9, 1000, 500ms);
  std::atomic<std::thread::id> entered;
  broken.enter = [&] {
    entered = std::this_thread::get_id();
    throw Error("no such namespace");
  };
  const auto probe = start_udp_echo_probe(broken);
  EXPECT_THROW(static_cast<void>(probe->stop()), Error);
  EXPECT_NE(entered.load(), std::this_thread::get_id());
  EXPECT_NE(entered.load(), std::thread::id());
}

TEST(UdpEchoProbe, CanBeDroppedWithoutStopAndStoppedOnlyOnce) {
  UdpEcho server;
  { const auto dropped = start_udp_echo_probe(target(server.port(), 1000, 100ms)); }
  const auto probe = start_udp_echo_probe(target(server.port(), 1000, 100ms));
  static_cast<void>(probe->stop());
  EXPECT_THROW(static_cast<void>(probe->stop()), Error);
}

TEST(UdpEchoProbe, RefusesARateOfNothing) {
  const auto probe = start_udp_echo_probe(target(9, 0, 100ms));
  EXPECT_THROW(static_cast<void>(probe->stop()), Error);
}

} // namespace
} // namespace migralab::test
