// SPDX-License-Identifier: Apache-2.0
#include "parts.hpp"

#include <algorithm>
#include <cmath>

namespace migralab::simulation {

namespace {

constexpr std::size_t of_a_comparison = 2; // the question, and the answer
constexpr std::size_t of_a_migration = 2;  // the offer, and that it is taken

} // namespace

/// A host's weighted use of processors and network, as it is planned; what it does not have, nobody uses.
double CompareAndBalance::cost(HostIndex host) const {
  double net_mbit = 0;
  for (const GuestIndex guest : plan_->guests_of(host)) {
    net_mbit += plan_->net_used_mbit(guest);
  }
  return share_of(host, plan_->requested(host), net_mbit);
}

double CompareAndBalance::share_of(HostIndex host, double mips, double net_mbit) const {
  const HostSpec& spec = plan_->host(host);
  return weight_ * mips / spec.mips() + (1 - weight_) * net_mbit / spec.net_mbit;
}

std::optional<HostIndex> CompareAndBalance::first_host(const ClusterState& state, GuestIndex guest) {
  return first_that_takes(state, guest);
}

std::vector<Order> CompareAndBalance::decide(const ClusterState& state, double /*seconds*/) {
  plan_ = state;
  ordered_.assign(state.guests(), 0);
  std::vector<Order> orders;
  if (state.hosts() < 2) {
    return orders;
  }
  for (HostIndex host = 0; host < state.hosts(); ++host) {
    const auto drawn = static_cast<HostIndex>(random_.below(state.hosts() - 1));
    const HostIndex other = drawn < host ? drawn : drawn + 1;
    messages_ += of_a_comparison;
    const double here = cost(host);
    const double there = cost(other);
    // The lot is drawn in any case, so that what one pair does not change the lots of the next.
    const bool lot = random_.uniform() * here < here - there;
    if (const auto guest = lot ? evening(host, other, here, there) : std::nullopt) {
      messages_ += of_a_migration;
      plan_->take(*guest, host);
      plan_->put(*guest, other);
      ordered_[*guest] = 1;
      orders.push_back({*guest, other, Order::Reason::overload});
    }
  }
  return orders;
}

/// The guest that leaves the two hosts closest to each other, and closer than they are.
std::optional<GuestIndex> CompareAndBalance::evening(HostIndex host, HostIndex other, double here, double there) const {
  std::optional<GuestIndex> found;
  double least = here - there;
  for (const GuestIndex guest : plan_->guests_of(host)) {
    if (ordered_[guest] != 0 || plan_->in_flight(guest) || !plan_->takes(other, guest)) {
      continue;
    }
    const double net_mbit = plan_->net_used_mbit(guest);
    const double mips = plan_->request(guest);
    const double apart = std::abs(here - share_of(host, mips, net_mbit) - there - share_of(other, mips, net_mbit));
    if (apart < least) {
      least = apart;
      found = guest;
    }
  }
  return found;
}

} // namespace migralab::simulation
