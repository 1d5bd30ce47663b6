// SPDX-License-Identifier: Apache-2.0
// The sockets of the UDP probes.
#pragma once

#include "migralab/core/handle.hpp"
#include "migralab/measure/probe.hpp"

namespace migralab {

/// Non-blocking, with the kernel's receive stamps (arrival.hpp), ICMP errors with the datagram that they answer, and a
/// queue for all that a guest sends at once when it resumes.
[[nodiscard]] UniqueFd open_udp_socket();

/// Connects the socket, so that only the target's datagrams arrive. False while the target has no route.
[[nodiscard]] bool try_connect(int fd, const ProbeTarget& target);

/// How a request ended whose send(2) failed with this errno. Throws Error for one that is no answer of the network's.
[[nodiscard]] RequestEnd end_of_failed_send(int error);

} // namespace migralab
