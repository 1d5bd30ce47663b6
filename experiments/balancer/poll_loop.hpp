// SPDX-License-Identifier: Apache-2.0
// What both processes do all the time: wait for a datagram, a letter of a thread, or a moment. Private to this room.
#pragma once

#include "log_writer.hpp"
#include "migralab/core/clock.hpp"
#include "udp_socket.hpp"

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>

namespace migralab::balancer {

/// Waits until one of the descriptors is readable, or until `wake`; a moment less than that when nothing happens, so
/// that an interrupt is seen.
void wait_for_any(std::initializer_list<int> descriptors, std::optional<Instant> wake);

/// Taken before anything else has its turn again: a flood of them must not keep a sample or an interrupt waiting.
constexpr unsigned datagrams_at_once = 256;

/// Of 64 random bits, and not 0: the name of a life (coordination::Epoch).
[[nodiscard]] coordination::Epoch draw_epoch();

/// A socket that counts what goes through it.
class CountedSocket {
public:
  explicit CountedSocket(const Endpoint& here) : socket_(here) {}

  [[nodiscard]] int descriptor() const { return socket_.descriptor(); }
  void send(const std::string& datagram, const Endpoint& to);
  [[nodiscard]] std::optional<std::string> receive();
  /// Something to note, at most every ten seconds: datagrams that no process of ours sends.
  [[nodiscard]] std::string refused(const std::optional<coordination::Refusal>& why, Instant now);
  [[nodiscard]] const TrafficCount& count() const { return count_; }

private:
  UdpSocket socket_;
  TrafficCount count_;
  std::uint64_t strange_ = 0; // not told yet
  Instant next_word_;
};

} // namespace migralab::balancer
