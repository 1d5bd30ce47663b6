// SPDX-License-Identifier: Apache-2.0
// Hosts and guests at one moment, in arrays, with a sum for each host that follows every change. The simulator has one
// that is true; a balancer plans on a copy.
//
// Guests of a host are in the order in which they came. Sums are added up in that order, so that a sum does not depend
// on how it came about.
#pragma once

#include "migralab/simulation/history.hpp"
#include "migralab/simulation/scenario.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <vector>

namespace migralab::simulation {

/// Refers to the scenario and the history that it is made from, which must outlive it and its copies.
class ClusterState {
public:
  ClusterState(const Scenario& scenario, const History& history);

  [[nodiscard]] std::size_t hosts() const { return members_.size(); }
  [[nodiscard]] std::size_t guests() const { return request_.size(); }
  [[nodiscard]] const HostSpec& host(HostIndex host) const { return scenario_->hosts[host]; }
  [[nodiscard]] const GuestSpec& guest(GuestIndex guest) const { return scenario_->guests[guest]; }
  [[nodiscard]] const Model& model() const { return scenario_->model; }
  /// Hosts of equal number are equal in all but their name.
  [[nodiscard]] unsigned kind(HostIndex host) const { return kind_[host]; }
  [[nodiscard]] const History& history() const { return *history_; }

  /// Guests that it holds, those that come to it too.
  [[nodiscard]] std::span<const GuestIndex> guests_of(HostIndex host) const { return members_[host]; }
  [[nodiscard]] bool in_flight(GuestIndex guest) const { return flights_[guest] > 0; }
  [[nodiscard]] bool arriving(GuestIndex guest, HostIndex host) const {
    const auto& coming = arrivals_[host];
    return !coming.empty() && std::find(coming.begin(), coming.end(), guest) != coming.end();
  }

  /// Being copied, to wherever.
  [[nodiscard]] bool migrating(GuestIndex guest) const { return flights_[guest] > waits_[guest]; }

  /// MIPS that a guest demands.
  [[nodiscard]] double request(GuestIndex guest) const { return request_[guest]; }
  /// What the guest uses of the memory that it has, where the trace tells; else all of it.
  [[nodiscard]] double memory_used_mb(GuestIndex guest) const;
  /// Received and sent, where the trace tells; else 0.
  [[nodiscard]] double net_used_mbit(GuestIndex guest) const;
  /// MIPS that the guests of a host demand, all together.
  [[nodiscard]] double requested(HostIndex host) const { return sums_[host].requested; }
  /// MIPS that are left; 0 where it is asked for more than it has.
  [[nodiscard]] double free_mips(HostIndex host) const;
  /// MIPS that its guests get; those that come to it count as if they were there.
  [[nodiscard]] double committed(HostIndex host) const { return sums_[host].committed; }
  /// What a host gives to its guests, as it was measured last: a share of its MIPS. Planning does not change it.
  [[nodiscard]] double measured(HostIndex host) const { return measured_[host]; }
  /// It has guests; where a guest that demands nothing is off (Model::nothing_is_off), some that do.
  [[nodiscard]] bool in_use(HostIndex host) const {
    return scenario_->model.nothing_is_off ? measured_[host] > 0 : !members_[host].empty();
  }
  /// It has cores that are fast enough, MIPS, and, where sizes bind, memory and network.
  [[nodiscard]] bool takes(HostIndex host, GuestIndex guest) const;

  using Past = std::array<double, History::depth>;
  /// What its guests used of the host, the newest first, with one more where `with` is given: how many samples there
  /// are, without the zeros at the far end.
  std::size_t past(HostIndex host, std::optional<GuestIndex> with, Past& shares) const;

  /// The guest is there from now on; where else it is does not change.
  void put(GuestIndex guest, HostIndex host);
  void take(GuestIndex guest, HostIndex host);

  // For the simulator.
  void set_request(GuestIndex guest, double mips) { request_[guest] = mips; }
  void set_sample(std::size_t sample) { sample_ = sample; } ///< of the trace, for what it tells beside processors
  void set_measured(HostIndex host, double share) { measured_[host] = share; }
  void let_sizes_bind(bool bind) { sizes_bind_ = bind; }
  /// Its guests keep what they take of the host, and demand nothing so far.
  void without_work(HostIndex host) { sums_[host].requested = 0; }
  /// A guest begins to come to a host; it is where it was, too. Or it has come, or will not. `waits`: for the host,
  /// which is not on yet; nothing is copied, so that nobody loses anything, until stop_waiting().
  void begin_arrival(GuestIndex guest, HostIndex host, bool waits = false);
  void stop_waiting(GuestIndex guest, HostIndex host);
  void end_arrival(GuestIndex guest, HostIndex host);
  /// After requests have changed, or the history.
  void recount(HostIndex host);
  /// MIPS that each guest of the host gets, in their order: all that it demands while there is enough, else all the
  /// same part of it; less for those that migrate (Model::lost_while_migrating).
  void share_out(HostIndex host, std::vector<double>& given) const;

private:
  struct Sums {
    double requested = 0; // by guests, whatever they could get
    double required = 0;  // that the host has to find
    double committed = 0;
    double memory_mb = 0;
    double net_mbit = 0;
  };

  [[nodiscard]] bool waiting(GuestIndex guest, HostIndex host) const {
    const auto& all = waiting_[host];
    return !all.empty() && std::find(all.begin(), all.end(), guest) != all.end();
  }
  [[nodiscard]] double limited(HostIndex host, GuestIndex guest) const;
  void add_to(Sums& sums, HostIndex host, GuestIndex guest) const;
  void add_past(Past& sum, HostIndex host, GuestIndex guest) const;

  const Scenario* scenario_;
  const History* history_;
  bool sizes_bind_ = true;
  std::size_t sample_ = 0;
  std::vector<unsigned> kind_;
  std::vector<double> mips_; // of hosts
  std::vector<std::vector<GuestIndex>> members_;
  std::vector<Sums> sums_;
  std::vector<double> measured_;
  std::vector<double> request_;
  std::vector<unsigned> flights_;
  std::vector<unsigned> waits_;                   // of these
  std::vector<std::vector<GuestIndex>> arrivals_; // by hosts
  std::vector<std::vector<GuestIndex>> waiting_;  // by hosts; of these
  // What guests of a host used together, summed up when it is asked for.
  mutable std::vector<Past> past_;
  mutable std::vector<char> past_known_;
};

} // namespace migralab::simulation
