// SPDX-License-Identifier: Apache-2.0
#include "migralab/lab/relay.hpp"

#include "migralab/core/error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <list>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace migralab {

namespace {

constexpr std::size_t most_connections = 400; // two descriptors each, below the usual limit of 1024
constexpr std::size_t buffer_size = std::size_t{32} << 10U;
constexpr int rounds_at_once = 8; // then the others' turn
constexpr int glance_ms = 100;
constexpr int syn_retries = 4; // tcp(7): given up after 31 s; a guest in the last moment of its migration has answered

sockaddr_in socket_address(Ipv4Address address, std::uint16_t port) {
  sockaddr_in socket = {};
  socket.sin_family = AF_INET;
  socket.sin_port = htons(port);
  socket.sin_addr.s_addr = htonl(address.value);
  return socket;
}

/// One direction of a connection.
class Flow {
public:
  /// Moves what can be moved now. False when the connection is broken.
  bool move(int from, int to) {
    for (int round = 0; round < rounds_at_once; ++round) {
      if (begin_ < end_) {
        const ssize_t sent = ::send(to, data_.data() + begin_, end_ - begin_, MSG_NOSIGNAL);
        if (sent < 0) {
          return errno == EAGAIN || errno == EINTR;
        }
        begin_ += static_cast<std::size_t>(sent);
      } else if (source_ended_) {
        if (!passed_on_) {
          ::shutdown(to, SHUT_WR); // fails only where the connection is gone, which the other direction sees
          passed_on_ = true;
        }
        return true;
      } else {
        const ssize_t got = ::recv(from, data_.data(), data_.size(), 0);
        if (got < 0) {
          return errno == EAGAIN || errno == EINTR;
        }
        begin_ = 0;
        end_ = static_cast<std::size_t>(got);
        source_ended_ = got == 0;
      }
    }
    return true;
  }

  [[nodiscard]] bool wants_input() const { return begin_ == end_ && !source_ended_; }
  [[nodiscard]] bool wants_output() const { return begin_ < end_ || (source_ended_ && !passed_on_); }
  [[nodiscard]] bool over() const { return passed_on_; }

private:
  std::array<char, buffer_size> data_; // not filled: it is read into
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool source_ended_ = false;
  bool passed_on_ = false;
};

struct Connection;

/// A socket and what epoll is asked to tell of it.
struct Endpoint {
  UniqueFd socket;
  Connection* connection = nullptr;
  std::uint32_t watched = 0;
};

struct Connection {
  Endpoint near; // whoever connected to us
  Endpoint far;  // whom we connected to
  Flow out;      // near to far
  Flow back;
  bool connecting = true;
  bool over = false;
};

/// Closes with a reset, so that nobody takes a broken stream for a complete one.
void reset(UniqueFd& socket) {
  constexpr linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  socket.reset();
}

class Relay {
public:
  Relay(
      const UniqueFd& listener,
      Ipv4Address to,
      std::uint16_t port,
      const std::function<void(const std::string&)>& complain)
      : listener_(listener), to_(to), port_(port), complain_(complain), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (!epoll_) {
      throw system_error("cannot wait for connections");
    }
  }

  void run(const std::function<bool()>& stop) {
    std::array<epoll_event, 64> events{};
    while (!stop()) {
      watch_listener(connections_.size() < most_connections);
      const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), glance_ms);
      for (int i = 0; i < count; ++i) {
        auto* endpoint = static_cast<Endpoint*>(events[static_cast<std::size_t>(i)].data.ptr);
        if (endpoint == nullptr) {
          accept_one();
        } else if (!endpoint->connection->over) {
          serve(*endpoint->connection);
        }
      }
      // Not earlier: later events of the same batch may be of the other end of one that is over.
      connections_.remove_if([](const Connection& connection) { return connection.over; });
    }
  }

