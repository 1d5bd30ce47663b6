// SPDX-License-Identifier: Apache-2.0
// What the guests of a host have used, as counters: for loads, which are differences.
#pragma once

#include "migralab/core/clock.hpp"
#include "migralab/core/units.hpp"
#include "migralab/hypervisor/hypervisor.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace migralab {

struct GuestCounters {
  enum class Presence {
    running,
    leaving, ///< it runs, and a migration to another host is going on
    arriving ///< its memory is coming in; it does not run here
  };
  std::string name;
  Presence presence = Presence::running;
  Nanoseconds processor_time{};     ///< of its virtual processors and of QEMU, since it began here
  Bytes memory;                     ///< that it has
  std::optional<Bytes> memory_used; ///< by its own account (balloon driver); none: it does not tell
  std::uint64_t received_bytes = 0; ///< by its interfaces, all together
  std::uint64_t sent_bytes = 0;
};

class GuestWatch {
public:
  virtual ~GuestWatch() = default;
  /// One look at all guests (virConnectGetAllDomainStats, virDomainGetJobInfo); waits for no guest that is busy, whose
  /// memory_used is missing then. Throws Error when the daemon does not answer.
  [[nodiscard]] virtual std::vector<GuestCounters> look() = 0;
};

/// A connection of its own; retries until the daemon listens or `limit` has passed.
[[nodiscard]] std::unique_ptr<GuestWatch> connect_guest_watch(const LibvirtHost& host, Nanoseconds limit);

} // namespace migralab
