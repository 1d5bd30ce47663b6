// SPDX-License-Identifier: Apache-2.0
#include "udp_socket.hpp"

#include "migralab/coordination/message.hpp"
#include "migralab/core/error.hpp"

#include <array>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace migralab::balancer {

namespace {

sockaddr_in address_of(const Endpoint& endpoint) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(endpoint.port);
  address.sin_addr.s_addr = htonl(endpoint.address.value);
  return address;
}

} // namespace

UdpSocket::UdpSocket(const Endpoint& here) : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  const sockaddr_in address = address_of(here);
  if (!socket_ || ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw system_error(fmt::format("cannot listen at {}:{} (UDP)", to_string(here.address), here.port));
  }
}

void UdpSocket::send(const std::string& datagram, const Endpoint& to) const {
  const sockaddr_in address = address_of(to);
  static_cast<void>(::sendto(
      socket_.get(), datagram.data(), datagram.size(), 0, reinterpret_cast<const sockaddr*>(&address), sizeof address));
}

std::optional<std::string> UdpSocket::receive() const {
  // One byte more than there may be: what is too long is refused as that, and not cut.
  std::array<char, coordination::largest_datagram + 1> buffer{};
  for (;;) {
    const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (size >= 0) {
      return std::string(buffer.data(), static_cast<std::size_t>(size));
    }
    if (errno != EINTR && errno != ECONNREFUSED) { // refused: an earlier one of ours found nobody
      return std::nullopt;
    }
  }
}

} // namespace migralab::balancer
