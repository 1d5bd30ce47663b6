// SPDX-License-Identifier: Apache-2.0
// One thread: asks the guest to push, asks again before that lapses, and stamps what comes. What it means is found out
// at the end (push_slots.hpp), when it is known what came later.
#include "arrival.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/handle.hpp"
#include "migralab/measure/probe.hpp"
#include "push_slots.hpp"
#include "udp_socket.hpp"
#include "waiting.hpp"
#include "worker.hpp"

#include <array>
#include <cmath>
#include <cstring>
#include <endian.h>
#include <fmt/format.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <random>
#include <sys/socket.h>

namespace migralab {

namespace {

// The protocol is described in topologies/images/micro/responder.c. Numbers are big-endian.
struct Subscription {
  std::array<char, 8> magic{'M', 'L', 'A', 'B', 'P', 'U', 'S', 'H'};
  std::uint64_t token = 0;
  std::uint32_t interval_us = 0;
  std::uint32_t lifetime_ms = 0;
};
static_assert(sizeof(Subscription) == 24);

struct Push {
  std::array<char, 8> magic{'M', 'L', 'A', 'B', 'P', 'S', 'H', 'D'};
  std::uint64_t token = 0;
  std::uint64_t sequence = 0;
  std::uint64_t lateness_ns = 0;
};
static_assert(sizeof(Push) == 32);

constexpr auto renewal = std::chrono::seconds(1);
constexpr auto first_renewal = std::chrono::milliseconds(50); // while nothing has come
constexpr auto lifetime = std::chrono::seconds(10);
constexpr auto sane_lead = std::chrono::seconds(10); // a sequence number further ahead of the clock is nonsense
constexpr double highest_rate = 10'000;

Nanoseconds interval_of(double rate) {
  if (!(rate > 0.0 && rate <= highest_rate)) {
    throw Error(
        fmt::format("a guest cannot push {} datagrams per second: 1 to {}", rate, highest_rate), ExitStatus::bad_input);
  }
  return std::chrono::microseconds(std::llround(1e6 / rate));
}

std::uint64_t new_token() {
  std::random_device random;
  return std::uint64_t{random()} << 32U | random();
}

class UdpPushRun {
public:
  UdpPushRun(const ProbeTarget& target, int stop_fd)
      : target_(target), stop_fd_(stop_fd), interval_(interval_of(target.rate)), socket_(open_udp_socket()),
        token_(new_token()) {
    arrivals_.reserve(std::size_t{1} << 18U);
  }

  ProbeTrace run() {
    const Instant asked = std::chrono::steady_clock::now();
    for (Instant next = asked; !stop_asked_;) {
      if (std::chrono::steady_clock::now() >= next) {
        ask(interval_);
        next = std::chrono::steady_clock::now() + (arrivals_.empty() ? Nanoseconds(first_renewal) : renewal);
      }
      wait(next, stop_fd_);
      receive();
    }
    const Instant stopped = std::chrono::steady_clock::now();
    // What was sent before the stop is here when something sent after it is.
    const Instant last = stopped + target_.timeout;
    while (!is_complete(stopped) && std::chrono::steady_clock::now() < last) {
      wait(last, -1);
      receive();
    }
    ask(Nanoseconds(0));
    return trace_of_push(
        arrivals_,
        {.interval = interval_, .timeout = target_.timeout, .asked = asked, .stopped = stopped, .silence = silence_});
  }

private:
  [[nodiscard]] bool is_complete(Instant stopped) const {
    return arrivals_.empty() ? silence_ != RequestEnd::timed_out : arrivals_.back().at >= stopped + interval_;
  }

