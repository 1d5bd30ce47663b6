// SPDX-License-Identifier: Apache-2.0
// The parts of ferreira-2013. Others use them where they differ in less than all four.
#pragma once

#include "migralab/balance/parts.hpp"
#include "relief.hpp"
#include "room_tree.hpp"

namespace migralab::balance {

/// 5.1: a resource exceeds the limit. The fullest host, by volume, comes first.
class OverLimit : public Detect {
public:
  [[nodiscard]] std::vector<HostIndex> overloaded(const Round& round) const override;
};

/// 5.2 and 6: the cheapest guest that relieves the source and has a destination, else the cheapest combination.
class CheapestFirst : public Select {
public:
  explicit CheapestFirst(Cost cost) : cost_(std::move(cost)) {}

  void relieve(Round& round, Place& place, const Pace& pace, HostRecord& record) override;

private:
  Cost cost_;
};
/// That of the publication.
[[nodiscard]] double cobb_douglas(const Round& round, GuestIndex guest, double volume);

/// The first host of an order that can take the guest. The order is that of the round's beginning.
class FirstThatFits : public Place {
public:
  void begin(const Round& round) override;
  [[nodiscard]] std::vector<HostIndex>
  destinations(const Round& round, const Candidate& candidate, std::size_t most) const override;
  [[nodiscard]] std::span<const HostIndex> preference(const Candidate& candidate) const override;
  void changed(const Round& round, HostIndex host) override;

protected:
  /// All hosts, the one that is preferred first.
  [[nodiscard]] virtual std::vector<HostIndex> order(const Round& round) = 0;

private:
  std::vector<HostIndex> order_;
  std::vector<std::size_t> position_; // of each host in the order
  std::optional<RoomTree> tree_;
};

/// 5.3: the host with the least resources left. The publication does not say how three resources are one number; here
/// it is its own measure of use, the volume: what is left is (1 - cpu) (1 - mem) (1 - net).
class Fullest : public FirstThatFits {
protected:
  [[nodiscard]] std::vector<HostIndex> order(const Round& round) override;
};

/// The host with most resources left, by the same measure as Fullest.
class Emptiest : public FirstThatFits {
protected:
  [[nodiscard]] std::vector<HostIndex> order(const Round& round) override;
};

/// No source takes part while a guest is leaving it (6); the other rules are switches, all off by default.
class Switches : public Pace {
public:
  void observe(const Round& round, const std::vector<HostIndex>& overloaded, PacingState& state) const override;
  [[nodiscard]] std::string host_waits(const Round& round, HostIndex host) const override;
  [[nodiscard]] std::string guest_waits(const Round& round, GuestIndex guest) const override;
  [[nodiscard]] double highest_peak(const Round& round, HostIndex source) const override;
};

/// How many periods later a round is. A host that is overloaded asks for a round once in each; rounds that other hosts
/// ask for in between tell the same of it again.
[[nodiscard]] std::uint64_t periods_between(Instant earlier, Instant later, Nanoseconds period);

/// Hosts by volume, the fullest first, those of equal volume by name.
[[nodiscard]] std::vector<HostIndex>
by_volume(const Round& round, std::vector<HostIndex> hosts, const std::function<const Load&(HostIndex)>& load_of);

} // namespace migralab::balance
