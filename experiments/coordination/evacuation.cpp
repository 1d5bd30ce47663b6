// SPDX-License-Identifier: Apache-2.0
#include "migralab/coordination/evacuation.hpp"

#include <algorithm>

namespace migralab::coordination {

void Evacuation::mark(balance::Cluster& cluster) const {
  for (balance::Host& host : cluster.hosts) {
    host.evacuating = hosts_.contains(host.name);
  }
}

bool Evacuation::wants_round(const OrderBook& book) const {
  return std::any_of(hosts_.begin(), hosts_.end(), [&](const std::string& host) {
    return !empty_.contains(host) && !book.has_open_of(host);
  });
}

std::vector<HostEmptied> Evacuation::look_at(const Reports& reports, const std::vector<balance::Move>& in_flight) {
  std::vector<HostEmptied> emptied;
  for (const std::string& host : hosts_) {
    const auto report = reports.find(host);
    if (report == reports.end() || !report->second.problem.empty()) {
      continue; // nothing is known that was not known before
    }
    const bool moving = std::any_of(in_flight.begin(), in_flight.end(), [&](const balance::Move& move) {
      return move.from == host || move.to == host;
    });
    if (moving || !report->second.sample.guests.empty()) {
      empty_.erase(host);
    } else if (empty_.insert(host).second) {
      emptied.push_back({host});
    }
  }
  return emptied;
}

} // namespace migralab::coordination
