// SPDX-License-Identifier: Apache-2.0
// tgtd's own management protocol, for the one request that cannot go through tgtadm: that takes passwords as
// arguments, which every user of a machine can read in its process list.
#pragma once

#include "migralab/core/clock.hpp"

#include <filesystem>
#include <string>

namespace migralab {

/// "tgtadm --mode account --op new". `socket`: tgtd's, "/run/tgtd/socket.0" in its node. An account of that name is an
/// Error; so is silence for longer than `limit`. No error text has the secret in it.
void add_tgt_account(
    const std::filesystem::path& socket,
    const std::string& user,
    const std::string& secret,
    Nanoseconds limit);

} // namespace migralab
