// SPDX-License-Identifier: Apache-2.0
#include "loopback.hpp"
#include "migralab/measure/outage.hpp"

#include <gtest/gtest.h>

namespace migralab::test {
namespace {

const std::string good = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

std::size_t count(const ProbeTrace& trace, RequestEnd end) {
  return static_cast<std::size_t>(std::count_if(
      trace.samples.begin(), trace.samples.end(), [&](const RequestSample& sample) { return sample.end == end; }));
}

ProbeTrace loop_for(Nanoseconds span, std::uint16_t port, std::size_t connections, Nanoseconds timeout = 1s) {
  const auto client = start_http_closed_loop(target(port, 1, timeout), connections);
  std::this_thread::sleep_for(span);
  return client->stop();
}

/// Answers on each connection with these texts, one for each request, in pieces of so many bytes; then closes it. With
/// no texts left it goes on with the last.
TcpServer::Treat replies(std::vector<std::string> texts, std::size_t most, std::size_t piece = 1 << 20) {
  return [texts = std::move(texts), most, piece](const UniqueFd& connection) {
    for (std::size_t i = 0; i < most; ++i) {
      if (TcpServer::read_request(connection.get()).empty()) {
        return;
      }
      const std::string& text = texts[std::min(i, texts.size() - 1)];
      for (std::size_t at = 0; at < text.size(); at += piece) {
        const std::string part = text.substr(at, piece);
        static_cast<void>(!::send(connection.get(), part.data(), part.size(), MSG_NOSIGNAL));
        if (part.size() < text.size()) {
          std::this_thread::sleep_for(1ms);
        }
      }
    }
  };
}

TEST(HttpClosedLoop, AsksAgainWhenAnsweredOnTheSameConnection) {
  std::string request;
  std::size_t connections = 0;
  TcpServer server([&](UniqueFd connection) {
    ++connections;
    request = TcpServer::read_request(connection.get());
    static_cast<void>(!::send(connection.get(), good.data(), good.size(), MSG_NOSIGNAL));
    replies({good}, 1'000'000)(std::move(connection));
  });
  const ProbeTrace trace = loop_for(100ms, server.port(), 1);
  EXPECT_EQ(trace.probe, "http-closed");
  EXPECT_EQ(trace.interval, 0ns);
  EXPECT_EQ(connections, 1U);
  EXPECT_GT(trace.samples.size(), 50U);
  EXPECT_EQ(count(trace, RequestEnd::answered), trace.samples.size());
  for (std::size_t i = 0; i < trace.samples.size(); ++i) {
    const RequestSample& sample = trace.samples[i];
    EXPECT_EQ(sample.sequence, i);
    EXPECT_EQ(sample.sent, sample.planned);
    EXPECT_GE(*sample.answered, sample.planned);
    EXPECT_EQ(sample.bytes, good.size());
    EXPECT_TRUE(i == 0 || sample.planned >= *trace.samples[i - 1].answered) << "one at a time";
  }
  EXPECT_EQ(request.substr(0, 16), "GET / HTTP/1.1\r\n");
  EXPECT_EQ(request.find("close"), std::string::npos);
}

TEST(HttpClosedLoop, TakesRepliesInPiecesInChunksAndUntilTheEnd) {
  const std::string chunked =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
  const std::string unbounded = "HTTP/1.0 200 OK\r\n\r\nuntil the connection ends";
  TcpServer server(replies({good, chunked, unbounded}, 3, 7));
  const ProbeTrace trace = loop_for(200ms, server.port(), 1);
  ASSERT_GE(trace.samples.size(), 4U) << "a new connection after the end of the first";
  EXPECT_EQ(count(trace, RequestEnd::answered), trace.samples.size());
  EXPECT_EQ(trace.samples[0].bytes, good.size());
  EXPECT_EQ(trace.samples[1].bytes, chunked.size());
  EXPECT_EQ(trace.samples[2].bytes, unbounded.size());
}

TEST(HttpClosedLoop, ReconnectsWhenAskedTo) {
  const std::string last = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  TcpServer server(TcpServer::reply(last));
  const ProbeTrace trace = loop_for(100ms, server.port(), 3);
  EXPECT_GE(trace.samples.size(), 10U);
  EXPECT_EQ(count(trace, RequestEnd::answered), trace.samples.size());
}

TEST(HttpClosedLoop, TellsBadRepliesAndBrokenOnes) {
  TcpServer wrong(replies({"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"}, 3));
  const ProbeTrace refused = loop_for(50ms, wrong.port(), 1);
  EXPECT_EQ(count(refused, RequestEnd::bad_reply) + count(refused, RequestEnd::reset), refused.samples.size());
  EXPECT_GE(count(refused, RequestEnd::bad_reply), 3U);
  TcpServer nonsense(TcpServer::reply("SMTP says hello\r\n"));
  const ProbeTrace other = loop_for(50ms, nonsense.port(), 1);
  EXPECT_EQ(count(other, RequestEnd::bad_reply), other.samples.size());
  TcpServer half(TcpServer::reply(good.substr(0, good.size() - 2)));
  const ProbeTrace broken = loop_for(50ms, half.port(), 1);
  EXPECT_EQ(count(broken, RequestEnd::reset), broken.samples.size());
}

TEST(HttpClosedLoop, PausesAfterAFailureInsteadOfSpinning) {
  const ProbeTrace trace = loop_for(100ms, free_port(SOCK_STREAM), 2);
  EXPECT_EQ(count(trace, RequestEnd::refused), trace.samples.size());
  EXPECT_GE(trace.samples.size(), 4U);
  EXPECT_LE(trace.samples.size(), 24U);
}

TEST(HttpClosedLoop, GivesUpAtTheTimeOutAndStopsInTime) {
  TcpServer silent([](const UniqueFd& connection) {
    TcpServer::read_request(connection.get());
    std::this_thread::sleep_for(150ms);
  });
  const auto client = start_http_closed_loop(target(silent.port(), 1, 50ms), 1);
  std::this_thread::sleep_for(100ms);
  const Instant asked = std::chrono::steady_clock::now();
  const ProbeTrace trace = client->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - asked, 1s);
  EXPECT_EQ(count(trace, RequestEnd::timed_out), trace.samples.size());
  EXPECT_GE(trace.samples.size(), 1U);
}

TEST(HttpClosedLoop, AsksNothingWhileTheServerStandsStill) {
  TcpServer server(replies({good}, 1));
  const auto client = start_http_closed_loop(target(server.port(), 1, 2s), 2);
  std::this_thread::sleep_for(50ms);
  const auto [from, to] = server.stand_still(200ms);
  std::this_thread::sleep_for(50ms);
  const ProbeTrace trace = client->stop();
  const auto asked =
      std::count_if(trace.samples.begin(), trace.samples.end(), [from = from, to = to](const auto& sample) {
        return sample.planned > from + 20ms && sample.planned < to;
      });
  EXPECT_EQ(asked, 0) << "this is why it measures no outage";
}

TEST(HttpClosedLoop, RefusesNoConnections) {
  EXPECT_THROW(static_cast<void>(start_http_closed_loop(target(9, 1, 1s), 0)->stop()), Error);
  EXPECT_THROW(static_cast<void>(start_http_closed_loop(target(9, 1, 1s), 100'000)->stop()), Error);
}

} // namespace
} // namespace migralab::test
