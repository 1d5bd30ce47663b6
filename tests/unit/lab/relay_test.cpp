// SPDX-License-Identifier: Apache-2.0
#include "migralab/lab/relay.hpp"

#include "migralab/core/error.hpp"

#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <gtest/gtest.h>
#include <mutex>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace migralab {
namespace {

const Ipv4Address loopback = *parse_ipv4("127.0.0.1");

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator folder("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(folder), end(folder)));
}

/// Blocking, with a limit on every wait.
UniqueFd connect_to(std::uint16_t port) {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(loopback.value);
  constexpr timeval limit{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  EXPECT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  return socket;
}

bool send_all(const UniqueFd& socket, const std::string& text) {
  std::size_t sent = 0;
  while (sent < text.size()) {
    const ssize_t wrote = ::send(socket.get(), text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (wrote <= 0) {
      return false;
    }
    sent += static_cast<std::size_t>(wrote);
  }
  return true;
}

/// Until the end of the stream; `error` is errno where it does not end well.
std::string read_all(const UniqueFd& socket, int& error) {
  std::string text;
  std::array<char, 8192> buffer{};
  error = 0;
  while (true) {
    const ssize_t got = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (got <= 0) {
      error = got < 0 ? errno : 0;
      return text;
    }
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

/// A server that reads each connection to its end and only then answers: its answer needs the half-close to arrive.
class Answerer {
public:
  Answerer() : listener_(listen_at(loopback, 0)), thread_([this] { serve(); }) {}
  Answerer(const Answerer&) = delete;
  Answerer& operator=(const Answerer&) = delete;
  ~Answerer() {
    stop_ = true;
    thread_.join();
  }
  [[nodiscard]] std::uint16_t port() const { return port_of(listener_); }

private:
  void serve() {
    std::vector<std::thread> each;
    while (!stop_) {
      pollfd poll{listener_.get(), POLLIN, 0};
      if (::poll(&poll, 1, 20) > 0) {
        each.emplace_back([socket = UniqueFd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC))] {
          int error = 0;
          const std::string asked = read_all(socket, error);
          if (error == 0) {
            static_cast<void>(send_all(socket, "got " + std::to_string(asked.size()) + "\n" + asked));
          }
        });
      }
    }
    for (std::thread& thread : each) {
      thread.join();
    }
  }

  UniqueFd listener_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

class RunningRelay {
public:
  explicit RunningRelay(std::uint16_t to)
      : listener_(listen_at(loopback, 0)), thread_([this, to] {
          relay(
              listener_,
              loopback,
              to,
              [this] { return stop_.load(); },
              [this](const std::string& line) {
                const std::lock_guard lock(mutex_);
                complaints_.push_back(line);
              });
        }) {}
  RunningRelay(const RunningRelay&) = delete;
  RunningRelay& operator=(const RunningRelay&) = delete;
  ~RunningRelay() {
    stop_ = true;
    thread_.join();
  }
  [[nodiscard]] std::uint16_t port() const { return port_of(listener_); }
  [[nodiscard]] std::vector<std::string> complaints() {
    const std::lock_guard lock(mutex_);
    return complaints_;
  }

private:
  UniqueFd listener_;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::vector<std::string> complaints_;
  std::thread thread_;
};

TEST(Relay, PassesOnBothDirectionsAndTheEndOfOne) {
  const Answerer answerer;
  const RunningRelay between(answerer.port());
  const UniqueFd socket = connect_to(between.port());
  std::string text;
  for (int i = 0; text.size() < 3'000'000; ++i) { // far more than the buffers and the kernel's queues hold
    text += std::to_string(i) + " ";
  }
  ASSERT_TRUE(send_all(socket, text));
  ASSERT_EQ(::shutdown(socket.get(), SHUT_WR), 0);
  int error = 0;
  const std::string answer = read_all(socket, error);
  EXPECT_EQ(error, 0);
  EXPECT_TRUE(answer == "got " + std::to_string(text.size()) + "\n" + text) << answer.size() << " bytes came back";
}

TEST(Relay, ServesManyAtOnceAndKeepsNoDescriptor) {
  const Answerer answerer;
  const RunningRelay between(answerer.port());
  std::size_t before = 0;
  for (int round = 0; round < 3; ++round) {
    if (round == 1) { // all that relay and server need they have now
      before = open_descriptors();
    }
    std::vector<UniqueFd> sockets;
    for (int i = 0; i < 50; ++i) {
      sockets.push_back(connect_to(between.port()));
    }
    for (std::size_t i = 0; i < sockets.size(); ++i) {
      ASSERT_TRUE(send_all(sockets[i], std::string(i, 'x')));
      ::shutdown(sockets[i].get(), SHUT_WR);
    }
    for (std::size_t i = 0; i < sockets.size(); ++i) {
      int error = 0;
      EXPECT_EQ(read_all(sockets[i], error), "got " + std::to_string(i) + "\n" + std::string(i, 'x'));
      EXPECT_EQ(error, 0);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100)); // the relay sees the last ends
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (open_descriptors() > before && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_LE(open_descriptors(), before);
}

TEST(Relay, PassesOnAReset) {
  const UniqueFd listener = listen_at(loopback, 0);
  const RunningRelay between(port_of(listener));
  const UniqueFd socket = connect_to(between.port());
  ASSERT_TRUE(send_all(socket, "half a request"));
  pollfd poll{listener.get(), POLLIN, 0};
  ASSERT_EQ(::poll(&poll, 1, 5000), 1);
  UniqueFd theirs(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  constexpr linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(theirs.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  theirs.reset();
  int error = 0;
  EXPECT_EQ(read_all(socket, error), "");
  EXPECT_EQ(error, ECONNRESET) << "a broken stream must not look like a complete one";
}

TEST(Relay, SaysOnceThatNobodyListens) {
  std::uint16_t nobody = 0;
  { nobody = port_of(listen_at(loopback, 0)); }
  RunningRelay between(nobody);
  for (int i = 0; i < 3; ++i) {
    const UniqueFd socket = connect_to(between.port());
    int error = 0;
    EXPECT_EQ(read_all(socket, error), "");
    EXPECT_EQ(error, ECONNRESET);
  }
  EXPECT_EQ(
      between.complaints(),
      std::vector<std::string>{"127.0.0.1:" + std::to_string(nobody) + " cannot be reached: Connection refused"});
}

TEST(RelayListener, NamesAPortThatIsTaken) {
  const UniqueFd first = listen_at(loopback, 0);
  try {
    static_cast<void>(listen_at(loopback, port_of(first)));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.what(), "port " + std::to_string(port_of(first)) + " of 127.0.0.1 is taken by another program");
    EXPECT_EQ(error.hint(), "choose another port, or 0 for any that is free");
    EXPECT_EQ(error.status(), ExitStatus::bad_input);
  }
}

TEST(RelayListener, NamesAnAddressThatIsNotOurs) {
  try {
    static_cast<void>(listen_at(*parse_ipv4("192.0.2.1"), 0));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "192.0.2.1 is not an address of this machine");
    EXPECT_EQ(error.status(), ExitStatus::bad_input);
  }
}

} // namespace
} // namespace migralab
