// SPDX-License-Identifier: Apache-2.0
// COMPARE_AND_BALANCE for a whole cluster at once: one round of what hosts do among themselves. Zhao and Huang 2009.
#include "rival_parts.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <numeric>

namespace migralab::balance {

namespace {

double cost_of(const Round& round, const Load& load) {
  const double weight = round.parameters().weight;
  return weight * load.cpu + (1 - weight) * load.net;
}

} // namespace

std::vector<HostIndex> Everybody::overloaded(const Round& round) const {
  std::vector<HostIndex> hosts(round.cluster().hosts.size());
  std::iota(hosts.begin(), hosts.end(), HostIndex(0));
  double least = std::numeric_limits<double>::infinity();
  for (const HostIndex host : hosts) {
    least = std::min(least, cost_of(round, round.expected(host)));
  }
  std::erase_if(hosts, [&](HostIndex host) {
    return round.guests_of(host).empty() || cost_of(round, round.settled(host)) <= least + load_tolerance;
  });
  return hosts;
}

void ByComparison::relieve(Round& round, Place& place, const Pace& pace, HostRecord& record) {
  const Cost whole = [](const Round&, GuestIndex, double volume) { return volume; };
  Relief relief(round, place, record);
  if (record.trigger == HostRecord::Trigger::evacuating) {
    relief.move_all(pace, whole);
    return;
  }
  const auto& hosts = round.cluster().hosts;
  if (hosts.size() < 2) {
    record.why = "there is no other host";
    return;
  }
  const auto drawn = static_cast<HostIndex>(lots_() % (hosts.size() - 1));
  const HostIndex other = drawn < record.host ? drawn : drawn + 1;
  const auto cost = [&round](const Load& load) { return cost_of(round, load); };
  const double here = cost(round.settled(record.host));
  const double there = cost(round.expected(other));
  const double lot = static_cast<double>(lots_()) / (static_cast<double>(std::mt19937::max()) + 1);
  if (lot * here >= here - there || gives(round, other)) {
    record.why = fmt::format(
        "compared with {}: it is as busy, gives a guest itself, or the lot was against it", hosts[other].name);
    return;
  }
  double least = here - there;
  Leaving* leaver = nullptr;
  std::vector<Leaving> guests = relief.weigh(pace, whole, std::numeric_limits<double>::infinity());
  for (Leaving& guest : guests) {
    const Load added = guest.candidate.demand / hosts[other].capacity;
    const double apart = std::abs(cost(round.settled(record.host) - guest.share) - cost(round.expected(other) + added));
    if (apart < least - load_tolerance && round.judge(guest.candidate, other) == Rule::taken) {
      least = apart;
      leaver = &guest;
    }
  }
  if (leaver == nullptr) {
    record.why = fmt::format("compared with {}: no guest that it takes brings the two closer", hosts[other].name);
    return;
  }
  relief.explain(*leaver, other);
  relief.plan(*leaver, other);
  record.outcome = HostRecord::Outcome::relieved;
  record.why = fmt::format("compared with {}", hosts[other].name);
}

} // namespace migralab::balance
