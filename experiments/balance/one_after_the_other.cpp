// SPDX-License-Identifier: Apache-2.0
#include "rival_parts.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace migralab::balance {

namespace {

constexpr std::size_t partners = 64; // hosts that are asked for an exchange, the first choices

/// A guest of the host for one of another, where no host has room for it as it is.
class Exchange {
public:
  Exchange(Round& round, Place& place, const Pace& pace, const Cost& cost, Relief& relief, HostRecord& record)
      : round_(round), place_(place), pace_(pace), cost_(cost), relief_(relief), record_(record) {}

  bool run(std::vector<Leaving>& guests) {
    for (Leaving& guest : guests) {
      if (guest.record->verdict == Verdict::moves) {
        continue;
      }
      const auto hosts = place_.preference(guest.candidate);
      for (const HostIndex host : hosts.first(std::min(hosts.size(), partners))) {
        if (const auto back = partner(guest, host)) {
          carry_out(guest, host, *back);
          return true;
        }
      }
    }
    return false;
  }

private:
  /// It is the lack of room alone that speaks against the guest.
  [[nodiscard]] bool only_full(const Candidate& candidate, HostIndex host) const {
    const Rule rule = round_.judge(candidate, host);
    return rule == Rule::cpu || rule == Rule::mem || rule == Rule::net || rule == Rule::no_gain || rule == Rule::taken;
  }

  /// The dearest guest of that host (least load for its memory) that makes room for this one, and whose coming leaves
  /// the host relieved. While both are under way their memory is on both hosts: it has to fit.
  [[nodiscard]] std::optional<GuestIndex> partner(const Leaving& guest, HostIndex host) const {
    const Parameters& parameters = round_.parameters();
    if (!only_full(guest.candidate, host) || !within(round_.expected(host), parameters.overload) ||
        round_.with(guest.candidate, host).mem > 1 + load_tolerance) {
      return std::nullopt;
    }
    const Load& capacity = round_.cluster().hosts[record_.host].capacity;
    std::optional<GuestIndex> found;
    double dearest = 0;
    for (const GuestIndex other : round_.guests_of(host)) {
      const Load& load = round_.cluster().guests[other].load;
      const Load here = round_.demand(other) / capacity;
      const double cost = cost_(round_, other, volume(load));
      const bool fits = within(round_.with(guest.candidate, host) - load, parameters.ceiling) &&
                        within(relief_.load() - guest.share + here, record_.target) &&
                        round_.expected(record_.host).mem + here.mem <= 1 + load_tolerance;
      if (!fits || (found && !(cost > dearest)) || round_.going(other) || !pace_.guest_waits(round_, other).empty()) {
        continue;
      }
      const Candidate candidate{other, volume(load), cost, round_.demand(other), guest.candidate.highest_peak};
      if (only_full(candidate, record_.host)) {
        found = other;
        dearest = cost;
      }
    }
    return found;
  }

  void carry_out(Leaving& guest, HostIndex host, GuestIndex back) {
    const Guest& other = round_.cluster().guests[back];
    const Load here = round_.demand(back) / round_.cluster().hosts[record_.host].capacity;
    relief_.explain(guest, host);
    relief_.plan(guest, host);
    round_.plan(back, record_.host);
    place_.changed(round_, record_.host);
    for (Prediction& prediction : record_.predictions) {
      prediction.after += prediction.host == record_.host ? here : Load{};
      prediction.after -= prediction.host == host ? other.load : Load{};
    }
    record_.outcome = HostRecord::Outcome::relieved;
    record_.why = fmt::format(
        "{} is exchanged for {} of {}",
        round_.cluster().guests[guest.candidate.guest].name,
        other.name,
        round_.cluster().hosts[host].name);
  }

  Round& round_;
  Place& place_;
  const Pace& pace_;
  const Cost& cost_;
  Relief& relief_;
  HostRecord& record_;
};

} // namespace

double least_used(const Round& /*round*/, GuestIndex /*guest*/, double volume) {
  return volume;
}

double size_of_volume(const Round& round, GuestIndex guest, double volume) {
  return round.cluster().guests[guest].image_mb / volume;
}

void OneAfterTheOther::relieve(Round& round, Place& place, const Pace& pace, HostRecord& record) {
  Relief relief(round, place, record);
  if (record.trigger == HostRecord::Trigger::evacuating) {
    relief.move_all(pace, cost_);
    return;
  }
  const double highest_peak = pace.highest_peak(round, record.host);
  record.target = std::min(record.target, highest_peak);
  std::vector<Leaving> guests = relief.weigh(pace, cost_, highest_peak);
  bool some = false;
  for (Leaving& guest : guests) {
    if (within(relief.load(), record.target)) {
      break;
    }
    if (const auto hosts = relief.destinations(guest, 1); !hosts.empty()) {
      relief.explain(guest, hosts.front());
      relief.plan(guest, hosts.front());
      some = true;
    }
  }
  if (within(relief.load(), record.target)) {
    record.outcome = HostRecord::Outcome::relieved;
  } else if (guests.empty() || (swaps_ && Exchange(round, place, pace, cost_, relief, record).run(guests))) {
    return; // the record says it
  } else if (some) {
    record.outcome = HostRecord::Outcome::partly;
    record.why = "no host can take any other of its guests";
  } else {
    record.why = "no host can take any of its guests";
  }
}

} // namespace migralab::balance
