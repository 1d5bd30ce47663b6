// SPDX-License-Identifier: Apache-2.0
// One thread with epoll(7) and as few system calls for a request as there can be: one to send, one to receive, and a
// share of one to wait. (Asio, in http_probe.cpp, allocates and looks at timers for each.)
#include "http_ends.hpp"
#include "http_reply.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/handle.hpp"
#include "migralab/measure/probe.hpp"
#include "worker.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <cerrno>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <vector>

namespace migralab {

namespace {

using boost::system::error_code;
namespace http = boost::beast::http;

constexpr auto glance = std::chrono::milliseconds(10); // how often time-outs are looked at
constexpr auto pause_after_failure = std::chrono::milliseconds(10);
constexpr std::size_t most_connections = 4096;
constexpr std::uint64_t stop_mark = UINT64_MAX;

struct Connection {
  enum class State { resting, connecting, awaiting, over };

  State state = State::resting;
  UniqueFd socket;
  std::size_t request = 0; // of the samples
  Instant rests_until;
  std::optional<ReplyReader> reply;
  std::string unread; // of a reply whose header has come in part
};

class ClosedLoop {
public:
  ClosedLoop(const ProbeTarget& target, std::size_t connections, int stop_fd)
      : target_(target), request_(request_text(target, true)), stop_fd_(stop_fd),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (connections == 0 || connections > most_connections) {
      throw Error(
          fmt::format("a closed loop has 1 to {} connections, not {}", most_connections, connections),
          ExitStatus::bad_input);
    }
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = stop_mark;
    if (!epoll_ || ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, stop_fd, &event) != 0) {
      throw system_error("the HTTP client cannot wait");
    }
    make_room_for_connections(connections);
    connections_.resize(connections);
    samples_.reserve(std::size_t{1} << 20U); // the kernel gives the pages when they are used
  }

  ProbeTrace run() {
    Instant look = std::chrono::steady_clock::now();
    for (Connection& each : connections_) {
      connect(each);
    }
    while (open_ > 0) {
      std::array<epoll_event, 256> events{};
      const int timeout = static_cast<int>(glance / std::chrono::milliseconds(1));
      const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout);
      if (count < 0 && errno != EINTR) {
        throw system_error("the HTTP client cannot wait");
      }
      for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        if (event.data.u64 == stop_mark) {
          stop();
        } else {
          go_on(connections_[event.data.u64]);
        }
      }
      if (const Instant now = std::chrono::steady_clock::now(); now >= look) {
        look_at_clock(now);
        look = now + glance;
      }
    }
    return {"http-closed", Nanoseconds(0), std::move(samples_)};
  }

