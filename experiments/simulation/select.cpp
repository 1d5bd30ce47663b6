// SPDX-License-Identifier: Apache-2.0
#include "line.hpp"
#include "parts.hpp"

#include <algorithm>

namespace migralab::simulation {

namespace {

std::vector<GuestIndex> movable(const ClusterState& state, HostIndex host) {
  std::vector<GuestIndex> guests;
  for (const GuestIndex guest : state.guests_of(host)) {
    if (!state.in_flight(guest)) {
      guests.push_back(guest);
    }
  }
  return guests;
}

/// The guest with the least `measure`; of equals the one that came first.
template <typename Measure>
std::optional<GuestIndex> least(const ClusterState& state, HostIndex host, const Measure& measure) {
  std::optional<GuestIndex> found;
  for (const GuestIndex guest : state.guests_of(host)) {
    if (!state.in_flight(guest) && (!found || measure(guest) < measure(*found))) {
      found = guest;
    }
  }
  return found;
}

} // namespace

std::optional<GuestIndex> MinimumMigrationTime::next(const ClusterState& state, HostIndex host) {
  return least(state, host, [&](GuestIndex guest) { return state.guest(guest).memory_mb; });
}

std::optional<GuestIndex> MinimumUtilization::next(const ClusterState& state, HostIndex host) {
  return least(state, host, [&](GuestIndex guest) { return state.request(guest) / state.guest(guest).mips(); });
}

std::optional<GuestIndex> RandomSelection::next(const ClusterState& state, HostIndex host) {
  const std::vector<GuestIndex> guests = movable(state, host);
  return guests.empty() ? std::nullopt : std::optional(guests[random_.below(guests.size())]);
}

std::optional<GuestIndex> MaximumCorrelation::next(const ClusterState& state, HostIndex host) {
  const std::vector<GuestIndex> guests = movable(state, host);
  if (guests.empty() || state.history().size() <= guests.size()) { // nothing would be left unexplained
    return fallback_.next(state, host);
  }
  std::vector<std::vector<double>> series;
  for (const GuestIndex guest : guests) {
    const auto past = state.history().of(guest);
    series.emplace_back(past.begin(), past.end());
  }
  const std::vector<double> shares = explained(series);
  return guests[static_cast<std::size_t>(std::max_element(shares.begin(), shares.end()) - shares.begin())];
}

} // namespace migralab::simulation
