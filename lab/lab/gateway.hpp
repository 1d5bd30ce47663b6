// SPDX-License-Identifier: Apache-2.0
// Outbound access of a network: a user-mode gateway (slirp4netns(1)) between its bridge and this machine's network.
#pragma once

#include "migralab/lab/lab_state.hpp"
#include "migralab/plan/plan.hpp"
#include "migralab/process/command_runner.hpp"

namespace migralab {

/// Starts the gateway and plugs it into the switch. It belongs to the lab's processes and ends with them, but opens its
/// connections in the network of this machine, as the user who has the lab. From outside the lab. Throws Error.
void start_gateway(const KeeperRecord& keeper, const Gateway& gateway, const LabFolder& folder, CommandRunner& runner);

} // namespace migralab
