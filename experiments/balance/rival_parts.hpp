// SPDX-License-Identifier: Apache-2.0
// Parts of the policies that ferreira-2013 is compared with (docs/policies.md has their sources).
#pragma once

#include "published_parts.hpp"
#include "relief.hpp"

#include <random>
#include <span>

namespace migralab::balance {

/// Guests in the order of their cost, each to the first host that takes it, until the host is at its target. Several
/// may leave, and go on leaving in later rounds. Khanna et al. 2006; Wood et al. 2007.
class OneAfterTheOther : public Select {
public:
  /// `swaps`: where no host takes a guest, it may be exchanged for one of another host.
  explicit OneAfterTheOther(Cost cost, bool swaps = false) : cost_(std::move(cost)), swaps_(swaps) {}
  void relieve(Round& round, Place& place, const Pace& pace, HostRecord& record) override;

private:
  Cost cost_;
  bool swaps_;
};
/// The less a guest uses, the cheaper: by its volume. Khanna et al. 2006.
[[nodiscard]] double least_used(const Round& round, GuestIndex guest, double volume);
/// The reciprocal of the volume-to-size ratio: much load for little memory leaves first. Wood et al. 2007.
[[nodiscard]] double size_of_volume(const Round& round, GuestIndex guest, double volume);

/// As Switches, and a host waits while its next sample is not expected above the limit, too. Wood et al. 2007.
class Forecast : public Switches {
public:
  void observe(const Round& round, const std::vector<HostIndex>& overloaded, PacingState& state) const override;
  [[nodiscard]] std::string host_waits(const Round& round, HostIndex host) const override;
};
/// The sample after these by an autoregressive process of order 1: m + phi (newest - m), m their mean, phi their
/// autocorrelation at lag 1; m where they do not vary. At least one sample.
[[nodiscard]] double next_by_ar1(std::span<const double> samples);

/// A resource exceeds the threshold that was learnt.
class OverLearnt : public Detect {
public:
  [[nodiscard]] std::vector<HostIndex> overloaded(const Round& round) const override;
};
/// As Switches, and learns the threshold from what migrations were good for. In the spirit of Choi et al. 2008.
class Learning : public Switches {
public:
  void observe(const Round& round, const std::vector<HostIndex>& overloaded, PacingState& state) const override;
};

/// A host that gives a guest takes none in the same round: what is left of it is not known yet.
[[nodiscard]] bool gives(const Round& round, HostIndex host);

/// Every host that has guests and is busier than another: none waits for a limit. Zhao and Huang 2009.
class Everybody : public Detect {
public:
  [[nodiscard]] std::vector<HostIndex> overloaded(const Round& round) const override;
};
/// A host draws another by lot, and gives it the guest that brings the two closest, the likelier the more they differ.
class ByComparison : public Select {
public:
  explicit ByComparison(unsigned seed) : lots_(seed) {}
  void relieve(Round& round, Place& place, const Pace& pace, HostRecord& record) override;

private:
  std::mt19937 lots_;
};

/// By how much the hosts of a cluster differ.
enum class Spread {
  drs,        ///< standard deviation of the larger share of processors and memory
  watcher,    ///< standard deviations of processors and of memory, added up
  cloudstack, ///< standard deviation by mean, of processors or of memory, whichever is larger
  hbal        ///< standard deviations of processors, of memory and of network, added up
};
/// Of the hosts as they will be, without those that are to be emptied.
[[nodiscard]] double spread_of(const Round& round, Spread kind);
/// 1 (most urgent) to 5: 6 - ceil(spread / (0.1 sqrt(hosts))), VMware DRS.
[[nodiscard]] unsigned drs_priority(double spread, std::size_t hosts);

/// Hosts differ too much: those above the average, the fullest first.
class Uneven : public Detect {
public:
  explicit Uneven(Spread kind) : kind_(kind) {}
  [[nodiscard]] std::vector<HostIndex> overloaded(const Round& round) const override;

private:
  Spread kind_;
};
/// The move that lowers the spread most, one for each host and round, as long as it lowers it enough.
class Evener : public Select {
public:
  explicit Evener(Spread kind) : kind_(kind) {}
  void relieve(Round& round, Place& place, const Pace& pace, HostRecord& record) override;

private:
  Spread kind_;
};

} // namespace migralab::balance
