// SPDX-License-Identifier: Apache-2.0
// One thread: ppoll(2) until the next planned instant, send what is due, take what has come. Arrivals carry the
// kernel's receive stamp, so a client that is not scheduled at once (two busy cores under software emulation) does not
// add its own delay to the guest's.
#include "arrival.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/handle.hpp"
#include "migralab/measure/probe.hpp"
#include "plan.hpp"
#include "udp_socket.hpp"
#include "waiting.hpp"
#include "worker.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace migralab {

namespace {

struct Datagram {
  std::uint32_t mark = 0x4d4c4142; // "MLAB": what comes back is ours
  std::uint32_t sequence = 0;
  std::int64_t planned_ns = 0; // of CLOCK_MONOTONIC
};
static_assert(sizeof(Datagram) == 16);

constexpr std::size_t burst = 64; // sends (or receives) in a row before the other side gets its turn

std::int64_t monotonic_ns(Instant instant) {
  return Nanoseconds(instant.time_since_epoch()).count();
}

/// timed_out is what a request is until something better (or worse) is known of it.
bool is_open(const RequestSample& sample) {
  return sample.end == RequestEnd::timed_out;
}

class UdpEchoRun {
public:
  UdpEchoRun(const ProbeTarget& target, int stop_fd)
      : target_(target), stop_fd_(stop_fd), socket_(open_udp_socket()), plan_(target.rate) {
    samples_.reserve(std::size_t{1} << 18U); // four minutes at 1 kHz; the kernel gives the pages when they are used
  }

  ProbeTrace run() {
    while (!stop_asked_) {
      wait(plan_.at(samples_.size()), stop_fd_);
      receive();
      send_due(std::chrono::steady_clock::now());
    }
    // What was planned before the stop is sent, however far this thread is behind.
    const Instant end_of_plan = std::chrono::steady_clock::now();
    while (plan_.at(samples_.size()) <= end_of_plan) {
      send_due(end_of_plan);
      receive();
    }
    open_end_ = samples_.size();
    while (const std::optional<Instant> end = last_time_out()) {
      wait(*end, -1);
      receive();
    }
    return {"udp", plan_.interval(), std::move(samples_)};
  }

private:
  /// When the youngest open request times out, while that is still to come. For use after the last request only.
  std::optional<Instant> last_time_out() {
    while (open_end_ > 0 && !is_open(samples_[open_end_ - 1])) {
      --open_end_;
    }
    if (open_end_ == 0) {
      return std::nullopt;
    }
    const Instant end = samples_[open_end_ - 1].planned + target_.timeout;
    return end > std::chrono::steady_clock::now() ? std::optional(end) : std::nullopt;
  }

  /// Until something arrives, `stop_fd` (-1: none) asks to stop, or `until`.
  void wait(Instant until, int stop_fd) {
    std::array<pollfd, 2> polled{{{socket_.get(), POLLIN, 0}, {stop_fd, POLLIN, 0}}};
    poll_until(polled, until);
    stop_asked_ = stop_asked_ || polled[1].revents != 0;
  }

  /// Sends what was planned up to `due`, at most a burst.
  void send_due(Instant due) {
    for (std::size_t sent = 0; sent < burst && plan_.at(samples_.size()) <= due; ++sent) {
      RequestSample& sample = samples_.emplace_back();
      sample.sequence = static_cast<std::uint32_t>(samples_.size() - 1);
      sample.planned = plan_.at(sample.sequence);
      send(sample);
    }
  }

  void send(RequestSample& sample) {
    connected_ = connected_ || try_connect(socket_.get(), target_);
    if (!connected_) {
      sample.end = RequestEnd::unreachable;
      return;
    }
    const Datagram datagram{.sequence = sample.sequence, .planned_ns = monotonic_ns(sample.planned)};
    int error = 0;
    // The first attempts may report the ICMP error of an earlier datagram instead of sending.
    for (int attempt = 0; attempt < 3; ++attempt) {
      const Instant now = std::chrono::steady_clock::now();
      if (::send(socket_.get(), &datagram, sizeof datagram, 0) >= 0) {
        sample.sent = now;
        return;
      }
      error = errno;
      receive_errors();
    }
    sample.end = end_of_failed_send(error);
  }