private:
  using State = Connection::State;

  RequestSample& sample_of(const Connection& connection) { return samples_[connection.request]; }

  void begin_request(Connection& connection) {
    connection.request = samples_.size();
    RequestSample& sample = samples_.emplace_back();
    sample.sequence = static_cast<std::uint32_t>(connection.request);
    sample.planned = std::chrono::steady_clock::now();
    sample.sent = sample.planned;
    ++open_;
  }

  void connect(Connection& connection) {
    begin_request(connection);
    connection.unread.clear();
    connection.socket = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(target_.address.value);
    address.sin_port = htons(target_.port);
    const int on = 1;
    epoll_event event{};
    event.events = EPOLLOUT;
    event.data.u64 = static_cast<std::uint64_t>(&connection - connections_.data());
    if (!connection.socket || ::setsockopt(connection.socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        (::connect(connection.socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
         errno != EINPROGRESS) ||
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, connection.socket.get(), &event) != 0) {
      return fail(connection, end_of_connection(errno));
    }
    connection.state = State::connecting;
  }

  void go_on(Connection& connection) {
    if (connection.state == State::connecting) {
      connected(connection);
    } else if (connection.state == State::awaiting) {
      receive(connection);
    }
  }

  void connected(Connection& connection) {
    int error = 0;
    socklen_t size = sizeof error;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = static_cast<std::uint64_t>(&connection - connections_.data());
    if (::getsockopt(connection.socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 ||
        (error == 0 && ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, connection.socket.get(), &event) != 0)) {
      error = errno;
    }
    if (error != 0) {
      return fail(connection, end_of_connection(error));
    }
    send(connection);
  }

  void send(Connection& connection) {
    connection.reply.emplace();
    const ssize_t sent = ::send(connection.socket.get(), request_.data(), request_.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(request_.size())) { // its queue is empty and larger than any request
      return fail(connection, sent < 0 && errno != EAGAIN ? end_of_connection(errno) : RequestEnd::dropped);
    }
    connection.state = State::awaiting;
  }

  void receive(Connection& connection) {
    const ssize_t size = ::recv(connection.socket.get(), buffer_.data(), buffer_.size(), 0);
    if (size < 0) {
      return errno == EAGAIN || errno == EINTR ? void() : fail(connection, end_of_connection(errno));
    }
    error_code error;
    if (size == 0) {
      if (connection.reply->got_some()) {
        connection.reply->put_eof(error); // a reply without a length ends like this
      }
      const bool whole = !error && connection.reply->is_done();
      return whole ? finish(connection) : fail(connection, RequestEnd::reset);
    }
    sample_of(connection).bytes += static_cast<std::uint32_t>(size);
    const auto* data = buffer_.data();
    auto length = static_cast<std::size_t>(size);
    if (!connection.unread.empty()) {
      connection.unread.append(data, length);
      data = connection.unread.data();
      length = connection.unread.size();
    }
    const std::size_t used = parse(*connection.reply, data, length, error);
    if (error && error != http::error::need_more) {
      return fail(connection, RequestEnd::bad_reply);
    }
    connection.unread = std::string(data + used, length - used);
    if (connection.reply->is_done()) {
      finish(connection);
    }
  }

  /// Header and body are taken one after the other.
  static std::size_t parse(ReplyReader& reply, const char* data, std::size_t length, error_code& error) {
    std::size_t used = 0;
    while (used < length && !reply.is_done() && !error) {
      const std::size_t more = reply.put(boost::asio::const_buffer(data + used, length - used), error);
      if (more == 0) {
        break;
      }
      used += more;
    }
    return used;
  }

  void finish(Connection& connection) {
    RequestSample& sample = sample_of(connection);
    sample.answered = std::chrono::steady_clock::now();
    sample.end = connection.reply->is_ok() ? RequestEnd::answered : RequestEnd::bad_reply;
    --open_;
    const bool keeps = connection.reply->keep_alive() && connection.unread.empty();
    if (stopping_) {
      connection.state = State::over;
      connection.socket.reset();
    } else if (keeps) {
      begin_request(connection);
      send(connection);
    } else {
      connect(connection);
    }
  }

  void fail(Connection& connection, RequestEnd end) {
    sample_of(connection).end = end;
    if (!connection.socket) {
      sample_of(connection).sent.reset();
    }
    connection.socket.reset(); // which takes it out of epoll
    if (stopping_) {
      --open_;
      connection.state = State::over;
      return;
    }
    // Still counted as open: the loop goes on for it.
    connection.state = State::resting;
    connection.rests_until = std::chrono::steady_clock::now() + pause_after_failure;
  }

  void look_at_clock(Instant now) {
    for (Connection& each : connections_) {
      const bool asks = each.state == State::connecting || each.state == State::awaiting;
      if (asks && now > sample_of(each).planned + target_.timeout) {
        fail(each, RequestEnd::timed_out);
      } else if (each.state == State::resting && now >= each.rests_until) {
        --open_;
        connect(each);
      }
    }
  }

  void stop() {
    stopping_ = true;
    // It stays readable. It was added, so it can be taken out.
    static_cast<void>(::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, stop_fd_, nullptr));
    for (Connection& each : connections_) {
      if (each.state == State::resting) {
        --open_;
        each.state = State::over;
      }
    }
  }

  const ProbeTarget& target_;
  std::string request_;
  int stop_fd_;
  UniqueFd epoll_;
  std::vector<Connection> connections_;
  std::vector<RequestSample> samples_;
  std::size_t open_ = 0; // connections that wait for something
  bool stopping_ = false;
  std::array<char, 65536> buffer_{};
};

class ClosedLoopClient final : public Probe {
public:
  ClosedLoopClient(ProbeTarget target, std::size_t connections)
      : worker_([target = std::move(target), connections](int stop_fd) {
          if (target.enter) {
            target.enter();
          }
          return std::make_unique<ClosedLoop>(target, connections, stop_fd)->run();
        }) {}

  [[nodiscard]] ProbeTrace stop() override { return worker_.finish(); }

private:
  Worker<ProbeTrace> worker_;
};

} // namespace

std::unique_ptr<Probe> start_http_closed_loop(ProbeTarget target, std::size_t connections) {
  return std::make_unique<ClosedLoopClient>(std::move(target), connections);
}

} // namespace migralab
