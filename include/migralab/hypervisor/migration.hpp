// SPDX-License-Identifier: Apache-2.0
// A live migration: what is asked for and what was seen of it.
#pragma once

#include "migralab/core/clock.hpp"
#include "migralab/core/units.hpp"
#include "migralab/hypervisor/technique.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace migralab {

struct MigrationOptions {
  Technique technique = Technique::pre_copy;
  std::optional<SwitchRule> switch_rule;           // hybrid; stop_and_copy: none stops the guest at once
  bool auto_converge = false;                      // slows a guest down that dirties faster than the network carries
  std::optional<unsigned> auto_converge_initial;   // per cent of its time that it loses at first; none: QEMU's 20
  std::optional<unsigned> auto_converge_increment; // per cent more each time; none: QEMU's 10
  std::optional<Compression> compression;          // of the stream
  std::optional<Bytes> compression_cache;          // of xbzrle, on the source, a power of two; none: QEMU's 64 MiB
  std::optional<unsigned> streams;                 // parallel ones (multifd)
  std::optional<Bytes> bandwidth;                  // per second, in whole MiB, as libvirt takes it
  std::optional<std::chrono::milliseconds> max_downtime; // libvirt virDomainMigrateSetMaxDowntime; none: QEMU's 300 ms
  std::chrono::nanoseconds sample_interval = std::chrono::milliseconds(25); // job statistics, >= 20/s
  bool copy_storage = false; // the disk too (VIR_MIGRATE_NON_SHARED_DISK, over NBD), for a disk that only its host sees
  bool only_layer = false;   // with copy_storage: what the disk lies over is there already (.._NON_SHARED_INC)
  /// The source's daemon carries it out by itself (VIR_MIGRATE_PEER2PEER): it comes to its end, whichever, when who
  /// ordered it is killed. Without that, whoever orders it leads both ends from step to step; killed between the steps,
  /// he leaves a guest that runs nowhere.
  bool unattended = false;
  std::chrono::nanoseconds timeout = std::chrono::minutes(5); // then the job is aborted and the guest stays
  /// Ends the migration of this domain where libvirt cannot (libxl has no virDomainAbortJob): for who knows the host.
  /// False: there was nothing to end, or it could not be done; it is asked again.
  std::function<bool(int domain)> give_up = {};
};

/// One reading of virDomainGetJobStats: field name as libvirt spells it ("memory_dirty_rate"), value as a number.
struct JobSample {
  Instant at;
  std::map<std::string, double> values;
};

/// The event of a guest that stopped on the source in order to go on by post-copy
/// (VIR_DOMAIN_EVENT_SUSPENDED_POSTCOPY). A migration without it never left pre-copy, whatever was asked for.
inline constexpr const char* switched_to_post_copy = "suspended (post-copy)";

/// Something that happened to the guest, stamped on arrival: "suspended (migrated)", "iteration 2".
struct GuestEvent {
  Instant at;
  std::string host;
  std::string what;
};

/// Everything seen of one migration. A migration that failed is data too.
struct MigrationRecord {
  std::string guest;
  std::string from;
  std::string to;
  Instant began; // just before virDomainMigrate3
  Instant ended; // when it returned
  bool succeeded = false;
  std::string error;                       // libvirt's message when it did not succeed
  std::vector<JobSample> samples;          // while it ran
  std::map<std::string, double> completed; // final statistics, from the JOB_COMPLETED event; empty when none came
  std::vector<GuestEvent> events;

  [[nodiscard]] Nanoseconds total_time() const { return ended - began; }
  /// Downtime as the hypervisor reports it in its final statistics (field "downtime", ms).
  [[nodiscard]] std::optional<Nanoseconds> hypervisor_downtime() const {
    const auto found = completed.find("downtime");
    if (found == completed.end()) {
      return std::nullopt;
    }
    return std::chrono::nanoseconds(static_cast<std::int64_t>(found->second * 1e6));
  }
};

} // namespace migralab
