// SPDX-License-Identifier: Apache-2.0
#include "combination.hpp"
#include "published_parts.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

namespace migralab::balance {

namespace {

/// The cheapest guest that relieves the host, else the cheapest combination.
class CheapestEnough {
public:
  CheapestEnough(Round& round, Relief& relief, HostRecord& record, std::vector<Leaving>& guests)
      : round_(round), relief_(relief), record_(record), guests_(guests) {}

  void run() {
    if (!move_one()) {
      move_several();
    }
  }

private:
  bool move_one() {
    for (Leaving& guest : guests_) {
      if (!within(guest.record->source_after, record_.target)) {
        guest.record->verdict = Verdict::too_little;
      } else if (const auto hosts = relief_.destinations(guest, 1); !hosts.empty()) {
        relief_.explain(guest, hosts.front());
        relief_.plan(guest, hosts.front());
        record_.outcome = HostRecord::Outcome::relieved;
        return true;
      }
    }
    return false;
  }

  void move_several() {
    std::vector<Leaving*> able;
    const std::vector<Leaver> leavers = leavers_with_destination(able);
    const Combination found = cheapest_combination(
        leavers,
        relief_.load() - all_of(record_.target),
        round_.parameters().largest_combination,
        round_.parameters().search_limit);
    record_.steps = found.steps;
    record_.searched_all = found.complete;
    // All are explained as the round stands before any of them moves.
    for (std::size_t i = 0; i < found.members.size(); ++i) {
      relief_.explain(*able[found.members[i]], found.destinations[i], found.destinations);
    }
    for (std::size_t i = 0; i < found.members.size(); ++i) {
      relief_.plan(*able[found.members[i]], found.destinations[i]);
    }
    if (found.members.empty()) {
      record_.why = why_no_way(leavers);
    } else {
      record_.outcome = HostRecord::Outcome::relieved;
    }
  }

  std::vector<Leaver> leavers_with_destination(std::vector<Leaving*>& able) {
    const std::size_t most = std::min<std::size_t>(guests_.size(), round_.parameters().largest_combination);
    std::vector<Leaver> leavers;
    for (Leaving& guest : guests_) {
      if (guest.record->verdict == Verdict::no_destination) {
        continue;
      }
      std::vector<HostIndex> hosts = relief_.destinations(guest, most);
      if (!hosts.empty()) {
        able.push_back(&guest);
        leavers.push_back({guest.candidate.cost, guest.share, std::move(hosts)});
      }
    }
    return leavers;
  }

  [[nodiscard]] std::string why_no_way(const std::vector<Leaver>& leavers) const {
    Load rest = relief_.load();
    for (const Leaving& guest : guests_) {
      rest -= guest.share;
    }
    if (!within(rest, record_.target)) {
      return "it would stay above the target even without all the guests that may leave it";
    }
    if (leavers.empty()) {
      return "no host can take any of its guests";
    }
    return record_.searched_all
               ? "no combination of its guests relieves it and has a destination for each"
               : fmt::format("the search for a combination was given up after {} steps (search_limit)", record_.steps);
  }

  Round& round_;
  Relief& relief_;
  HostRecord& record_;
  std::vector<Leaving>& guests_;
};

} // namespace

double cobb_douglas(const Round& round, GuestIndex guest, double volume) {
  const Parameters& parameters = round.parameters();
  return migration_cost(volume, round.cluster().guests[guest].image_mb, parameters.alpha, parameters.beta);
}

void CheapestFirst::relieve(Round& round, Place& place, const Pace& pace, HostRecord& record) {
  Relief relief(round, place, record);
  if (record.trigger == HostRecord::Trigger::evacuating) {
    relief.move_all(pace, cost_);
    return;
  }
  const double highest_peak = pace.highest_peak(round, record.host);
  record.target = std::min(round.parameters().target, highest_peak);
  std::vector<Leaving> guests = relief.weigh(pace, cost_, highest_peak);
  if (!guests.empty()) {
    CheapestEnough(round, relief, record, guests).run();
  }
}

} // namespace migralab::balance
