// SPDX-License-Identifier: Apache-2.0
#include "udp_socket.hpp"

#include "migralab/core/error.hpp"

#include <cerrno>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace migralab {

namespace {

constexpr int receive_buffer = 4 << 20;

void set_option(int fd, int level, int name, int value, const char* what) {
  if (::setsockopt(fd, level, name, &value, sizeof value) != 0) {
    throw system_error(fmt::format("cannot set {} of a UDP probe's socket", what));
  }
}

} // namespace

UniqueFd open_udp_socket() {
  UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) {
    throw system_error("cannot open a UDP probe's socket");
  }
  set_option(fd.get(), IPPROTO_IP, IP_RECVERR, 1, "IP_RECVERR"); // ICMP errors with the datagram they answer
  set_option(fd.get(), SOL_SOCKET, SO_TIMESTAMPNS, 1, "SO_TIMESTAMPNS");
  // A guest that resumes answers all that was queued at once; without the privilege net.core.rmem_max caps the request.
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer, sizeof receive_buffer) != 0) {
    set_option(fd.get(), SOL_SOCKET, SO_RCVBUF, receive_buffer, "SO_RCVBUF");
  }
  return fd;
}

bool try_connect(int fd, const ProbeTarget& target) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(target.address.value);
  address.sin_port = htons(target.port);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    return true;
  }
  if (errno == ENETUNREACH || errno == EHOSTUNREACH || errno == ENETDOWN) {
    return false;
  }
  throw system_error(fmt::format("cannot connect a UDP probe to {}:{}", to_string(target.address), target.port));
}

RequestEnd end_of_failed_send(int error) {
  switch (error) {
  case ECONNREFUSED:
    return RequestEnd::refused;
  case ENETUNREACH:
  case EHOSTUNREACH:
  case ENETDOWN:
  case EHOSTDOWN:
  case EPERM: // a firewall of this machine
  case EACCES:
    return RequestEnd::unreachable;
  case EAGAIN:
  case ENOBUFS:
  case ENOMEM:
    return RequestEnd::dropped;
  default:
    errno = error;
    throw system_error("a UDP probe cannot send");
  }
}

} // namespace migralab