  /// For a push at this interval, 0 for none any more.
  void ask(Nanoseconds interval) {
    connected_ = connected_ || try_connect(socket_.get(), target_);
    if (!connected_) {
      silence_ = RequestEnd::unreachable;
      return;
    }
    Subscription subscription;
    subscription.token = token_;
    subscription.interval_us = htobe32(static_cast<std::uint32_t>(interval / std::chrono::microseconds(1)));
    subscription.lifetime_ms = htobe32(static_cast<std::uint32_t>(lifetime / std::chrono::milliseconds(1)));
    // A first attempt may report the ICMP error of an earlier datagram instead of sending.
    for (int attempt = 0; attempt < 3; ++attempt) {
      if (::send(socket_.get(), &subscription, sizeof subscription, 0) >= 0) {
        return;
      }
      silence_ = end_of_failed_send(errno);
      receive_errors();
    }
  }

  void wait(Instant until, int stop_fd) {
    std::array<pollfd, 2> polled{{{socket_.get(), POLLIN, 0}, {stop_fd, POLLIN, 0}}};
    poll_until(polled, until);
    stop_asked_ = stop_asked_ || polled[1].revents != 0;
  }

  void receive() {
    for (;;) {
      Push push;
      iovec part{&push, sizeof push};
      msghdr message{};
      message.msg_iov = &part;
      message.msg_iovlen = 1;
      message.msg_control = control_.data();
      message.msg_controllen = control_.size();
      const ssize_t size = ::recvmsg(socket_.get(), &message, MSG_TRUNC);
      if (size < 0 && errno == EAGAIN) {
        break;
      }
      if (size < 0) { // an ICMP error, told once; the queue below has it, too
        silence_ = errno == EINTR ? silence_ : end_of_failed_send(errno);
        continue;
      }
      if (size == sizeof push && push.magic == Push{}.magic && push.token == token_) {
        keep({be64toh(push.sequence), Nanoseconds(be64toh(push.lateness_ns)), arrival(message)});
      }
    }
    receive_errors();
  }

  void keep(const PushArrival& arrival) {
    first_ = arrivals_.empty() ? arrival.at : first_;
    if (arrival.sequence <= static_cast<std::uint64_t>((arrival.at - first_ + sane_lead) / interval_)) {
      arrivals_.push_back(arrival);
    }
  }

  /// Else they would keep the socket ready for ever (ip(7), IP_RECVERR).
  void receive_errors() {
    std::array<char, sizeof(Subscription)> quoted{};
    for (;;) {
      iovec part{quoted.data(), quoted.size()};
      msghdr message{};
      message.msg_iov = &part;
      message.msg_iovlen = 1;
      message.msg_control = control_.data();
      message.msg_controllen = control_.size();
      if (::recvmsg(socket_.get(), &message, MSG_ERRQUEUE) < 0) {
        return;
      }
      for (cmsghdr* head = CMSG_FIRSTHDR(&message); head != nullptr; head = CMSG_NXTHDR(&message, head)) {
        sock_extended_err error{};
        if (head->cmsg_level == IPPROTO_IP && head->cmsg_type == IP_RECVERR) {
          std::memcpy(&error, CMSG_DATA(head), sizeof error);
          silence_ = error.ee_errno == ECONNREFUSED ? RequestEnd::refused : RequestEnd::unreachable;
        }
      }
    }
  }

  const ProbeTarget& target_;
  int stop_fd_;
  Nanoseconds interval_;
  UniqueFd socket_;
  std::uint64_t token_;
  std::vector<PushArrival> arrivals_;
  Instant first_;
  RequestEnd silence_ = RequestEnd::timed_out;
  bool connected_ = false;
  bool stop_asked_ = false;
  alignas(cmsghdr) std::array<char, 512> control_{};
};

class UdpPushProbe final : public Probe {
public:
  explicit UdpPushProbe(ProbeTarget target)
      : worker_([target = std::move(target)](int stop_fd) {
          if (target.enter) {
            target.enter();
          }
          return UdpPushRun(target, stop_fd).run();
        }) {}

  [[nodiscard]] ProbeTrace stop() override { return worker_.finish(); }

private:
  Worker<ProbeTrace> worker_;
};

} // namespace

std::unique_ptr<Probe> start_udp_push_probe(ProbeTarget target) {
  return std::make_unique<UdpPushProbe>(std::move(target));
}

} // namespace migralab
