// SPDX-License-Identifier: Apache-2.0
#include "live_policy.hpp"

#include "parts.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

namespace migralab::simulation {

namespace {

constexpr double least_image_mb = 1; // a cost needs one above 0

Instant instant(double seconds) {
  return Instant(std::chrono::duration_cast<Instant::duration>(std::chrono::duration<double>(seconds)));
}

/// What a host does not have, nobody uses.
double share_of(double amount, double capacity) {
  return capacity > 0 ? std::min(amount / capacity, 1.0) : 0;
}

balance::Load as_shares(const balance::Load& load, double most_cpu) {
  const auto share = [](double value, double most) { return std::clamp(value, 0.0, most); };
  return {share(load.cpu, most_cpu), share(load.mem, 1), share(load.net, 1)};
}

balance::Load capacity_of(const HostSpec& host) {
  return {host.mips(), host.memory_mb > 0 ? host.memory_mb : 1, host.net_mbit};
}

} // namespace

LivePolicy::LivePolicy(balance::Policy policy, Sight sight)
    : policy_(std::move(policy)), sight_(sight),
      fresh_(policy_.parameters().mu, std::nullopt, policy_.parameters().adaptive_mu) {}

std::optional<HostIndex> LivePolicy::first_host(const ClusterState& state, GuestIndex guest) {
  return first_that_takes(state, guest);
}

void LivePolicy::begin(const ClusterState& state) {
  for (HostIndex host = 0; host < state.hosts(); ++host) {
    const HostSpec& spec = state.host(host);
    cluster_.hosts.push_back({spec.name, {}, capacity_of(spec), false});
    hosts_.emplace(spec.name, host);
  }
  for (GuestIndex guest = 0; guest < state.guests(); ++guest) {
    names_.push_back(state.guest(guest).name);
    guests_.emplace(names_.back(), guest);
  }
  host_averages_.assign(state.hosts(), fresh_);
  guest_averages_.assign(state.guests(), fresh_);
  ways_.assign(state.guests(), {});
  gone_.assign(state.hosts(), {});
  come_.assign(state.hosts(), {});
  busy_lately_.assign(state.hosts(), 0);
}

void LivePolicy::sample(const ClusterState& state) {
  cluster_.guests.clear();
  asking_ = 0;
  for (HostIndex host = 0; host < state.hosts(); ++host) {
    sample(state, host);
  }
}

void LivePolicy::sample(const ClusterState& state, HostIndex host) {
  const HostSpec& spec = state.host(host);
  const auto members = state.guests_of(host);
  const bool migrates =
      std::any_of(members.begin(), members.end(), [&](GuestIndex guest) { return state.in_flight(guest); });
  const bool counts = !migrates && busy_lately_[host] == 0;
  busy_lately_[host] = migrates ? 1 : 0;
  const auto averaged = [counts](balance::Smoother& average, const balance::Load& load) {
    return counts || !average.value() ? average.add(load) : *average.value();
  };
  std::vector<double> given;
  state.share_out(host, given);
  const bool inside = sight_ == Sight::inside;
  const double most_cpu = inside ? std::numeric_limits<double>::infinity() : 1;
  balance::Load all{inside ? 0 : share_of(state.measured(host), 1), 0, 0};
  for (std::size_t i = 0; i < members.size(); ++i) {
    const GuestIndex guest = members[i];
    if (state.arriving(guest, host)) {
      continue;
    }
    const double memory_mb = state.memory_used_mb(guest);
    const balance::Load used{
        inside ? state.request(guest) / spec.mips() : share_of(given[i], spec.mips()),
        share_of(memory_mb, spec.memory_mb),
        share_of(state.net_used_mbit(guest), spec.net_mbit)};
    all.cpu += inside ? used.cpu : 0;
    all.mem = std::min(all.mem + used.mem, 1.0);
    all.net = std::min(all.net + used.net, 1.0);
    cluster_.guests.push_back(
        {state.guest(guest).name, host, averaged(guest_averages_[guest], used), std::max(memory_mb, least_image_mb)});
  }
  if (counts) {
    gone_[host] = {};
    come_[host].clear();
  }
  // Of a host whose guests have changed since its last sample that counts: without who left, with who came.
  balance::Load told = averaged(host_averages_[host], all) - gone_[host];
  for (const GuestIndex guest : come_[host]) {
    told += guest_averages_[guest].value().value_or(balance::Load{});
  }
  cluster_.hosts[host].load = as_shares(told, most_cpu);
  asking_ += counts && !balance::within(cluster_.hosts[host].load, policy_.parameters().asks_above()) ? 1U : 0U;
}

std::vector<Order> LivePolicy::decide(const ClusterState& state, double seconds) {
  if (cluster_.hosts.empty()) {
    begin(state);
  }
  sample(state);
  std::vector<Order> orders;
  if (asking_ == 0) {
    return orders;
  }
  for (const balance::Move& move : policy_.decide(cluster_, instant(seconds)).moves) {
    const GuestIndex guest = guests_.at(move.guest);
    ways_[guest] = {hosts_.at(move.from), hosts_.at(move.to)};
    policy_.started(move);
    orders.push_back({guest, hosts_.at(move.to), Order::Reason::overload});
  }
  // docs/protocol.md: who asks, and is answered; all are asked, and answer; of each migration its order, and its end.
  messages_ += 2 * asking_ + 2 * state.hosts() + 2 * orders.size();
  return orders;
}

void LivePolicy::finished(GuestIndex guest, double seconds) {
  policy_.finished(names_[guest], instant(seconds));
  const Way& way = ways_[guest];
  auto& came = come_[way.from];
  if (const auto lately = std::find(came.begin(), came.end(), guest); lately != came.end()) {
    came.erase(lately); // it went on before a sample counted
  } else {
    gone_[way.from] += guest_averages_[guest].value().value_or(balance::Load{});
  }
  come_[way.to].push_back(guest);
  busy_lately_[way.from] = busy_lately_[way.to] = 1;
  guest_averages_[guest] = fresh_;
}

} // namespace migralab::simulation
