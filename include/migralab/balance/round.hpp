// SPDX-License-Identifier: Apache-2.0
// One round of decisions as it stands: the cluster as measured, the guests in flight, and what was planned so far. What
// a destination can take is judged here, the same way for every policy.
#pragma once

#include "migralab/balance/pacing.hpp"
#include "migralab/balance/parameters.hpp"

#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace migralab::balance {

/// A guest that may leave its host.
struct Candidate {
  GuestIndex guest = 0;
  double volume = 0;
  double cost = 0;
  Load demand;             ///< in the unit of the capacities
  double highest_peak = 0; ///< that its destination may come to
};

/// Refers to the cluster, parameters and state that it is made from, which must outlive it.
class Round {
public:
  Round(const Cluster& cluster, const Parameters& parameters, const PacingState& pacing, Instant now);

  [[nodiscard]] const Cluster& cluster() const { return cluster_; }
  [[nodiscard]] const Parameters& parameters() const { return parameters_; }
  [[nodiscard]] const PacingState& pacing() const { return pacing_; }
  [[nodiscard]] Instant now() const { return now_; }

  [[nodiscard]] std::span<const GuestIndex> guests_of(HostIndex host) const;
  /// Of a guest, in the unit of the capacities.
  [[nodiscard]] Load demand(GuestIndex guest) const;
  /// Measured, and with what comes to it; what leaves it still counts. Shares.
  [[nodiscard]] const Load& expected(HostIndex host) const { return expected_[host]; }
  /// As expected, and without what leaves it, in flight or planned. Shares.
  [[nodiscard]] const Load& settled(HostIndex host) const { return settled_[host]; }
  /// What it can take up to the ceiling, in the unit of the capacities; below zero where it may take no guest at all.
  [[nodiscard]] const Load& room(HostIndex host) const { return room_[host]; }
  /// `taken` where nothing speaks against it.
  [[nodiscard]] Rule judge(const Candidate& candidate, HostIndex host) const;
  /// Its share of every resource with that guest.
  [[nodiscard]] Load with(const Candidate& candidate, HostIndex host) const;

  /// Where the guest is going, in flight or planned.
  [[nodiscard]] std::optional<HostIndex> going(GuestIndex guest) const;
  /// Guests in flight from it.
  [[nodiscard]] unsigned leaving(HostIndex host) const { return leaving_[host]; }

  /// Plans a move: the destination keeps room and a slot for it.
  void plan(GuestIndex guest, HostIndex to);
  [[nodiscard]] const std::vector<Move>& moves() const { return moves_; }

private:
  void index_guests();
  void take_off(const Move& move, const std::unordered_map<std::string_view, HostIndex>& hosts);
  [[nodiscard]] std::optional<GuestIndex> guest_on(HostIndex host, const std::string& name) const;
  void expect(HostIndex host, const Load& demand);
  void measure_room(HostIndex host);
  [[nodiscard]] Rule judge_groups(GuestIndex guest, HostIndex host) const;

  const Cluster& cluster_;
  const Parameters& parameters_;
  const PacingState& pacing_;
  Instant now_;
  // Per host, in arrays of their own: a decision looks at thousands of them.
  std::vector<std::uint32_t> guests_begin_;
  std::vector<GuestIndex> guests_;
  std::vector<Load> expected_;
  std::vector<Load> settled_;
  std::vector<Load> room_;
  std::vector<unsigned> coming_;
  std::vector<unsigned> leaving_;
  std::unordered_map<GuestIndex, HostIndex> going_;
  std::unordered_map<GuestIndex, std::vector<const Group*>> groups_;
  std::vector<Move> moves_;
};

} // namespace migralab::balance
