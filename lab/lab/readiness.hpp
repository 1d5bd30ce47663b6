// SPDX-License-Identifier: Apache-2.0
// Does a guest answer? Asked from a node's network.
#pragma once

#include "migralab/core/address.hpp"
#include "migralab/core/clock.hpp"

namespace migralab {

/// True when GET / on port 80 answers with status 200 within `limit`. Call in a thread that joined the network.
[[nodiscard]] bool answers_http(Ipv4Address address, Nanoseconds limit);

/// True when a datagram to port 7 comes back within `limit`.
[[nodiscard]] bool answers_echo(Ipv4Address address, Nanoseconds limit);

} // namespace migralab
