// SPDX-License-Identifier: Apache-2.0
#include "loopback.hpp"
#include "migralab/measure/outage.hpp"

#include <gtest/gtest.h>

namespace migralab::test {
namespace {

const std::string good = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";

/// Runs a probe for `span` and tells how its requests ended.
ProbeTrace probe_for(Nanoseconds span, std::uint16_t port, double rate, Nanoseconds timeout) {
  const auto probe = start_http_probe(target(port, rate, timeout));
  std::this_thread::sleep_for(span);
  return probe->stop();
}

void expect_all(const ProbeTrace& trace, RequestEnd end, std::size_t at_least) {
  EXPECT_GE(trace.samples.size(), at_least);
  for (const RequestSample& sample : trace.samples) {
    EXPECT_EQ(to_string(sample.end), to_string(end)) << "request " << sample.sequence;
  }
}

TEST(HttpProbe, AsksByPlanOnAConnectionOfItsOwn) {
  std::string request;
  TcpServer server([&](const UniqueFd& connection) {
    request = TcpServer::read_request(connection.get());
    static_cast<void>(!::send(connection.get(), good.data(), good.size(), MSG_NOSIGNAL));
  });
  ProbeTarget asked = target(server.port(), 100, 1s);
  asked.path = "/page";
  const auto probe = start_http_probe(asked);
  std::this_thread::sleep_for(150ms);
  const ProbeTrace trace = probe->stop();

  EXPECT_EQ(trace.probe, "http");
  EXPECT_EQ(trace.interval, 10ms);
  expect_all(trace, RequestEnd::answered, 12);
  for (const RequestSample& sample : trace.samples) {
    EXPECT_GE(*sample.sent, sample.planned);
    EXPECT_GE(*sample.answered, *sample.sent);
    EXPECT_EQ(sample.bytes, good.size());
  }
  EXPECT_EQ(request.substr(0, 20), "GET /page HTTP/1.1\r\n");
  EXPECT_NE(request.find("Host: 127.0.0.1:"), std::string::npos);
}

TEST(HttpProbe, FindsTheOutageOfAServerThatStandsStill) {
  TcpServer server(TcpServer::reply(good));
  const auto probe = start_http_probe(target(server.port(), 500, 2s));
  std::this_thread::sleep_for(50ms);
  const auto [from, to] = server.stand_still(200ms);
  std::this_thread::sleep_for(50ms);
  const ProbeTrace trace = probe->stop();

  expect_all(trace, RequestEnd::answered, 140);
  const auto outage = longest_outage(trace, trace.samples.front().planned, Instant::max());
  ASSERT_TRUE(outage);
  EXPECT_NEAR(ms(outage->length()), ms(to - from), 5.0);
}

TEST(HttpProbe, AStopIsInTheMeanOfTheRequestsPlannedInIt) {
  TcpServer server(TcpServer::reply(good));
  const auto probe = start_http_probe(target(server.port(), 200, 2s));
  std::this_thread::sleep_for(50ms);
  const auto [from, to] = server.stand_still(400ms);
  const ProbeTrace trace = probe->stop();

  double sum = 0.0;
  std::size_t planned = 0;
  for (const RequestSample& sample : trace.samples) {
    if (sample.planned >= from && sample.planned < to) {
      sum += ms(*sample.answered - sample.planned);
      ++planned;
    }
  }
  EXPECT_NEAR(static_cast<double>(planned), 80.0, 3.0);
  EXPECT_NEAR(sum / static_cast<double>(planned), 200.0, 15.0) << "half the stop: nothing was left out";
}

TEST(HttpProbe, ReportsAClosedPortAsRefused) {
  expect_all(probe_for(100ms, free_port(SOCK_STREAM), 100, 5s), RequestEnd::refused, 8);
}

TEST(HttpProbe, ReportsAServerThatNeverAnswersAsTimedOut) {
  std::vector<UniqueFd> kept;
  TcpServer server([&](UniqueFd connection) { kept.push_back(std::move(connection)); });
  const Instant began = std::chrono::steady_clock::now();
  const ProbeTrace trace = probe_for(300ms, server.port(), 100, 100ms);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 500ms);
  expect_all(trace, RequestEnd::timed_out, 25);
}

TEST(HttpProbe, ReportsAResetAndAnEarlyEndAsReset) {
  TcpServer resets([](UniqueFd connection) {
    TcpServer::read_request(connection.get());
    const linger at_once{1, 0};
    ::setsockopt(connection.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  });
  expect_all(probe_for(100ms, resets.port(), 100, 1s), RequestEnd::reset, 8);

  TcpServer closes([](const UniqueFd& connection) { TcpServer::read_request(connection.get()); });
  expect_all(probe_for(100ms, closes.port(), 100, 1s), RequestEnd::reset, 8);

  TcpServer cuts_short(TcpServer::reply("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhello"));
  expect_all(probe_for(100ms, cuts_short.port(), 100, 1s), RequestEnd::reset, 8);
}

TEST(HttpProbe, ReportsAnotherStatusOrNoHttpAsBadReply) {
  TcpServer fails(TcpServer::reply("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"));
  const ProbeTrace trace = probe_for(100ms, fails.port(), 100, 1s);
  expect_all(trace, RequestEnd::bad_reply, 8);
  EXPECT_TRUE(trace.samples.front().answered);
  EXPECT_TRUE(never_returned(trace, trace.samples.front().planned)) << "a bad reply is no answer";

  TcpServer talks_nonsense(TcpServer::reply("SSH-2.0-OpenSSH_9.2\r\n\r\n"));
  expect_all(probe_for(100ms, talks_nonsense.port(), 100, 1s), RequestEnd::bad_reply, 8);
}

TEST(HttpProbe, ReportsAGoodReplyAfterTheTimeOutAsLate) {
  TcpServer server(TcpServer::reply(good, 60ms));
  const ProbeTrace trace = probe_for(330ms, server.port(), 10, 40ms);
  ASSERT_GE(trace.samples.size(), 3U);
  // stop() waits only until the youngest request has timed out, so the last one may be cut off.
  for (std::size_t i = 0; i + 1 < trace.samples.size(); ++i) {
    EXPECT_EQ(trace.samples[i].end, RequestEnd::late);
    EXPECT_GE(*trace.samples[i].answered - trace.samples[i].planned, 60ms);
  }
}

TEST(HttpProbe, RethrowsWhatEnterThrowsAndCanBeDroppedWithOpenConnections) {
  ProbeTarget broken = target(9, 100, 1s);
  broken.enter = [] { throw Error("no such namespace"); };
  const auto probe = start_http_probe(broken);
  EXPECT_THROW(static_cast<void>(probe->stop()), Error);

  std::vector<UniqueFd> kept;
  TcpServer server([&](UniqueFd connection) { kept.push_back(std::move(connection)); });
  const auto dropped = start_http_probe(target(server.port(), 1000, 50ms));
  std::this_thread::sleep_for(20ms);
}

} // namespace
} // namespace migralab::test
