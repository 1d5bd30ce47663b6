// SPDX-License-Identifier: Apache-2.0
#include "readiness.hpp"

#include "migralab/core/handle.hpp"

#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

namespace migralab {

namespace {

UniqueFd open_connection(int type, Ipv4Address address, std::uint16_t port) {
  UniqueFd socket(::socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(address.value);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 && errno != EINPROGRESS) {
    socket.reset();
  }
  return socket;
}

bool wait_for(const UniqueFd& socket, short what, const Deadline& deadline) {
  pollfd poll{socket.get(), what, 0};
  return ::poll(&poll, 1, deadline.left_ms()) == 1 && (poll.revents & what) != 0;
}

/// Sends `request`, and returns what came back first.
std::string ask(int type, Ipv4Address address, std::uint16_t port, std::string_view request, Nanoseconds limit) {
  const Deadline deadline(limit);
  const UniqueFd socket = open_connection(type, address, port);
  std::array<char, 512> reply{};
  if (!socket || !wait_for(socket, POLLOUT, deadline) ||
      ::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()) ||
      !wait_for(socket, POLLIN, deadline)) {
    return {};
  }
  const ssize_t got = ::recv(socket.get(), reply.data(), reply.size(), 0);
  return got > 0 ? std::string(reply.data(), static_cast<std::size_t>(got)) : std::string();
}

} // namespace

bool answers_http(Ipv4Address address, Nanoseconds limit) {
  const std::string reply = ask(SOCK_STREAM, address, 80, "GET / HTTP/1.0\r\n\r\n", limit);
  return reply.starts_with("HTTP/1.") && reply.substr(8, 4) == " 200";
}

bool answers_echo(Ipv4Address address, Nanoseconds limit) {
  return ask(SOCK_DGRAM, address, 7, "migralab", limit) == "migralab";
}

} // namespace migralab
