// SPDX-License-Identifier: Apache-2.0
#include "http_ends.hpp"

#include "migralab/core/error.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <sys/resource.h>

namespace migralab {

RequestEnd end_of_connection(int error) {
  switch (error) {
  case ECONNREFUSED:
    return RequestEnd::refused;
  case ECONNRESET:
  case ECONNABORTED:
  case EPIPE:
  case ENOTCONN:
    return RequestEnd::reset;
  case ENETUNREACH:
  case EHOSTUNREACH:
  case ENETDOWN:
  case EHOSTDOWN:
  case EPERM: // a firewall of this machine
  case EACCES:
    return RequestEnd::unreachable;
  case ETIMEDOUT: // the kernel gave up its retransmissions
  case ECANCELED: // we gave up
    return RequestEnd::timed_out;
  case EMFILE:
  case ENFILE:
  case ENOBUFS:
  case ENOMEM:
  case EADDRNOTAVAIL: // no local port is free
    return RequestEnd::dropped;
  default:
    throw Error(fmt::format("the HTTP probe cannot go on: {}", std::strerror(error)));
  }
}

std::string request_text(const ProbeTarget& target, bool keep) {
  return fmt::format(
      "GET {} HTTP/1.1\r\nHost: {}:{}\r\nUser-Agent: migralab\r\n{}\r\n",
      target.path,
      to_string(target.address),
      target.port,
      keep ? "" : "Connection: close\r\n");
}

void make_room_for_connections(std::size_t connections) {
  constexpr rlim_t others = 256; // descriptors of this process that are no connections
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= connections + others) {
    return;
  }
  limit.rlim_cur = std::min<rlim_t>(connections + others, limit.rlim_max);
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit)); // without it: `dropped`, as said
}

} // namespace migralab
