// SPDX-License-Identifier: Apache-2.0
// What the HTTP clients have in common.
#pragma once

#include "migralab/measure/probe.hpp"

namespace migralab {

/// How a request ended whose connection failed with this errno. Throws Error for one that no guest, network or lack of
/// room explains.
[[nodiscard]] RequestEnd end_of_connection(int error);

/// The text of the request. `keep`: the connection is to be used again.
[[nodiscard]] std::string request_text(const ProbeTarget& target, bool keep);

/// Lets this process have so many connections at once, as far as it may (getrlimit(2), RLIMIT_NOFILE: 1024 at first on
/// most machines). What does not fit ends as `dropped`.
void make_room_for_connections(std::size_t connections);

} // namespace migralab
