// SPDX-License-Identifier: Apache-2.0
#include "migralab/simulation/cluster_state.hpp"

#include <algorithm>
#include <cmath>

namespace migralab::simulation {

namespace {

bool alike(const HostSpec& a, const HostSpec& b) {
  return a.cores == b.cores && a.core_mips == b.core_mips && a.memory_mb == b.memory_mb && a.net_mbit == b.net_mbit &&
         a.power == b.power && a.wake_s == b.wake_s && a.boot_joules == b.boot_joules;
}

std::vector<unsigned> kinds_of(const std::vector<HostSpec>& hosts) {
  std::vector<unsigned> kinds;
  std::vector<const HostSpec*> found;
  for (const HostSpec& host : hosts) {
    const auto same = std::find_if(found.begin(), found.end(), [&](const HostSpec* one) { return alike(*one, host); });
    kinds.push_back(static_cast<unsigned>(same - found.begin()));
    if (same == found.end()) {
      found.push_back(&host);
    }
  }
  return kinds;
}

} // namespace

ClusterState::ClusterState(const Scenario& scenario, const History& history)
    : scenario_(&scenario), history_(&history), kind_(kinds_of(scenario.hosts)), members_(scenario.hosts.size()),
      sums_(scenario.hosts.size()), measured_(scenario.hosts.size()), request_(scenario.guests.size()),
      flights_(scenario.guests.size()), waits_(scenario.guests.size()), arrivals_(scenario.hosts.size()),
      waiting_(scenario.hosts.size()), past_known_(scenario.hosts.size()) {
  for (const HostSpec& host : scenario.hosts) {
    mips_.push_back(host.mips());
  }
}

double ClusterState::memory_used_mb(GuestIndex guest) const {
  const Trace& trace = scenario_->trace;
  const double has = scenario_->guests[guest].memory_mb;
  return trace.mem.empty() ? has : has * trace.mem[guest * trace.steps + sample_];
}

double ClusterState::net_used_mbit(GuestIndex guest) const {
  constexpr double mbit_of_a_kilobyte = 8e-3;
  const Trace& trace = scenario_->trace;
  return trace.net.empty() ? 0 : trace.net[guest * trace.steps + sample_] * mbit_of_a_kilobyte;
}

double ClusterState::free_mips(HostIndex host) const {
  return std::max(mips_[host] - sums_[host].required, 0.0);
}

bool ClusterState::takes(HostIndex host, GuestIndex guest) const {
  const double wanted = request_[guest];
  const HostSpec& there = scenario_->hosts[host];
  const GuestSpec& one = scenario_->guests[guest];
  if (free_mips(host) < wanted || wanted > there.core_mips * one.cores) {
    return false;
  }
  return !sizes_bind_ || (sums_[host].memory_mb + one.memory_mb <= there.memory_mb &&
                          sums_[host].net_mbit + one.net_mbit <= there.net_mbit);
}

double ClusterState::limited(HostIndex host, GuestIndex guest) const {
  return std::min(request_[guest], scenario_->hosts[host].core_mips * scenario_->guests[guest].cores);
}

void ClusterState::add_to(Sums& sums, HostIndex host, GuestIndex guest) const {
  const double lost = scenario_->model.lost_while_migrating;
  const double most = limited(host, guest);
  const bool comes = arriving(guest, host);
  sums.requested += waiting(guest, host) ? 0 : request_[guest];
  sums.required += comes ? most * lost : most;
  sums.committed += comes || !migrating(guest) ? most : most * (1 - lost);
  sums.memory_mb += scenario_->guests[guest].memory_mb;
  sums.net_mbit += scenario_->guests[guest].net_mbit;
}

void ClusterState::put(GuestIndex guest, HostIndex host) {
  members_[host].push_back(guest);
  if (past_known_[host] != 0) {
    add_past(past_[host], host, guest);
  }
  add_to(sums_[host], host, guest);
  if (sums_[host].required > mips_[host]) {
    recount(host);
  }
}

void ClusterState::take(GuestIndex guest, HostIndex host) {
  auto& members = members_[host];
  members.erase(std::find(members.begin(), members.end(), guest));
  recount(host);
}

void ClusterState::begin_arrival(GuestIndex guest, HostIndex host, bool waits) {
  ++flights_[guest];
  arrivals_[host].push_back(guest);
  if (waits) {
    ++waits_[guest];
    waiting_[host].push_back(guest);
  }
  put(guest, host);
}

void ClusterState::stop_waiting(GuestIndex guest, HostIndex host) {
  --waits_[guest];
  std::erase(waiting_[host], guest);
}

void ClusterState::end_arrival(GuestIndex guest, HostIndex host) {
  --flights_[guest];
  arrivals_[host].erase(std::find(arrivals_[host].begin(), arrivals_[host].end(), guest));
  take(guest, host);
}

void ClusterState::recount(HostIndex host) {
  Sums sums;
  for (const GuestIndex guest : members_[host]) {
    add_to(sums, host, guest);
  }
  if (sums.required > mips_[host]) {
    std::vector<double> given;
    share_out(host, given);
    sums.committed = 0;
    for (std::size_t i = 0; i < given.size(); ++i) {
      const bool comes = arriving(members_[host][i], host);
      sums.committed += comes ? given[i] / scenario_->model.lost_while_migrating : given[i];
    }
  }
  sums_[host] = sums;
  past_known_[host] = 0;
}

void ClusterState::share_out(HostIndex host, std::vector<double>& given) const {
  const Model& model = scenario_->model;
  double required = 0; // not the sum that is kept: recount() asks before there is one
  for (const GuestIndex guest : members_[host]) {
    required += limited(host, guest) * (arriving(guest, host) ? model.lost_while_migrating : 1);
  }
  const bool enough = required <= mips_[host];
  const double part = enough ? 1 : mips_[host] / required;
  given.clear();
  for (const GuestIndex guest : members_[host]) {
    double mips = limited(host, guest);
    if (!enough) {
      mips *= part;
    }
    if (waiting(guest, host)) {
      mips = 0;
    } else if (migrating(guest)) {
      mips *= arriving(guest, host) ? model.lost_while_migrating : 1 - model.lost_while_migrating;
    }
    given.push_back(!enough && model.whole_mips ? std::floor(mips) : mips);
  }
}

void ClusterState::add_past(Past& sum, HostIndex host, GuestIndex guest) const {
  const std::span<const double> shares = history_->of(guest);
  const double mips = scenario_->guests[guest].mips();
  for (std::size_t age = 0; age < shares.size(); ++age) {
    sum[age] += shares[age] * mips / mips_[host];
  }
}

std::size_t ClusterState::past(HostIndex host, std::optional<GuestIndex> with, Past& shares) const {
  if (past_known_[host] == 0) {
    past_.resize(hosts());
    Past& sum = past_[host];
    sum.fill(0);
    for (const GuestIndex guest : members_[host]) {
      add_past(sum, host, guest);
    }
    past_known_[host] = 1;
  }
  shares = past_[host];
  if (with) {
    add_past(shares, host, *with);
  }
  std::size_t size = history_->size();
  while (size > 0 && shares[size - 1] == 0) {
    --size;
  }
  return size;
}

} // namespace migralab::simulation
