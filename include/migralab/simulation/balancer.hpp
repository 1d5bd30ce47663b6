// SPDX-License-Identifier: Apache-2.0
// Who decides in a simulated cluster, and the parts that the consolidating policies of A. Beloglazov and R. Buyya are
// put together from: Optimal online deterministic algorithms and adaptive heuristics for energy and performance
// efficient dynamic consolidation of virtual machines in cloud data centers, Concurrency and Computation: Practice and
// Experience 24(13), 2012.
#pragma once

#include "migralab/simulation/cluster_state.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace migralab::simulation {

/// A guest shall migrate.
struct Order {
  enum class Reason { overload, underload };
  GuestIndex guest = 0;
  HostIndex to = 0;
  Reason reason = Reason::overload;
};

class Balancer {
public:
  virtual ~Balancer() = default;
  /// Where a guest begins; nothing: no host can take it.
  [[nodiscard]] virtual std::optional<HostIndex> first_host(const ClusterState& state, GuestIndex guest) = 0;
  /// The migrations that are to begin now, `seconds` after the simulation's.
  [[nodiscard]] virtual std::vector<Order> decide(const ClusterState& state, double seconds) = 0;
  /// A migration that was ordered has ended.
  virtual void finished(GuestIndex guest, double seconds) = 0;
  /// That hosts would have sent each other, and a coordinator if there is one, for all its decisions so far;
  /// acknowledgements and those of hypervisors do not count.
  [[nodiscard]] virtual std::size_t messages() const = 0;
  /// How many hosts without guests stay on, for what may come.
  [[nodiscard]] virtual std::size_t reserve() const = 0;
};

class Detect {
public:
  virtual ~Detect() = default;
  /// The host has to be relieved; with `with`: it would have to be, had it that guest too.
  [[nodiscard]] virtual bool
  overloaded(const ClusterState& state, HostIndex host, std::optional<GuestIndex> with) const = 0;
};

class Select {
public:
  virtual ~Select() = default;
  /// The next guest that leaves an overloaded host; nothing: none can.
  [[nodiscard]] virtual std::optional<GuestIndex> next(const ClusterState& state, HostIndex host) = 0;
};

class Place {
public:
  virtual ~Place() = default;
  /// One of `candidates`, which are in ascending order; nothing: none can take it.
  [[nodiscard]] virtual std::optional<HostIndex>
  host_for(const ClusterState& state, GuestIndex guest, std::span<const HostIndex> candidates) const = 0;
};

/// Constants of the policies that are for simulated clusters only, with the defaults of their publications and of
/// CloudSim's examples.
struct ConsolidationParameters {
  double threshold = 0.8;  ///< of thr: share of a host that guests may demand
  double safety = 0;       ///< of mad, iqr, lr, lrr; 0: the published 2.5, 1.5, 1.2, 1.2
  double fallback = 0.7;   ///< of the same: threshold while there are too few samples
  double otf = 0.1;        ///< of otf: share of the time in which guests may demand all that a host has
  double interval_s = 300; ///< between samples: lr and lrr look a migration's time ahead
  /// The line of lr and lrr goes by weights, as published. CloudSim 4.0 computes them and then leaves them out.
  bool weighted = true;
  /// Hosts that take guests of overloaded ones are not emptied in the same round. CloudSim 4.0 means to, but asks a
  /// list that is still empty.
  bool spare_receivers = true;
  std::size_t reserve = 0;     ///< empty hosts that stay on (oVirt's HostsInReserve)
  std::size_t transitions = 0; ///< hosts that are emptied in a round, at most (oVirt: 1); 0: any number
  std::uint64_t seed = 1;      ///< of rs and zhao-2009
  double weight = 0.5;         ///< of zhao-2009: of processors, against the network
};

/// As CloudSim 4.0 decides, defects included.
[[nodiscard]] ConsolidationParameters decisions_of_cloudsim();

struct BalancerInfo {
  std::string name; ///< "thr-mmt", ...
  std::string about;
};

/// "none", every detection with every selection, and "zhao-2009".
[[nodiscard]] std::vector<BalancerInfo> balancers();

/// The `safety` of a policy as published; 1 for those that have none, and for an unknown policy.
[[nodiscard]] double published_safety(const std::string& name);

/// Throws Error (exit code 2) for an unknown name and for constants that make no sense.
[[nodiscard]] std::unique_ptr<Balancer>
make_balancer(const std::string& name, const ConsolidationParameters& parameters = {});

} // namespace migralab::simulation
