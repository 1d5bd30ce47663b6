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

/// What the hosts say of their guests.
struct Survey {
  std::map<std::string, GuestPlace> guests;  // by guest
  std::map<std::string, std::string> silent; // hosts that did not answer, and why
};

class Interior {
public:
  explicit Interior(const Topology& topology) : topology_(topology) {}

  /// Connects at the first use.
  [[nodiscard]] Hypervisor& hypervisor(const std::string& host);

  /// By asking every host: guests move. A guest that arrives on one host while it leaves another is where it runs.
  [[nodiscard]] Survey survey();

  /// Throws Error when it runs nowhere, as far as the hosts answer.
  [[nodiscard]] GuestPlace find(const std::string& guest);

  /// Migrates a guest from where it is, over the migration network. Throws Error when that makes no sense (unknown
  /// names, already there); a migration that was tried and failed is in the record.
  [[nodiscard]] MigrationRecord
  migrate(const std::string& guest, const std::string& to, const MigrationOptions& options);

private:
  [[nodiscard]] GuestPlace find(const std::string& guest, const Survey& survey) const;

  const Topology& topology_;
  std::map<std::string, std::unique_ptr<Hypervisor>> hypervisors_;
};

/// The socket of a host's libvirtd, as the lab sees it.
[[nodiscard]] std::filesystem::path libvirt_socket(const std::string& host);

/// A lab's topology as it was brought up, with the shaping that it has now, from its folder.
[[nodiscard]] Topology deployed_topology(const LabFolder& folder, const LabState& state);

} // namespace migralab
