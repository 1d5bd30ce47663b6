// SPDX-License-Identifier: Apache-2.0
// A running lab seen from within (see inside() of keeper.hpp): its hypervisors and where its guests are now.
#pragma once

#include "migralab/hypervisor/hypervisor.hpp"
#include "migralab/lab/hosts.hpp"
#include "migralab/lab/lab_state.hpp"
#include "migralab/topology/topology.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

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

/// A guest and where it is to go.
struct Move {
  std::string guest;
  std::string to;
};

/// May be used by several threads.
class Interior {
public:
  explicit Interior(const Topology& topology);

  /// Connects at the first use.
  [[nodiscard]] Hypervisor& hypervisor(const std::string& host);

  /// By asking every host: guests move. A guest that arrives on one host while it leaves another is where it runs.
  [[nodiscard]] Survey survey();

  /// Throws Error when it runs nowhere, as far as the hosts answer.
  [[nodiscard]] GuestPlace find(const std::string& guest);

  /// Migrates guests from where they are, all at once, over the migration network: a record for each, in order. Throws
  /// Error before anything has begun when that makes no sense, or a prerequisite is missing (preflight.hpp). What was
  /// tried and failed is in its record and stops no other; so is what could not even be begun, with its reason. An
  /// interrupt, or the time limit of a guest, aborts migrations and leaves the guests where they were.
  [[nodiscard]] std::vector<MigrationRecord> migrate(const std::vector<Move>& moves, const MigrationOptions& options);

  /// The same for one guest.
  [[nodiscard]] MigrationRecord
  migrate(const std::string& guest, const std::string& to, const MigrationOptions& options);

private:
  struct Connection {
    std::mutex mutex; // while it is being made
    std::unique_ptr<Hypervisor> hypervisor;
  };

  const Topology& topology_;
  std::map<std::string, Connection> connections_; // one for each host, from the beginning
};

/// Where the survey saw the guest. Throws Error when it runs nowhere, as far as the hosts answer.
[[nodiscard]] GuestPlace place_of(const Topology& topology, const Survey& survey, const std::string& guest);

/// A lab's topology as it was brought up, with the shaping that it has now, from its folder.
[[nodiscard]] Topology deployed_topology(const LabFolder& folder, const LabState& state);

} // namespace migralab
