// SPDX-License-Identifier: Apache-2.0
#include "relief.hpp"

#include <algorithm>
#include <limits>

namespace migralab::balance {

std::vector<Leaving> Relief::weigh(const Pace& pace, const Cost& cost, double highest_peak) {
  const std::vector<Guest>& guests = round_.cluster().guests;
  const auto here = round_.guests_of(record_.host);
  record_.guests.reserve(here.size());
  for (const GuestIndex guest : here) {
    GuestRecord& weighed = record_.guests.emplace_back();
    weighed.guest = guest;
    weighed.volume = volume(guests[guest].load);
    weighed.cost = cost(round_, guest, weighed.volume);
    weighed.source_after = load_ - guests[guest].load;
  }
  std::sort(record_.guests.begin(), record_.guests.end(), [&](const GuestRecord& a, const GuestRecord& b) {
    return a.cost != b.cost ? a.cost < b.cost : guests[a.guest].name < guests[b.guest].name;
  });
  std::vector<Leaving> leaving;
  leaving.reserve(here.size());
  for (GuestRecord& weighed : record_.guests) {
    weighed.why = pace.guest_waits(round_, weighed.guest);
    if (!weighed.why.empty()) {
      weighed.verdict = Verdict::paced;
      continue;
    }
    const Candidate candidate{weighed.guest, weighed.volume, weighed.cost, round_.demand(weighed.guest), highest_peak};
    leaving.push_back({candidate, guests[weighed.guest].load, &weighed});
  }
  if (here.empty()) {
    record_.why = "it has no guest that could leave";
  } else if (leaving.empty()) {
    record_.outcome = HostRecord::Outcome::paced;
    record_.why = "every guest of it has to stay for now";
  }
  return leaving;
}

std::vector<HostIndex> Relief::destinations(Leaving& guest, std::size_t most) {
  std::vector<HostIndex> hosts = place_.destinations(round_, guest.candidate, most);
  if (hosts.empty()) {
    guest.record->verdict = Verdict::no_destination;
    explain(guest, std::nullopt, {});
  }
  return hosts;
}

void Relief::plan(Leaving& guest, HostIndex to) {
  const Load before = round_.expected(to);
  round_.plan(guest.candidate.guest, to);
  place_.changed(round_, to);
  guest.record->verdict = Verdict::moves;
  load_ -= guest.share;
  record_.predictions.front().after -= guest.share;
  const auto known = std::find_if(
      record_.predictions.begin(), record_.predictions.end(), [&](const Prediction& one) { return one.host == to; });
  if (known == record_.predictions.end()) {
    record_.predictions.push_back({to, before, round_.expected(to)});
  } else {
    known->after = round_.expected(to);
  }
}

void Relief::move_all(const Pace& pace, const Cost& cost) {
  std::vector<Leaving> guests = weigh(pace, cost, std::numeric_limits<double>::infinity());
  if (guests.empty()) {
    return;
  }
  std::size_t moved = 0;
  for (Leaving& guest : guests) {
    if (const auto hosts = destinations(guest, 1); !hosts.empty()) {
      explain(guest, hosts.front());
      plan(guest, hosts.front());
      ++moved;
    }
  }
  if (moved == record_.guests.size()) {
    record_.outcome = HostRecord::Outcome::relieved;
  } else if (moved > 0 || guests.size() < record_.guests.size()) {
    record_.outcome = HostRecord::Outcome::partly;
    record_.why = "the other guests wait for another round";
  } else {
    record_.why = "no host can take any of its guests";
  }
}

void Relief::explain(Leaving& guest, std::optional<HostIndex> taken, const std::vector<HostIndex>& occupied) {
  const auto hosts = place_.preference(guest.candidate);
  const auto looked_at = hosts.first(std::min(hosts.size(), counted_destinations));
  GuestRecord& record = *guest.record;
  record.destinations.clear();
  record.others.fill(0);
  bool taken_is_listed = false;
  for (const HostIndex host : looked_at) {
    Rule rule = host == taken ? Rule::taken : round_.judge(guest.candidate, host);
    if (rule == Rule::source) {
      continue;
    }
    if (rule == Rule::taken && host != taken) {
      rule = std::find(occupied.begin(), occupied.end(), host) == occupied.end() ? Rule::unneeded : Rule::contended;
    }
    if (record.destinations.size() < listed_destinations) {
      record.destinations.push_back({host, round_.with(guest.candidate, host), rule});
      taken_is_listed = taken_is_listed || host == taken;
    } else if (host != taken) {
      ++record.others[static_cast<std::size_t>(rule)];
    }
  }
  if (taken && !taken_is_listed) {
    record.destinations.push_back({*taken, round_.with(guest.candidate, *taken), Rule::taken});
  }
  record.not_looked_at = hosts.size() - looked_at.size();
}

} // namespace migralab::balance
