// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libvirt_handles.hpp"
#include "migralab/hypervisor/hypervisor.hpp"

namespace migralab {

class LibvirtHypervisor final : public Hypervisor {
public:
  LibvirtHypervisor(LibvirtHost host, ConnectionHandle connection);

  void start(const GuestDefinition& guest) override;
  [[nodiscard]] std::vector<GuestState> guests() override;
  [[nodiscard]] MigrationRecord
  migrate(const std::string& guest, Hypervisor& to, const std::string& address, const MigrationOptions& options)
      override;
  Nanoseconds pause(const std::string& guest, Nanoseconds span) override;
  void console(const std::string& guest) override;

private:
  LibvirtHost host_;
  ConnectionHandle connection_;
};

} // namespace migralab
