// SPDX-License-Identifier: Apache-2.0
#include "migralab/simulation/gap.hpp"

#include "migralab/balance/optimum.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace migralab::simulation {

namespace {

constexpr std::size_t most_hosts = 8;
constexpr std::size_t most_guests = 30;
constexpr std::size_t most_moves = 4;
constexpr std::size_t most_steps = 200'000;

bool at_rest(const ClusterState& state) {
  for (GuestIndex guest = 0; guest < state.guests(); ++guest) {
    if (state.in_flight(guest)) {
      return false;
    }
  }
  return true;
}

/// What guests demand of their hosts, whether or not there is enough.
balance::Cluster cluster_of(const ClusterState& state) {
  balance::Cluster cluster;
  for (HostIndex host = 0; host < state.hosts(); ++host) {
    const HostSpec& spec = state.host(host);
    // Of memory or network that nobody has told of, nobody has too little.
    balance::Host there{
        fmt::format("{}", host), {}, {spec.mips(), spec.memory_mb > 0 ? spec.memory_mb : 1e9, spec.net_mbit}};
    for (const GuestIndex guest : state.guests_of(host)) {
      const balance::Load demand{state.request(guest), state.memory_used_mb(guest), state.net_used_mbit(guest)};
      const balance::Load share = demand / there.capacity;
      there.load += share;
      cluster.guests.push_back({fmt::format("{}", guest), host, share, 1});
    }
    cluster.hosts.push_back(std::move(there));
  }
  return cluster;
}

/// Once all have ended.
double hottest_after(const ClusterState& before, const std::vector<Order>& orders) {
  ClusterState state = before;
  for (const Order& order : orders) {
    for (HostIndex host = 0; host < state.hosts(); ++host) {
      const auto guests = state.guests_of(host);
      if (std::find(guests.begin(), guests.end(), order.guest) != guests.end()) {
        state.take(order.guest, host);
        break;
      }
    }
    state.put(order.guest, order.to);
  }
  return balance::hottest(cluster_of(state));
}

} // namespace

std::vector<Order> GapMeter::decide(const ClusterState& state, double seconds) {
  std::vector<Order> orders = inner_.decide(state, seconds);
  const bool small = state.hosts() <= most_hosts && state.guests() <= most_guests && orders.size() <= most_moves;
  if (!orders.empty() && small && at_rest(state)) {
    const balance::Optimum best = balance::coolest(cluster_of(state), orders.size(), most_steps);
    if (best.proven) {
      sum_ += std::max(hottest_after(state, orders) - best.hottest, 0.0); // rounding
      ++judged_;
    }
  }
  return orders;
}

} // namespace migralab::simulation
