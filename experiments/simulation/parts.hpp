// SPDX-License-Identifier: Apache-2.0
// The parts of Beloglazov and Buyya 2012, and what puts them to work.
#pragma once

#include "migralab/simulation/balancer.hpp"
#include "migralab/simulation/random.hpp"

#include <utility>

namespace migralab::simulation {

/// Where guests begin whose policy has no word on it.
[[nodiscard]] std::optional<HostIndex> first_that_takes(const ClusterState& state, GuestIndex guest);

/// THR: guests demand more than a set share of the host.
class Threshold : public Detect {
public:
  explicit Threshold(double share) : share_(share) {}
  [[nodiscard]] bool
  overloaded(const ClusterState& state, HostIndex host, std::optional<GuestIndex> with) const override;

private:
  double share_;
};

/// MAD and IQR: the threshold is 1 less `safety` times how much the host's use has swung.
class SwingingThreshold : public Detect {
public:
  enum class Measure { median_deviation, quartile_range };
  SwingingThreshold(Measure measure, double safety, double fallback)
      : measure_(measure), safety_(safety), fallback_(fallback) {}
  [[nodiscard]] bool
  overloaded(const ClusterState& state, HostIndex host, std::optional<GuestIndex> with) const override;

private:
  Measure measure_;
  double safety_;
  Threshold fallback_;
};

/// LR and LRR: a line through the last ten samples comes to 1 by when a migration would have ended.
class Regression : public Detect {
public:
  enum class Kind { plain, robust };
  Regression(Kind kind, const ConsolidationParameters& parameters, double safety)
      : kind_(kind), weighted_(parameters.weighted), interval_s_(parameters.interval_s), safety_(safety),
        fallback_(parameters.fallback) {}
  [[nodiscard]] bool
  overloaded(const ClusterState& state, HostIndex host, std::optional<GuestIndex> with) const override;

private:
  Kind kind_;
  bool weighted_;
  double interval_s_;
  double safety_;
  Threshold fallback_;
};

/// OTF of OpenStack Neat: guests would demand all that the host has, in too large a share of the time, if a migration
/// began now and all its time were such.
class OverloadTime : public Detect {
public:
  OverloadTime(double share, double interval_s) : share_(share), interval_s_(interval_s) {}
  [[nodiscard]] bool
  overloaded(const ClusterState& state, HostIndex host, std::optional<GuestIndex> with) const override;

private:
  double share_;
  double interval_s_;
};

/// MMT: the guest with the least memory.
class MinimumMigrationTime : public Select {
public:
  [[nodiscard]] std::optional<GuestIndex> next(const ClusterState& state, HostIndex host) override;
};

/// MU: the guest that uses the least part of its own processors.
class MinimumUtilization : public Select {
public:
  [[nodiscard]] std::optional<GuestIndex> next(const ClusterState& state, HostIndex host) override;
};

/// RS: any, each as likely.
class RandomSelection : public Select {
public:
  explicit RandomSelection(std::uint64_t seed) : random_(seed) {}
  [[nodiscard]] std::optional<GuestIndex> next(const ClusterState& state, HostIndex host) override;

private:
  Random random_;
};

/// MC: the guest whose use the others' explain best (multiple correlation); MMT while there are too few samples.
class MaximumCorrelation : public Select {
public:
  [[nodiscard]] std::optional<GuestIndex> next(const ClusterState& state, HostIndex host) override;

private:
  MinimumMigrationTime fallback_;
};

/// PABFD, power aware best fit decreasing: the host that draws least more, and is not overloaded then.
class LeastPower : public Place {
public:
  explicit LeastPower(const Detect& detect) : detect_(detect) {}
  [[nodiscard]] std::optional<HostIndex>
  host_for(const ClusterState& state, GuestIndex guest, std::span<const HostIndex> candidates) const override;

private:
  const Detect& detect_;
};

/// Relieves overloaded hosts, then empties those that have least to do, as long as all their guests find a place.
class Consolidation : public Balancer {
public:
  Consolidation(
      std::unique_ptr<Detect> detect,
      std::unique_ptr<Select> select,
      const ConsolidationParameters& parameters)
      : detect_(std::move(detect)), select_(std::move(select)), place_(*detect_),
        spare_receivers_(parameters.spare_receivers), transitions_(parameters.transitions),
        reserve_(parameters.reserve) {}

  [[nodiscard]] std::optional<HostIndex> first_host(const ClusterState& state, GuestIndex guest) override;
  [[nodiscard]] std::vector<Order> decide(const ClusterState& state, double seconds) override;
  void finished(GuestIndex /*guest*/, double /*seconds*/) override {}
  [[nodiscard]] std::size_t messages() const override { return messages_; }
  [[nodiscard]] std::size_t reserve() const override { return reserve_; }

private:
  void relieve();
  void empty(const ClusterState& now); // before anything was planned
  bool move_all(HostIndex host);

  std::unique_ptr<Detect> detect_;
  std::unique_ptr<Select> select_;
  LeastPower place_;
  bool spare_receivers_;
  std::size_t transitions_; // of a round; 0: any number
  std::size_t reserve_;
  std::size_t messages_ = 0;
  // Of the round.
  std::optional<ClusterState> plan_;
  std::vector<HostIndex> candidates_; // hosts that guests may go to, in ascending order
  std::vector<char> takes_;           // hosts that guests were planned for
  std::vector<Order> orders_;
};

/// COMPARE_AND_BALANCE: without a coordinator. Every round each host asks one other, by lot, how busy it is, and gives
/// it a guest, the likelier the more the two differ. Zhao and Huang 2009.
class CompareAndBalance : public Balancer {
public:
  CompareAndBalance(double weight, std::uint64_t seed) : weight_(weight), random_(seed) {}

  [[nodiscard]] std::optional<HostIndex> first_host(const ClusterState& state, GuestIndex guest) override;
  [[nodiscard]] std::vector<Order> decide(const ClusterState& state, double seconds) override;
  void finished(GuestIndex /*guest*/, double /*seconds*/) override {}
  [[nodiscard]] std::size_t messages() const override { return messages_; }
  [[nodiscard]] std::size_t reserve() const override { return 0; }

private:
  [[nodiscard]] double cost(HostIndex host) const;
  [[nodiscard]] double share_of(HostIndex host, double mips, double net_mbit) const;
  [[nodiscard]] std::optional<GuestIndex> evening(HostIndex host, HostIndex other, double here, double there) const;

  double weight_;
  Random random_;
  std::size_t messages_ = 0;
  // Of the round.
  std::optional<ClusterState> plan_;
  std::vector<char> ordered_; // guests
};

} // namespace migralab::simulation
