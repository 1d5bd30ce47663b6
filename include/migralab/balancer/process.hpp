// SPDX-License-Identifier: Apache-2.0
// The two processes that balance a lab: state machines of room coordination with a socket, a clock and a hypervisor.
#pragma once

#include "migralab/balancer/config.hpp"
#include "migralab/coordination/message.hpp"

namespace migralab::balancer {

/// Runs until an interrupt (watch_for_interrupts()), which aborts its migrations: guests stay where they were. What it
/// does it writes to standard output. Ends the process, since libvirt's threads may be waiting for an answer. Throws
/// Error when it cannot begin.
[[noreturn]] void run_agent(const AgentConfig& config, const coordination::Key& key);

/// Likewise.
[[noreturn]] void run_coordinator(const CoordinatorConfig& config, const coordination::Key& key);

} // namespace migralab::balancer
