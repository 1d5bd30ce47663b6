// SPDX-License-Identifier: Apache-2.0
// When the kernel took a datagram or a frame in, on the clock that everything is compared by. For sockets with
// SO_TIMESTAMPNS (socket(7)).
#pragma once

#include "migralab/core/clock.hpp"

#include <sys/socket.h>

namespace migralab {

/// Now, less the age of the message's stamp, which is of CLOCK_REALTIME. An age that makes no sense (that clock was
/// stepped in between) is not believed: then it is now. So a thread that is not scheduled at once does not add its own
/// delay to what it measures.
[[nodiscard]] Instant arrival(msghdr& message);

} // namespace migralab
