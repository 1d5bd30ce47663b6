// SPDX-License-Identifier: Apache-2.0
// TCP connections accepted in one network and continued in another.
#pragma once

#include "migralab/core/address.hpp"
#include "migralab/core/handle.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace migralab {

/// Listens for TCP on an address of the calling thread's network; port 0: any that is free. Throws Error: bad_input
/// when the port is taken, not ours, or the address not this machine's.
[[nodiscard]] UniqueFd listen_at(Ipv4Address address, std::uint16_t port);

/// The port that a socket of listen_at has.
[[nodiscard]] std::uint16_t port_of(const UniqueFd& listener);

/// Continues each connection of `listener` to `to`, from the calling thread's network, until `stop` says so (asked
/// every 100 ms at least). Two buffers of 32 KiB per connection, at most 400 connections at a time: others wait in the
/// kernel's queue. The end of one direction is passed on while the other goes on (RFC 9293, 3.6); a reset is passed on
/// as a reset. `complain` gets a line when the other side cannot be reached, and once only until it can be.
void relay(
    const UniqueFd& listener,
    Ipv4Address to,
    std::uint16_t port,
    const std::function<bool()>& stop,
    const std::function<void(const std::string&)>& complain);

} // namespace migralab