private:
  void control(int operation, int socket, std::uint32_t events, Endpoint* endpoint) const {
    epoll_event event = {};
    event.events = events;
    event.data.ptr = endpoint;
    if (::epoll_ctl(epoll_.get(), operation, socket, &event) != 0) {
      throw system_error("cannot wait for a connection");
    }
  }

  void watch_listener(bool wanted) {
    if (wanted != accepting_) {
      control(wanted ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, listener_.get(), EPOLLIN, nullptr);
      accepting_ = wanted;
    }
  }

  /// A socket of which nothing is wanted is not watched at all: epoll would report its hang-up for ever.
  void watch(Endpoint& endpoint, bool input, bool output) const {
    const std::uint32_t wanted = (input ? std::uint32_t{EPOLLIN} : 0U) | (output ? std::uint32_t{EPOLLOUT} : 0U);
    if (wanted == endpoint.watched) {
      return;
    }
    const int operation = wanted == 0 ? EPOLL_CTL_DEL : endpoint.watched == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    control(operation, endpoint.socket.get(), wanted, &endpoint);
    endpoint.watched = wanted;
  }

  void accept_one() {
    UniqueFd near(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!near) {
      return; // it has gone away again, or there are no descriptors: it waits in the queue
    }
    UniqueFd far(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const sockaddr_in address = socket_address(to_, port_);
    constexpr int on = 1;
    ::setsockopt(far.get(), IPPROTO_TCP, TCP_SYNCNT, &syn_retries, sizeof syn_retries);
    for (const UniqueFd* socket : {&near, &far}) {
      ::setsockopt(socket->get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); // we add no delay of our own
    }
    if (!far || (::connect(far.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
                 errno != EINPROGRESS)) {
      unreachable(errno);
      reset(near);
      return;
    }
    Connection& connection = connections_.emplace_back();
    connection.near = {.socket = std::move(near), .connection = &connection};
    connection.far = {.socket = std::move(far), .connection = &connection};
    watch(connection.far, false, true);
  }

  void unreachable(int error) {
    if (reachable_) {
      complain_(fmt::format("{}:{} cannot be reached: {}", to_string(to_), port_, std::strerror(error)));
    }
    reachable_ = false;
  }

  void serve(Connection& connection) {
    if (connection.connecting) {
      int error = 0;
      socklen_t size = sizeof error;
      ::getsockopt(connection.far.socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
      if (error != 0) {
        unreachable(error);
        end(connection, true);
        return;
      }
      connection.connecting = false;
      reachable_ = true;
    }
    const int near = connection.near.socket.get();
    const int far = connection.far.socket.get();
    if (!connection.out.move(near, far) || !connection.back.move(far, near)) {
      end(connection, true);
    } else if (connection.out.over() && connection.back.over()) {
      end(connection, false);
    } else {
      watch(connection.near, connection.out.wants_input(), connection.back.wants_output());
      watch(connection.far, connection.back.wants_input(), connection.out.wants_output());
    }
  }

  static void end(Connection& connection, bool broken) {
    connection.over = true;
    for (Endpoint* endpoint : {&connection.near, &connection.far}) { // closing takes them from epoll, too
      if (broken) {
        reset(endpoint->socket);
      } else {
        endpoint->socket.reset();
      }
    }
  }

  const UniqueFd& listener_;
  Ipv4Address to_;
  std::uint16_t port_;
  const std::function<void(const std::string&)>& complain_;
  UniqueFd epoll_;
  bool accepting_ = false;
  bool reachable_ = true;
  std::list<Connection> connections_; // they do not move: epoll knows their ends by address
};

} // namespace

UniqueFd listen_at(Ipv4Address address, std::uint16_t port) {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  constexpr int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on); // connections that just ended do not count
  const sockaddr_in wanted = socket_address(address, port);
  if (!socket) {
    throw system_error("cannot make a socket");
  }
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&wanted), sizeof wanted) == 0 &&
      ::listen(socket.get(), SOMAXCONN) == 0) {
    return socket;
  }
  switch (errno) {
  case EADDRINUSE:
    throw Error(
        fmt::format("port {} of {} is taken by another program", port, to_string(address)), ExitStatus::bad_input)
        .with_hint("choose another port, or 0 for any that is free");
  case EACCES:
    throw Error(fmt::format("port {} is for root only", port), ExitStatus::bad_input)
        .with_hint("choose a port from 1024 upwards, or 0 for any that is free");
  case EADDRNOTAVAIL:
    throw Error(fmt::format("{} is not an address of this machine", to_string(address)), ExitStatus::bad_input)
        .with_hint("127.0.0.1 serves this machine's own browser; 0.0.0.0 serves every machine that reaches this one");
  default:
    throw system_error(fmt::format("cannot listen at port {} of {}", port, to_string(address)));
  }
}

std::uint16_t port_of(const UniqueFd& listener) {
  sockaddr_in address = {};
  socklen_t size = sizeof address;
  if (::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw system_error("cannot tell the port of a socket");
  }
  return ntohs(address.sin_port);
}

void relay(
    const UniqueFd& listener,
    Ipv4Address to,
    std::uint16_t port,
    const std::function<bool()>& stop,
    const std::function<void(const std::string&)>& complain) {
  Relay(listener, to, port, complain).run(stop);
}

} // namespace migralab
