// SPDX-License-Identifier: Apache-2.0
// A running lab seen from within (see inside() of keeper.hpp): its hypervisors and where its guests are now.
#pragma once

#include "migralab/hypervisor/hypervisor.hpp"
#include "migralab/lab/lab_state.hpp"
#include "migralab/topology/topology.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace migralab {

struct GuestPlace {
  std::string host;
  GuestState state;
};

class Interior {
public:
  explicit Interior(const Topology& topology) : topology_(topology) {}

  /// Connects at the first use.
  [[nodiscard]] Hypervisor& hypervisor(const std::string& host);

  /// By asking every host: guests move. A guest that arrives on one host while it leaves another is where it runs.
  [[nodiscard]] std::map<std::string, GuestPlace> guests();

  /// Throws Error when it runs nowhere.
  [[nodiscard]] GuestPlace find(const std::string& guest);

  /// Migrates a guest from where it is, over the migration network. Throws Error when that makes no sense (unknown
  /// names, already there); a migration that was tried and failed is in the record.
  [[nodiscard]] MigrationRecord
  migrate(const std::string& guest, const std::string& to, const MigrationOptions& options);

private:
  [[nodiscard]] GuestPlace find(const std::string& guest, const std::map<std::string, GuestPlace>& places) const;

  const Topology& topology_;
  std::map<std::string, std::unique_ptr<Hypervisor>> hypervisors_;
};

/// The socket of a host's libvirtd, as the lab sees it.
[[nodiscard]] std::filesystem::path libvirt_socket(const std::string& host);

/// A lab's topology as it was brought up, with the shaping that it has now, from its folder.
[[nodiscard]] Topology deployed_topology(const LabFolder& folder, const LabState& state);

} // namespace migralab
