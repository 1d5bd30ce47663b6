// SPDX-License-Identifier: Apache-2.0
#include "published_parts.hpp"

#include <numeric>

namespace migralab::balance {

void FirstThatFits::begin(const Round& round) {
  order_ = order(round);
  position_.assign(order_.size(), 0);
  std::vector<Load> rooms;
  rooms.reserve(order_.size());
  for (const HostIndex host : order_) {
    position_[host] = rooms.size();
    rooms.push_back(round.room(host));
  }
  tree_.emplace(rooms);
}

std::vector<HostIndex>
FirstThatFits::destinations(const Round& round, const Candidate& candidate, std::size_t most) const {
  std::vector<HostIndex> hosts;
  std::size_t from = 0;
  while (hosts.size() < most) {
    const auto position = tree_->next(from, candidate.demand);
    if (!position) {
      break;
    }
    if (round.judge(candidate, order_[*position]) == Rule::taken) {
      hosts.push_back(order_[*position]);
    }
    from = *position + 1;
  }
  return hosts;
}

std::span<const HostIndex> FirstThatFits::preference(const Candidate& /*candidate*/) const {
  return order_;
}

void FirstThatFits::changed(const Round& round, HostIndex host) {
  tree_->set(position_[host], round.room(host));
}

std::vector<HostIndex> Fullest::order(const Round& round) {
  std::vector<HostIndex> hosts(round.cluster().hosts.size());
  std::iota(hosts.begin(), hosts.end(), HostIndex(0));
  return by_volume(round, std::move(hosts), [&](HostIndex host) -> const Load& { return round.expected(host); });
}

} // namespace migralab::balance