  /// Takes a message; nothing when there is none. An error pending on the socket is read and so cleared.
  std::optional<Datagram> take(int flags, msghdr& message) {
    Datagram datagram{.mark = 0};
    iovec part{&datagram, sizeof datagram};
    message = {};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control_.data();
    message.msg_controllen = control_.size();
    const ssize_t length = ::recvmsg(socket_.get(), &message, flags | MSG_TRUNC);
    message.msg_iov = nullptr; // it points into this function
    message.msg_iovlen = 0;
    if (length < 0) {
      return std::nullopt;
    }
    if (length != sizeof datagram) {
      datagram.mark = 0; // not ours, but something was there
    }
    return datagram;
  }

  /// The request that a datagram belongs to, while it is still open.
  RequestSample* open_request(const Datagram& datagram) {
    if (datagram.mark != Datagram{}.mark || datagram.sequence >= samples_.size()) {
      return nullptr;
    }
    RequestSample& sample = samples_[datagram.sequence];
    const bool ours = datagram.planned_ns == monotonic_ns(sample.planned);
    return ours && is_open(sample) ? &sample : nullptr;
  }

  void receive() {
    msghdr message{};
    for (std::size_t received = 0; received < burst; ++received) {
      const std::optional<Datagram> datagram = take(0, message);
      if (!datagram) {
        break;
      }
      if (RequestSample* sample = open_request(*datagram)) {
        // The stamp is of the wall clock, which somebody may have set since.
        sample->answered = std::max(arrival(message), sample->planned);
        sample->bytes = sizeof(Datagram);
        const bool in_time = *sample->answered - sample->planned <= target_.timeout;
        sample->end = in_time ? RequestEnd::answered : RequestEnd::late;
      }
    }
    receive_errors();
  }

  /// ICMP errors, each with the datagram it answers (ip(7), IP_RECVERR).
  void receive_errors() {
    msghdr message{};
    while (const std::optional<Datagram> datagram = take(MSG_ERRQUEUE, message)) {
      RequestSample* sample = open_request(*datagram);
      for (cmsghdr* part = CMSG_FIRSTHDR(&message); sample != nullptr && part != nullptr;
           part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level != IPPROTO_IP || part->cmsg_type != IP_RECVERR) {
          continue;
        }
        sock_extended_err error{};
        std::memcpy(&error, CMSG_DATA(part), sizeof error);
        sample->end = error.ee_errno == ECONNREFUSED ? RequestEnd::refused : RequestEnd::unreachable;
        break;
      }
    }
  }

  const ProbeTarget& target_;
  int stop_fd_;
  UniqueFd socket_;
  RequestPlan plan_;
  std::vector<RequestSample> samples_;
  std::size_t open_end_ = 0; // no request from here on is open; see last_time_out()
  bool connected_ = false;
  bool stop_asked_ = false;
  alignas(cmsghdr) std::array<char, 512> control_{};
};

class UdpEchoProbe final : public Probe {
public:
  explicit UdpEchoProbe(ProbeTarget target)
      : worker_([target = std::move(target)](int stop_fd) {
          if (target.enter) {
            target.enter();
          }
          return UdpEchoRun(target, stop_fd).run();
        }) {}

  [[nodiscard]] ProbeTrace stop() override { return worker_.finish(); }

private:
  Worker<ProbeTrace> worker_;
};

} // namespace

std::unique_ptr<Probe> start_udp_echo_probe(ProbeTarget target) {
  return std::make_unique<UdpEchoProbe>(std::move(target));
}

} // namespace migralab
