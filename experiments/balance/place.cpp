// SPDX-License-Identifier: Apache-2.0
#include "published_parts.hpp"

#include <algorithm>
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

std::vector<HostIndex> Emptiest::order(const Round& round) {
  std::vector<HostIndex> hosts(round.cluster().hosts.size());
  std::iota(hosts.begin(), hosts.end(), HostIndex(0));
  std::sort(hosts.begin(), hosts.end(), [&](HostIndex a, HostIndex b) {
    const double volume_a = volume(round.expected(a));
    const double volume_b = volume(round.expected(b));
    const std::vector<Host>& all = round.cluster().hosts;
    return volume_a != volume_b ? volume_a < volume_b : all[a].name < all[b].name;
  });
  return hosts;
}

} // namespace migralab::balance
