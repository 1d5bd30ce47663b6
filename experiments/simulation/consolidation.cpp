// SPDX-License-Identifier: Apache-2.0
#include "parts.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace migralab::simulation {

namespace {

/// The busiest first; of equals, the one that stood before.
void sort_by_demand(const ClusterState& state, std::vector<GuestIndex>& guests) {
  std::stable_sort(
      guests.begin(), guests.end(), [&](GuestIndex a, GuestIndex b) { return state.request(a) > state.request(b); });
}

/// A guest could leave, and none comes.
bool can_be_emptied(const ClusterState& state, HostIndex host) {
  bool some = false;
  for (const GuestIndex guest : state.guests_of(host)) {
    if (state.arriving(guest, host)) {
      return false;
    }
    some = some || !state.in_flight(guest);
  }
  return some;
}

} // namespace

std::optional<HostIndex>
LeastPower::host_for(const ClusterState& state, GuestIndex guest, std::span<const HostIndex> candidates) const {
  double least = std::numeric_limits<double>::max();
  std::optional<HostIndex> best;
  std::uint64_t empty_kinds = 0; // empty hosts of a kind are all alike: the first speaks for them
  for (const HostIndex host : candidates) {
    const double committed = state.committed(host);
    if (committed == 0 && state.guests_of(host).empty() && state.measured(host) == 0 && state.kind(host) < 64) {
      const std::uint64_t bit = std::uint64_t{1} << state.kind(host);
      if ((empty_kinds & bit) != 0) {
        continue;
      }
      empty_kinds |= bit;
    }
    if (!state.takes(host, guest)) {
      continue;
    }
    const HostSpec& spec = state.host(host);
    const double more =
        spec.power.at((committed + state.request(guest)) / spec.mips()) - spec.power.at(state.measured(host));
    if (more < least && (committed == 0 || !detect_.overloaded(state, host, guest))) {
      least = more;
      best = host;
    }
  }
  return best;
}

std::optional<HostIndex> Consolidation::first_host(const ClusterState& state, GuestIndex guest) {
  candidates_.resize(state.hosts());
  std::iota(candidates_.begin(), candidates_.end(), HostIndex(0));
  return place_.host_for(state, guest, candidates_);
}

std::vector<Order> Consolidation::decide(const ClusterState& state, double /*seconds*/) {
  plan_ = state;
  takes_.assign(state.hosts(), 0);
  orders_.clear();
  relieve();
  empty(state);
  // Each host tells how it is; of each migration its order, and its end.
  messages_ += state.hosts() + 2 * orders_.size();
  return std::move(orders_);
}

void Consolidation::relieve() {
  ClusterState& plan = *plan_;
  std::vector<GuestIndex> leaving;
  candidates_.clear();
  for (HostIndex host = 0; host < plan.hosts(); ++host) {
    if (!detect_->overloaded(plan, host, std::nullopt)) {
      candidates_.push_back(host);
      continue;
    }
    do {
      const std::optional<GuestIndex> guest = select_->next(plan, host);
      if (!guest) {
        break;
      }
      leaving.push_back(*guest);
      plan.take(*guest, host);
    } while (detect_->overloaded(plan, host, std::nullopt));
  }
  sort_by_demand(plan, leaving);
  for (const GuestIndex guest : leaving) {
    if (const auto host = place_.host_for(plan, guest, candidates_)) {
      plan.put(guest, *host);
      takes_[*host] = 1;
      orders_.push_back({guest, *host, Order::Reason::overload});
    }
  }
}

void Consolidation::empty(const ClusterState& now) {
  ClusterState& plan = *plan_;
  // What hosts were measured at does not change while it is planned, so neither does their order.
  std::vector<HostIndex> order;
  for (const HostIndex host : candidates_) {
    const double share = plan.measured(host);
    if (now.in_use(host) && share < 1 && can_be_emptied(plan, host) && !(spare_receivers_ && takes_[host] != 0)) {
      order.push_back(host);
    }
  }
  std::stable_sort(
      order.begin(), order.end(), [&](HostIndex a, HostIndex b) { return plan.measured(a) < plan.measured(b); });
  std::erase_if(candidates_, [&](HostIndex host) { return !now.in_use(host); });
  std::fill(takes_.begin(), takes_.end(), 0);
  std::size_t emptied = 0;
  for (const HostIndex host : order) {
    if (takes_[host] == 0 && (transitions_ == 0 || emptied < transitions_)) {
      candidates_.erase(std::lower_bound(candidates_.begin(), candidates_.end(), host));
      emptied += move_all(host) ? 1U : 0U;
    }
  }
}

/// All of its guests, or none: false.
bool Consolidation::move_all(HostIndex host) {
  ClusterState& plan = *plan_;
  std::vector<GuestIndex> leaving;
  for (const GuestIndex guest : plan.guests_of(host)) {
    if (!plan.in_flight(guest)) {
      leaving.push_back(guest);
    }
  }
  sort_by_demand(plan, leaving);
  const std::size_t before = orders_.size();
  for (const GuestIndex guest : leaving) {
    const auto to = place_.host_for(plan, guest, candidates_);
    if (!to) { // all or none
      for (std::size_t i = before; i < orders_.size(); ++i) {
        plan.take(orders_[i].guest, orders_[i].to);
      }
      orders_.resize(before);
      return false;
    }
    plan.put(guest, *to);
    orders_.push_back({guest, *to, Order::Reason::underload});
  }
  for (std::size_t i = before; i < orders_.size(); ++i) {
    takes_[orders_[i].to] = 1;
  }
  return true;
}

} // namespace migralab::simulation
