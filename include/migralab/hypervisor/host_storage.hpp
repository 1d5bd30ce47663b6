// SPDX-License-Identifier: Apache-2.0
// What a host's hypervisor does with storage while guests run: the secrets it logs in with, and guests' disks that
// come, go and grow.
#pragma once

#include "migralab/hypervisor/guest.hpp"
#include "migralab/hypervisor/hypervisor.hpp"

#include <memory>
#include <string>

namespace migralab {

class HostStorage {
public:
  virtual ~HostStorage() = default;

  /// Gives the host's daemon the CHAP secret of an iSCSI target (virSecretDefineXML, virSecretSetValue): ephemeral, so
  /// that it is in the daemon's memory only, and private, so that nobody can ask for it. A second time replaces it.
  virtual void keep_secret(const std::string& target, const std::string& secret) = 0;

  [[nodiscard]] virtual bool has_disk(const std::string& guest) = 0;

  /// Plugs the disk of the definition into the running guest (virDomainAttachDeviceFlags).
  virtual void attach(const GuestDefinition& guest) = 0;

  /// Unplugs the guest's disk and returns when the guest has let go of it (virDomainDetachDeviceFlags). Throws Error
  /// when it does not within `limit`.
  virtual void detach(const std::string& guest, Nanoseconds limit) = 0;

  /// Grows the disk and tells the guest (virDomainBlockResize).
  virtual void resize(const std::string& guest, Bytes size) = 0;
};

/// Connects, retrying until the daemon listens or `limit` has passed.
[[nodiscard]] std::unique_ptr<HostStorage> connect_host_storage(const LibvirtHost& host, Nanoseconds limit);

} // namespace migralab
