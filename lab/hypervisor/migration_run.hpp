// SPDX-License-Identifier: Apache-2.0
// One migration from its order to its end: ordered by one thread, watched and steered by another.
#pragma once

#include "libvirt_events.hpp"
#include "libvirt_handles.hpp"
#include "migralab/hypervisor/migration.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace migralab {

/// A host that takes part, by its connections.
struct MigrationEnd {
  std::string host;
  virConnectPtr connection = nullptr;
  virConnectPtr apart = nullptr; // the source's second one: the call that lasts as long as the migration is made on it
  bool xen = false;              // the source: libxl takes no downtime limit, and tells of no rounds and no totals
};

class MigrationRun {
public:
  /// Throws Error when there is no such guest.
  MigrationRun(MigrationEnd from, MigrationEnd to, const std::string& guest, const MigrationOptions& options);

  /// To the destination's address on the migration network. Once.
  [[nodiscard]] MigrationRecord to(const std::string& address);

private:
  void limit_downtime() const;
  void order(const std::string& address);
  void sample();
  void leave_pre_copy_when_due();
  void give_up_when_late(const Deadline& deadline);
  void conclude();

  MigrationEnd from_;
  MigrationEnd to_;
  const MigrationOptions& options_;
  DomainHandle domain_;
  DomainHandle ordered_; // the same guest, on the connection of the order
  std::shared_ptr<EventLog> log_;
  std::vector<std::unique_ptr<Subscription>> subscriptions_;
  MigrationRecord record_;
  std::optional<SwitchWatch> before_switch_; // while pre-copy has not been left
  bool aborted_ = false;
  Instant next_try_{}; // of giving up
};

} // namespace migralab
