// SPDX-License-Identifier: Apache-2.0
// A lab that there is only as numbers: hosts with processors and memory, guests with loads, cables. Private to this
// room. What the numbers are, and where they come from: docs/simulator.md.
#pragma once

#include "links.hpp"
#include "migralab/simulation/random.hpp"
#include "migralab/topology/topology.hpp"
#include "migralab/workload/demand.hpp"
#include "timeline.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace migralab::simulated {

/// A stretch of time in which a guest stood still.
struct Standstill {
  Instant from;
  Instant to;
};

/// Memory that is written, evenly over a set.
struct Writer {
  double rate = 0; ///< bytes of distinct pages a second
  double set = 0;  ///< bytes
};

/// Distinct bytes that writers dirty in a while, from clean pages: W (1 - exp(-D t / W)) each, as the model
/// uniform-writes has it.
[[nodiscard]] double dirtied(const std::vector<Writer>& writers, double seconds);

class World {
public:
  /// Guests are where the topology has them. `workloads` run from `go` on, in their windows. `measured`: the guest that
  /// workloads of clients ask; empty: nobody.
  World(
      const Topology& topology,
      std::vector<WorkloadSpec> workloads,
      std::string measured,
      Instant now,
      std::uint64_t seed);

  [[nodiscard]] Timeline& timeline() { return timeline_; }
  [[nodiscard]] Links& links() { return links_; }
  [[nodiscard]] const Topology& topology() const { return topology_; }
  [[nodiscard]] simulation::Random& random() { return random_; }
  /// Workloads begin now.
  void go() { go_ = timeline_.now(); }

  void place(const std::string& guest, const std::string& host) { hosts_[guest] = host; }
  [[nodiscard]] const std::map<std::string, std::string>& places() const { return hosts_; }

  /// A guest that stands still uses nothing and writes nothing; `runs` again counts from now.
  void stop(const std::string& guest) { stopped_[guest] = timeline_.now(); }
  void runs(const std::string& guest);
  [[nodiscard]] const std::vector<Standstill>& standstills(const std::string& guest) { return still_[guest]; }
  /// From 0 to 1: what a hypervisor takes from the guest's time, to slow its writes.
  void throttle(const std::string& guest, double share) { throttled_[guest] = share; }

  /// Processors that a guest uses, as its host has them for it; bytes a second that it sends.
  [[nodiscard]] double processors_of(const std::string& guest) const;
  [[nodiscard]] double sent_by(const std::string& guest) const;
  /// What it gets of what it wants, from 0 to 1.
  [[nodiscard]] double speed_of(const std::string& guest) const;
  [[nodiscard]] std::vector<Writer> writers_of(const std::string& guest) const;
  /// Memory that is not zero, in bytes; what a migration has to send.
  [[nodiscard]] double memory_of(const std::string& guest) const;

  /// Processors that a host uses, with what migrations take.
  [[nodiscard]] double used_on(const std::string& host) const;
  [[nodiscard]] double processors_on(const std::string& host) const;

  /// From one host to another on the network that is for migrations; empty: the same host, or no network.
  [[nodiscard]] std::vector<Cable> path(const std::string& from, const std::string& to) const;
  /// There and back, of that path.
  [[nodiscard]] Nanoseconds round_trip(const std::vector<Cable>& path) const;
  /// Between two nodes on the network that is for guests.
  [[nodiscard]] std::vector<Cable> guest_path(const std::string& node, const std::string& host) const;

private:
  struct Running {
    const WorkloadSpec* spec;
    WorkloadDemand demand;
    std::string guest; // whose load it is
  };

  [[nodiscard]] std::vector<const Running*> running_for(const std::string& guest) const;
  /// Processors that what runs in the guest could use now.
  [[nodiscard]] double asked_by(const std::string& guest) const;
  /// What it would get of that on a host that is all its own.
  [[nodiscard]] double wanted_by(const std::string& guest) const;
  [[nodiscard]] double wanted_on(const std::string& host) const;
  [[nodiscard]] double taken_by_migrations(const std::string& host) const;

  const Topology& topology_;
  std::vector<WorkloadSpec> workloads_;
  std::vector<Running> running_;
  Timeline timeline_;
  Links links_;
  simulation::Random random_;
  std::optional<Instant> go_;
  std::map<std::string, std::string> hosts_; // by guest
  std::map<std::string, Instant> stopped_;
  std::map<std::string, std::vector<Standstill>> still_;
  std::map<std::string, double> throttled_;
};

} // namespace migralab::simulated
