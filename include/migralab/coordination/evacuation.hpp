// SPDX-License-Identifier: Apache-2.0
// The hosts that a coordinator is to empty, and which of them are. The moves are the policy's.
#pragma once

#include "migralab/coordination/order_book.hpp"

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace migralab::coordination {

class Evacuation {
public:
  explicit Evacuation(std::set<std::string> hosts) : hosts_(std::move(hosts)) {}

  /// For the policy.
  void mark(balance::Cluster& cluster) const;

  /// Whether a round is wanted: a host may have guests, and no order of it is open.
  [[nodiscard]] bool wants_round(const OrderBook& book) const;

  /// Hosts that have become empty, by a round's reports: no guest is there, in any state, and none is in flight from it
  /// or to it. One that guests appear on again is not empty any more.
  [[nodiscard]] std::vector<HostEmptied> look_at(const Reports& reports, const std::vector<balance::Move>& in_flight);

private:
  std::set<std::string> hosts_;
  std::set<std::string> empty_; // of these
};

} // namespace migralab::coordination
