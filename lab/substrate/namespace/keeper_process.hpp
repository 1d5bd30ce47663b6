// SPDX-License-Identifier: Apache-2.0
// The keeper as a process of this machine.
#pragma once

#include "migralab/core/handle.hpp"
#include "migralab/substrate/keeper.hpp"

namespace migralab {

/// What identifies a process that runs now.
[[nodiscard]] KeeperRecord identify(int pid, bool rootless);

/// A pidfd of the keeper when it is still the process that was recorded, else nothing.
[[nodiscard]] UniqueFd open_keeper(const KeeperRecord& keeper);

/// True once the process has ended, false at the deadline.
[[nodiscard]] bool wait_for_end(const UniqueFd& process, Nanoseconds limit);

/// A pidfd of a process of this PID namespace; nothing when there is none.
[[nodiscard]] UniqueFd open_process(int pid);

struct WorkerEnd {
  int status = 0;    // as of waitpid(2)
  bool late = false; // it was asked to end because its limit had passed
};

/// Waits for a child. An interrupt, or the end of `limit`, is passed on to it as SIGTERM; after `patience` more it is
/// killed. It is killed at once when `patron` ends first.
[[nodiscard]] WorkerEnd await_worker(
    int child,
    Nanoseconds patience,
    const UniqueFd& patron = UniqueFd(),
    Nanoseconds limit = Nanoseconds::max());

} // namespace migralab
