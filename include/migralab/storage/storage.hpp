// SPDX-License-Identifier: Apache-2.0
// Virtual storage: a server that exports guests' disks.
#pragma once

#include "migralab/core/clock.hpp"
#include "migralab/hypervisor/guest.hpp"
#include "migralab/plan/plan.hpp"
#include "migralab/process/command_runner.hpp"

#include <filesystem>
#include <string>

namespace migralab {

/// Where one storage server works.
struct StorageServer {
  std::string lab;
  std::string name;          // the node
  Ipv4Address portal;        // on the storage network
  NamespaceSet inside;       // its namespaces
  std::filesystem::path log; // its daemon's
};

class StorageBackend {
public:
  virtual ~StorageBackend() = default;

  /// Starts the daemon and its one target of this lab; returns when it can be administered.
  /// Throws Error with the tail of the daemon's log.
  virtual void start(const StorageServer& server) = 0;

  /// Makes `file` reachable and says how a hypervisor reaches it.
  [[nodiscard]] virtual IscsiSource
  provision(const StorageServer& server, const DiskPlan& disk, const std::filesystem::path& file) = 0;

  /// Logs in from the calling thread's network as a guest's hypervisor would, and compares what it gets with `file`:
  /// device type, capacity, and every byte that the file holds (holes are sampled at the end of the disk). Throws
  /// Error.
  virtual void verify(const IscsiSource& source, const std::filesystem::path& file, Nanoseconds limit) = 0;
};

/// iSCSI by tgtd (Debian package tgt), verified through libiscsi.
class TgtStorage final : public StorageBackend {
public:
  explicit TgtStorage(CommandRunner& runner) : runner_(runner) {}

  void start(const StorageServer& server) override;
  [[nodiscard]] IscsiSource
  provision(const StorageServer& server, const DiskPlan& disk, const std::filesystem::path& file) override;
  void verify(const IscsiSource& source, const std::filesystem::path& file, Nanoseconds limit) override;

private:
  CommandRunner& runner_;
};

/// "iqn.2026-11.org.migralab:LAB.SERVER" (RFC 3720, 3.2.6.3.1).
[[nodiscard]] std::string target_name(const std::string& lab, const std::string& server);

} // namespace migralab
