// SPDX-License-Identifier: Apache-2.0
// One host's hypervisor, reached through libvirt. Guests are transient: nothing of them survives their end.
#pragma once

#include "migralab/hypervisor/guest.hpp"
#include "migralab/hypervisor/migration.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace migralab {

struct GuestState {
  std::string name;
  std::string uuid;
  std::string state; // "running", "paused", ... as libvirt names it
};

class Hypervisor {
public:
  virtual ~Hypervisor() = default;

  virtual void start(const GuestDefinition& guest) = 0;
  [[nodiscard]] virtual std::vector<GuestState> guests() = 0;

  /// Live pre-copy migration (virDomainMigrate3, managed, VIR_MIGRATE_LIVE). `address` is the destination's on the
  /// migration network. A migration that fails is a record, not an Error; an Error says that it could not be tried.
  [[nodiscard]] virtual MigrationRecord
  migrate(const std::string& guest, Hypervisor& to, const std::string& address, const MigrationOptions& options) = 0;

  /// Stops the guest's processors, and lets them go on after `span`; returns how long they were stopped, by QEMU's own
  /// time stamps of its STOP and RESUME events (virConnectDomainQemuMonitorEventRegister).
  virtual Nanoseconds pause(const std::string& guest, Nanoseconds span) = 0;

  /// Joins the guest's serial console with this terminal until Ctrl-] (virDomainOpenConsole).
  virtual void console(const std::string& guest) = 0;
};

struct LibvirtHost {
  std::string name;
  std::filesystem::path socket; // libvirtd's UNIX socket
  HostSpec::Hypervisor hypervisor = HostSpec::Hypervisor::kvm;
};

/// Connects, retrying until the daemon listens or `limit` has passed; `still_runs` is asked between tries and may
/// throw to give up early (a daemon that died).
[[nodiscard]] std::unique_ptr<Hypervisor>
connect_libvirt(const LibvirtHost& host, Nanoseconds limit, const std::function<void()>& still_runs);

/// A libvirtd for one host: the commands and files of `start_libvirtd`.
struct LibvirtdFiles {
  std::string libvirtd_conf;
  std::string qemu_conf;
};
/// Settings of a libvirtd that shares its machine with others: own host_uuid, no authentication beyond the file
/// mode of its socket, no security driver, no second daemon for logs. `control_groups`: it may make groups for its
/// guests. Pure.
[[nodiscard]] LibvirtdFiles libvirtd_files(const std::string& host_uuid, bool control_groups);

} // namespace migralab
