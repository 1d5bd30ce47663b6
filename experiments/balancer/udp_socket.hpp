// SPDX-License-Identifier: Apache-2.0
// A UDP socket that never waits. Private to this room.
#pragma once

#include "migralab/balancer/config.hpp"
#include "migralab/core/handle.hpp"

#include <optional>
#include <string>

namespace migralab::balancer {

class UdpSocket {
public:
  /// Throws Error when the address cannot be had.
  explicit UdpSocket(const Endpoint& here);

  [[nodiscard]] int descriptor() const { return socket_.get(); }
  /// What the kernel does not take is lost, as any datagram may be: whoever sent it repeats it.
  void send(const std::string& datagram, const Endpoint& to) const;
  /// The next one that has come; nothing when there is none.
  [[nodiscard]] std::optional<std::string> receive() const;

private:
  UniqueFd socket_;
};

} // namespace migralab::balancer
