// SPDX-License-Identifier: Apache-2.0
// The four parts of a policy, each replaceable: which hosts need relief, which of their guests leave, where these go,
// and how often anything may happen at all.
#pragma once

#include "migralab/balance/round.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace migralab::balance {

class Detect {
public:
  virtual ~Detect() = default;
  /// The overloaded hosts, the one that is most in need first. The order depends on names and loads, never on indices.
  [[nodiscard]] virtual std::vector<HostIndex> overloaded(const Round& round) const = 0;
};

class Place {
public:
  virtual ~Place() = default;
  /// A new round; the other methods speak of it.
  virtual void begin(const Round& round) = 0;
  /// Up to `most` hosts that can take the guest, best first.
  [[nodiscard]] virtual std::vector<HostIndex>
  destinations(const Round& round, const Candidate& candidate, std::size_t most) const = 0;
  /// All hosts, whether they can or not, in the order in which they would be taken: for records.
  [[nodiscard]] virtual std::span<const HostIndex> preference(const Candidate& candidate) const = 0;
  /// A guest was planned for it.
  virtual void changed(const Round& round, HostIndex host) = 0;
};

class Pace {
public:
  virtual ~Pace() = default;
  /// Takes note of the hosts that are overloaded in this round.
  virtual void observe(const Round& round, const std::vector<HostIndex>& overloaded, PacingState& state) const = 0;
  /// Why an overloaded host has to wait; empty: it may be relieved now.
  [[nodiscard]] virtual std::string host_waits(const Round& round, HostIndex host) const = 0;
  /// Why a guest has to stay; empty: it may move now.
  [[nodiscard]] virtual std::string guest_waits(const Round& round, GuestIndex guest) const = 0;
  /// The largest share that source and destination may have after a move that is worth making.
  [[nodiscard]] virtual double highest_peak(const Round& round, HostIndex source) const = 0;
};

class Select {
public:
  virtual ~Select() = default;
  /// Plans the moves that relieve the record's host (or empty it, where it is evacuating) and completes the record.
  virtual void relieve(Round& round, Place& place, const Pace& pace, HostRecord& record) = 0;
};

struct Parts {
  std::unique_ptr<Detect> detect;
  std::unique_ptr<Select> select;
  std::unique_ptr<Place> place;
  std::unique_ptr<Pace> pace;
};

} // namespace migralab::balance
