// SPDX-License-Identifier: Apache-2.0
#include "migralab/balance/policy.hpp"

#include <algorithm>

namespace migralab::balance {

namespace {

constexpr auto day = std::chrono::hours(24); // no cooldown is longer

void forget_old(std::vector<Instant>& ends, Instant now) {
  std::erase_if(ends, [&](Instant end) { return now - end > day; });
}

std::vector<Resource> over(const Load& load, double limit) {
  std::vector<Resource> resources;
  for (const auto& [resource, share] :
       {std::pair{Resource::cpu, load.cpu}, {Resource::mem, load.mem}, {Resource::net, load.net}}) {
    if (share > limit + load_tolerance) {
      resources.push_back(resource);
    }
  }
  return resources;
}

std::vector<HostIndex> evacuating(const Round& round) {
  std::vector<HostIndex> hosts;
  for (HostIndex host = 0; host < round.cluster().hosts.size(); ++host) {
    if (round.cluster().hosts[host].evacuating && !round.guests_of(host).empty()) {
      hosts.push_back(host);
    }
  }
  std::sort(hosts.begin(), hosts.end(), [&](HostIndex a, HostIndex b) {
    return round.cluster().hosts[a].name < round.cluster().hosts[b].name;
  });
  return hosts;
}

} // namespace

void Policy::relieve(Round& round, HostIndex host, HostRecord::Trigger trigger, double limit, Decision& decision) {
  HostRecord& record = decision.records.emplace_back();
  record.host = host;
  record.trigger = trigger;
  record.load = round.cluster().hosts[host].load;
  record.limit = limit;
  record.over = over(record.load, limit);
  record.target = parameters_.target - (parameters_.overload - limit);
  if (trigger != HostRecord::Trigger::evacuating) {
    record.why = parts_.pace->host_waits(round, host);
  }
  if (record.why.empty()) {
    parts_.select->relieve(round, *parts_.place, *parts_.pace, record);
  } else {
    record.outcome = HostRecord::Outcome::paced;
  }
}

Decision Policy::decide(const Cluster& cluster, Instant now) {
  forget_old_moves(now);
  Round round(cluster, parameters_, state_, now);
  parts_.place->begin(round);
  const double limit = threshold_of(state_, parameters_); // before this round teaches another one
  const std::vector<HostIndex> overloaded = parts_.detect->overloaded(round);
  parts_.pace->observe(round, overloaded, state_);
  Decision decision;
  for (const HostIndex host : overloaded) {
    if (!cluster.hosts[host].evacuating) {
      const bool is_over = !within(cluster.hosts[host].load, limit);
      relieve(round, host, is_over ? HostRecord::Trigger::overloaded : HostRecord::Trigger::uneven, limit, decision);
    }
  }
  for (const HostIndex host : evacuating(round)) {
    relieve(round, host, HostRecord::Trigger::evacuating, limit, decision);
  }
  (parameters_.advise ? decision.advice : decision.moves) = round.moves();
  return decision;
}

void Policy::forget_old_moves(Instant now) {
  for (auto& [guest, ends] : state_.moved) {
    forget_old(ends, now);
  }
  std::erase_if(state_.moved, [](const auto& entry) { return entry.second.empty(); });
}

void Policy::started(const Move& move) {
  dropped(move.guest);
  state_.in_flight.push_back(move);
}

void Policy::dropped(const std::string& guest) {
  std::erase_if(state_.in_flight, [&](const Move& move) { return move.guest == guest; });
}

void Policy::finished(const std::string& guest, Instant ended) {
  for (const Move& move : state_.in_flight) {
    if (move.guest == guest) { // what both ends were busy with tells nothing of how busy they are from now on
      state_.overloaded.erase(move.from);
      state_.overloaded.erase(move.to);
    }
  }
  dropped(guest);
  std::vector<Instant>& ends = state_.moved[guest]; // those of others: once a round is enough
  forget_old(ends, ended);
  ends.push_back(ended);
}

} // namespace migralab::balance
