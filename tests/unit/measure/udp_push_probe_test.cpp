// SPDX-License-Identifier: Apache-2.0
// Against the responder that is in the guests, on 127.0.0.1.
#include "loopback.hpp"
#include "migralab/measure/outage.hpp"

#include <cmath>
#include <csignal>
#include <gtest/gtest.h>
#include <sys/wait.h>

namespace migralab::test {
namespace {

std::size_t count(const ProbeTrace& trace, RequestEnd end) {
  return static_cast<std::size_t>(std::count_if(
      trace.samples.begin(), trace.samples.end(), [&](const RequestSample& sample) { return sample.end == end; }));
}

/// Its two processes are a group of their own.
class Responder {
public:
  Responder() : port_(free_port(SOCK_DGRAM)) {
    const std::string port = std::to_string(port_);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::setpgid(0, 0);
      ::execl(MIGRALAB_RESPONDER, MIGRALAB_RESPONDER, "--udp", port.c_str(), nullptr);
      ::_exit(127);
    }
    ::setpgid(pid_, pid_);
    wait_until("answer of the responder", 5s, 5ms, [this] { return answers(); });
  }
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;
  ~Responder() {
    send(SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  void send(int signal) const { ::kill(-pid_, signal); }

  /// What is echoed of a datagram within 20 ms.
  [[nodiscard]] std::string echo(const std::string& text) const {
    const UniqueFd socket = connected();
    static_cast<void>(!::send(socket.get(), text.data(), text.size(), 0));
    pollfd polled{socket.get(), POLLIN, 0};
    std::array<char, 64> buffer{};
    const ssize_t size = ::poll(&polled, 1, 20) > 0 ? ::recv(socket.get(), buffer.data(), buffer.size(), 0) : 0;
    return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
  }

  [[nodiscard]] UniqueFd connected() const {
    UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(loopback.value);
    address.sin_port = htons(port_);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw system_error("cannot connect to the responder");
    }
    const timeval limit{5, 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return socket;
  }

private:
  [[nodiscard]] bool answers() const { return echo("there?") == "there?"; }

  std::uint16_t port_;
  pid_t pid_ = 0;
};

TEST(UdpPushProbe, HearsTheGuestAtItsRate) {
  const Responder guest;
  const auto probe = start_udp_push_probe(target(guest.port(), 1000, 500ms));
  std::this_thread::sleep_for(300ms);
  const ProbeTrace trace = probe->stop();
  EXPECT_EQ(trace.probe, "push");
  EXPECT_EQ(trace.interval, 1ms);
  EXPECT_GE(trace.samples.size(), 200U);
  EXPECT_LE(trace.samples.size(), 310U);
  EXPECT_GE(count(trace, RequestEnd::answered), 9 * trace.samples.size() / 10) << "a busy machine may skip some";
  for (const RequestSample& sample : trace.samples) {
    if (sample.answered) {
      EXPECT_LE(sample.sent, sample.answered);
      EXPECT_LE(sample.planned, *sample.answered);
    }
  }
}

TEST(UdpPushProbe, RenewsSoThatThePushGoesOn) {
  const Responder guest;
  const auto probe = start_udp_push_probe(target(guest.port(), 200, 500ms));
  std::this_thread::sleep_for(1500ms);
  const ProbeTrace trace = probe->stop();
  EXPECT_GE(count(trace, RequestEnd::answered), 250U) << "one sequence across the renewal";
}

TEST(UdpPushProbe, FindsTheOutageOfAGuestThatStandsStill) {
  const double error_ms = least_error(3.0, [] {
    const Responder guest;
    const auto probe = start_udp_push_probe(target(guest.port(), 1000, 2s));
    std::this_thread::sleep_for(100ms);
    const Instant from = std::chrono::steady_clock::now();
    guest.send(SIGSTOP);
    std::this_thread::sleep_until(from + 200ms);
    guest.send(SIGCONT);
    const Instant to = std::chrono::steady_clock::now();
    std::this_thread::sleep_for(100ms);
    const ProbeTrace trace = probe->stop();
    const auto outage = longest_outage(trace, trace.samples.front().planned, Instant::max());
    return outage ? std::max(std::abs(ms(outage->began - from)), std::abs(ms(outage->ended - to))) : 1e9;
  });
  EXPECT_LE(error_ms, 3.0);
}

TEST(UdpPushProbe, SeveralAtOnceAreKeptApart) {
  const Responder guest;
  const auto first = start_udp_push_probe(target(guest.port(), 1000, 500ms));
  const auto second = start_udp_push_probe(target(guest.port(), 100, 500ms));
  std::this_thread::sleep_for(300ms);
  const std::size_t often = first->stop().samples.size();
  const std::size_t seldom = second->stop().samples.size();
  EXPECT_GT(often, 5 * seldom);
  EXPECT_GE(seldom, 15U);
}

TEST(UdpPushProbe, EndsThePush) {
  const Responder guest;
  const UniqueFd client = guest.connected();
  const std::string begin("MLABPUSH\0\0\0\0\0\0\0\1\0\0\x03\xe8\0\0\x27\x10", 24); // each ms, for 10 s
  const std::string end("MLABPUSH\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0", 24);
  ASSERT_EQ(::send(client.get(), begin.data(), begin.size(), 0), 24);
  std::array<char, 64> datagram{};
  ASSERT_EQ(::recv(client.get(), datagram.data(), datagram.size(), 0), 32);
  const std::string expected("MLABPSHD\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0", 24); // the first: number 0
  EXPECT_EQ(std::string(datagram.data(), 24), expected);
  ASSERT_EQ(::send(client.get(), end.data(), end.size(), 0), 24);
  std::this_thread::sleep_for(50ms);
  while (::recv(client.get(), datagram.data(), datagram.size(), MSG_DONTWAIT) > 0) {
  }
  std::this_thread::sleep_for(50ms);
  EXPECT_LT(::recv(client.get(), datagram.data(), datagram.size(), MSG_DONTWAIT), 0) << "it goes on";
}

TEST(UdpPushProbe, APushLapsesWhenItsClientIsGone) {
  const Responder guest;
  const UniqueFd client = guest.connected();
  const std::string brief("MLABPUSH\0\0\0\0\0\0\0\1\0\0\x03\xe8\0\0\0\x32", 24); // each ms, for 50 ms
  ASSERT_EQ(::send(client.get(), brief.data(), brief.size(), 0), 24);
  std::this_thread::sleep_for(150ms);
  std::array<char, 64> datagram{};
  std::size_t came = 0;
  while (::recv(client.get(), datagram.data(), datagram.size(), MSG_DONTWAIT) > 0) {
    ++came;
  }
  EXPECT_GE(came, 10U);
  EXPECT_LE(came, 52U);
  std::this_thread::sleep_for(50ms);
  EXPECT_LT(::recv(client.get(), datagram.data(), datagram.size(), MSG_DONTWAIT), 0) << "it goes on";
}

TEST(UdpPushProbe, LeavesTheEchoAlone) {
  const Responder guest;
  EXPECT_EQ(guest.echo("MLABPUSH"), "MLABPUSH") << "only the whole request is none of the echo's";
  EXPECT_EQ(guest.echo(std::string(24, 'x')), std::string(24, 'x'));
  EXPECT_EQ(guest.echo("MLABPUSH" + std::string(16, '\0')), "");
  const auto push = start_udp_push_probe(target(guest.port(), 1000, 500ms));
  const auto echo = start_udp_echo_probe(target(guest.port(), 1000, 500ms));
  std::this_thread::sleep_for(200ms);
  const ProbeTrace echoed = echo->stop();
  EXPECT_EQ(count(echoed, RequestEnd::answered), echoed.samples.size());
  EXPECT_GT(count(push->stop(), RequestEnd::answered), 100U);
}

TEST(UdpPushProbe, ReportsAClosedPortAsRefusedAtOnce) {
  const auto probe = start_udp_push_probe(target(free_port(SOCK_DGRAM), 100, 5s));
  std::this_thread::sleep_for(80ms);
  const Instant asked = std::chrono::steady_clock::now();
  const ProbeTrace trace = probe->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - asked, 1s);
  EXPECT_GE(trace.samples.size(), 5U);
  EXPECT_EQ(count(trace, RequestEnd::refused), trace.samples.size());
  EXPECT_TRUE(never_returned(trace, trace.samples.front().planned));
}

TEST(UdpPushProbe, StopWaitsAtMostTheTimeOutForASilentGuest) {
  const Responder guest;
  const auto probe = start_udp_push_probe(target(guest.port(), 1000, 100ms));
  std::this_thread::sleep_for(100ms);
  guest.send(SIGSTOP);
  std::this_thread::sleep_for(100ms);
  const Instant asked = std::chrono::steady_clock::now();
  const ProbeTrace trace = probe->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - asked, 1s);
  EXPECT_GE(count(trace, RequestEnd::timed_out), 50U);
  EXPECT_TRUE(never_returned(trace, trace.samples.back().planned - 50ms));
}

TEST(UdpPushProbe, RefusesRatesThatAreNone) {
  for (const double rate : {0.0, -1.0, 20'000.0}) {
    const auto probe = start_udp_push_probe(target(9, rate, 100ms));
    EXPECT_THROW(static_cast<void>(probe->stop()), Error) << rate;
  }
}

} // namespace
} // namespace migralab::test
