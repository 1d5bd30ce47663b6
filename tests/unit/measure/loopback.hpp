// SPDX-License-Identifier: Apache-2.0
// Small servers on 127.0.0.1 that misbehave on demand, each in a thread of its own from construction to destruction.
#pragma once

#include "migralab/core/address.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/handle.hpp"
#include "migralab/measure/probe.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <functional>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace migralab::test {

using namespace std::chrono_literals;

constexpr Ipv4Address loopback{0x7f000001};

inline double ms(Nanoseconds span) { return std::chrono::duration<double, std::milli>(span).count(); }

/// A socket of `type` on a free port of 127.0.0.1; a stream socket listens.
inline UniqueFd bound_socket(int type, std::uint16_t& port) {
  UniqueFd fd(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(loopback.value);
  socklen_t length = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (!fd || ::bind(fd.get(), raw, length) != 0 || ::getsockname(fd.get(), raw, &length) != 0) {
    throw system_error("cannot bind a test socket");
  }
  port = ntohs(address.sin_port);
  if (type == SOCK_STREAM && ::listen(fd.get(), 512) != 0) {
    throw system_error("cannot listen on a test socket");
  }
  return fd;
}

/// A port that nobody listens on.
inline std::uint16_t free_port(int type) {
  std::uint16_t port = 0;
  const UniqueFd closed_at_once = bound_socket(type, port);
  return port;
}

inline ProbeTarget target(std::uint16_t port, double rate, Nanoseconds timeout) {
  ProbeTarget made;
  made.address = loopback;
  made.port = port;
  made.rate = rate;
  made.timeout = timeout;
  return made;
}

/// Runs `serve` whenever the socket is readable.
class LoopbackServer {
public:
  explicit LoopbackServer(int type) : socket_(bound_socket(type, port_)) {}
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;
  virtual ~LoopbackServer() = default;

  [[nodiscard]] std::uint16_t port() const { return port_; }

  /// Stands still for `span`, as a paused guest does: what arrives is queued. Returns when it is over; gives its edges.
  std::pair<Instant, Instant> stand_still(Nanoseconds span) {
    stand_still_ns_ = span.count();
    while (stand_still_ns_ != 0) {
      std::this_thread::sleep_for(1ms);
    }
    return {stood_from_, stood_to_};
  }

protected:
  virtual void serve(int fd) = 0;

  void begin() {
    thread_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        pollfd polled{socket_.get(), POLLIN, 0};
        if (::poll(&polled, 1, 2) > 0) {
          serve(socket_.get());
        }
        if (const std::int64_t span = stand_still_ns_; span != 0) {
          stood_from_ = std::chrono::steady_clock::now();
          std::this_thread::sleep_until(stood_from_ + Nanoseconds(span));
          stood_to_ = std::chrono::steady_clock::now();
          stand_still_ns_ = 0;
        }
      }
    });
  }
  void end() { thread_ = {}; }

private:
  std::uint16_t port_ = 0;
  UniqueFd socket_; // after port_, which it fills in
  std::atomic<std::int64_t> stand_still_ns_ = 0;
  Instant stood_from_;
  Instant stood_to_;
  std::jthread thread_;
};

class UdpEcho final : public LoopbackServer {
public:
  UdpEcho() : LoopbackServer(SOCK_DGRAM) { begin(); }
  ~UdpEcho() override { end(); }

  std::atomic<bool> swallow = false; // answers nothing
  std::atomic<int> copies = 1;       // of each reply

private:
  void serve(int fd) override {
    std::array<char, 64> datagram{};
    sockaddr_in from{};
    socklen_t length = sizeof from;
    const ssize_t size = ::recvfrom(
        fd, datagram.data(), datagram.size(), MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&from), &length);
    for (int copy = 0; size > 0 && !swallow && copy < copies; ++copy) {
      static_cast<void>(::sendto(
          fd, datagram.data(), static_cast<std::size_t>(size), 0, reinterpret_cast<const sockaddr*>(&from), length));
    }
  }
};

/// Does `treat` with every accepted connection, one after the other.
class TcpServer final : public LoopbackServer {
public:
  using Treat = std::function<void(UniqueFd connection)>;

  explicit TcpServer(Treat treat) : LoopbackServer(SOCK_STREAM), treat_(std::move(treat)) { begin(); }
  ~TcpServer() override { end(); }

  static std::string read_request(int fd) {
    std::string request;
    std::array<char, 512> part{};
    while (request.find("\r\n\r\n") == std::string::npos) {
      const ssize_t size = ::recv(fd, part.data(), part.size(), 0);
      if (size <= 0) {
        break;
      }
      request.append(part.data(), static_cast<std::size_t>(size));
    }
    return request;
  }

  static Treat reply(std::string text, Nanoseconds after = 0ms) {
    return [text = std::move(text), after](const UniqueFd& connection) {
      read_request(connection.get());
      std::this_thread::sleep_for(after);
      static_cast<void>(!::send(connection.get(), text.data(), text.size(), MSG_NOSIGNAL));
    };
  }

private:
  void serve(int fd) override {
    UniqueFd connection(::accept4(fd, nullptr, nullptr, SOCK_CLOEXEC));
    if (connection) {
      treat_(std::move(connection));
    }
  }

  Treat treat_;
};

} // namespace migralab::test
