// SPDX-License-Identifier: Apache-2.0
#include "migralab/balance/round.hpp"

#include <algorithm>

namespace migralab::balance {

Round::Round(const Cluster& cluster, const Parameters& parameters, const PacingState& pacing, Instant now)
    : cluster_(cluster), parameters_(parameters), pacing_(pacing), now_(now), coming_(cluster.hosts.size()),
      leaving_(cluster.hosts.size()) {
  index_guests();
  expected_.reserve(cluster.hosts.size());
  for (const Host& host : cluster.hosts) {
    expected_.push_back(host.load);
  }
  settled_ = expected_;
  for (const Group& group : cluster.groups) {
    for (const GuestIndex guest : group.guests) {
      groups_[guest].push_back(&group);
    }
  }
  if (!pacing.in_flight.empty()) {
    std::unordered_map<std::string_view, HostIndex> hosts;
    for (HostIndex host = 0; host < cluster.hosts.size(); ++host) {
      hosts.emplace(cluster.hosts[host].name, host);
    }
    for (const Move& move : pacing.in_flight) {
      take_off(move, hosts);
    }
  }
  room_.resize(cluster.hosts.size());
  for (HostIndex host = 0; host < cluster.hosts.size(); ++host) {
    measure_room(host);
  }
}

/// Sorts guests by host, by counting: guests of host h are those from guests_begin_[h] to guests_begin_[h + 1].
void Round::index_guests() {
  guests_begin_.assign(cluster_.hosts.size() + 1, 0);
  for (const Guest& guest : cluster_.guests) {
    ++guests_begin_[guest.host + 1];
  }
  for (std::size_t host = 1; host < guests_begin_.size(); ++host) {
    guests_begin_[host] += guests_begin_[host - 1];
  }
  guests_.resize(cluster_.guests.size());
  std::vector<std::uint32_t> next(guests_begin_.begin(), guests_begin_.end() - 1);
  for (GuestIndex guest = 0; guest < cluster_.guests.size(); ++guest) {
    guests_[next[cluster_.guests[guest].host]++] = guest;
  }
}

std::span<const GuestIndex> Round::guests_of(HostIndex host) const {
  return std::span(guests_).subspan(guests_begin_[host], guests_begin_[host + 1] - guests_begin_[host]);
}

std::optional<GuestIndex> Round::guest_on(HostIndex host, const std::string& name) const {
  const auto guests = guests_of(host);
  const auto found =
      std::find_if(guests.begin(), guests.end(), [&](GuestIndex guest) { return cluster_.guests[guest].name == name; });
  return found == guests.end() ? std::nullopt : std::optional(*found);
}

/// A guest that is in flight: on its source as measured, expected at its destination until it is measured there.
void Round::take_off(const Move& move, const std::unordered_map<std::string_view, HostIndex>& hosts) {
  const auto from = hosts.find(move.from);
  const auto to = hosts.find(move.to);
  std::optional<GuestIndex> guest;
  if (from != hosts.end()) {
    ++leaving_[from->second];
    guest = guest_on(from->second, move.guest);
    settled_[from->second] -= guest ? cluster_.guests[*guest].load : Load{};
  }
  if (to == hosts.end()) {
    return; // that host is no longer there
  }
  ++coming_[to->second];
  if (const auto arrived = guest_on(to->second, move.guest)) {
    guest = arrived;
  } else {
    expect(to->second, move.demand);
  }
  if (guest) {
    going_[*guest] = to->second;
  }
}

void Round::expect(HostIndex host, const Load& demand) {
  const Load share = demand / cluster_.hosts[host].capacity;
  expected_[host] += share;
  settled_[host] += share;
}

void Round::measure_room(HostIndex host) {
  const Host& there = cluster_.hosts[host];
  const bool closed = there.evacuating || coming_[host] >= parameters_.inbound;
  room_[host] = closed ? all_of(-1) : (all_of(parameters_.ceiling + load_tolerance) - expected_[host]) * there.capacity;
}

Load Round::demand(GuestIndex guest) const {
  const Guest& one = cluster_.guests[guest];
  return one.load * cluster_.hosts[one.host].capacity;
}

Load Round::with(const Candidate& candidate, HostIndex host) const {
  return expected_[host] + candidate.demand / cluster_.hosts[host].capacity;
}

std::optional<HostIndex> Round::going(GuestIndex guest) const {
  const auto found = going_.find(guest);
  return found == going_.end() ? std::nullopt : std::optional(found->second);
}

Rule Round::judge(const Candidate& candidate, HostIndex host) const {
  const Host& there = cluster_.hosts[host];
  if (cluster_.guests[candidate.guest].host == host) {
    return Rule::source;
  }
  if (there.evacuating) {
    return Rule::evacuating;
  }
  if (coming_[host] >= parameters_.inbound) {
    return Rule::inbound;
  }
  if (!groups_.empty()) {
    if (const Rule rule = judge_groups(candidate.guest, host); rule != Rule::taken) {
      return rule;
    }
  }
  const Load& room = room_[host];
  if (candidate.demand.cpu > room.cpu) {
    return Rule::cpu;
  }
  if (candidate.demand.mem > room.mem) {
    return Rule::mem;
  }
  if (candidate.demand.net > room.net) {
    return Rule::net;
  }
  return within(with(candidate, host), candidate.highest_peak) ? Rule::taken : Rule::no_gain;
}

Rule Round::judge_groups(GuestIndex guest, HostIndex host) const {
  const auto groups = groups_.find(guest);
  if (groups == groups_.end()) {
    return Rule::taken;
  }
  const HostIndex source = cluster_.guests[guest].host;
  for (const Group* group : groups->second) {
    bool somewhere = false;
    bool here = false;
    for (const GuestIndex mate : group->guests) {
      const HostIndex is = cluster_.guests[mate].host;
      const HostIndex will_be = going(mate).value_or(is);
      if (mate == guest) {
        continue;
      }
      if (group->kind == Group::Kind::apart && (is == host || will_be == host)) {
        return Rule::apart;
      }
      // Who leaves an evacuating host first chooses for those who stay with it.
      somewhere = somewhere || will_be != source || !cluster_.hosts[source].evacuating;
      here = here || will_be == host;
    }
    if (group->kind == Group::Kind::together && somewhere && !here) {
      return Rule::together;
    }
  }
  return Rule::taken;
}

void Round::plan(GuestIndex guest, HostIndex to) {
  const Guest& one = cluster_.guests[guest];
  moves_.push_back({one.name, cluster_.hosts[one.host].name, cluster_.hosts[to].name, demand(guest)});
  settled_[one.host] -= one.load;
  going_[guest] = to;
  ++coming_[to];
  expect(to, moves_.back().demand);
  measure_room(to);
}

} // namespace migralab::balance
