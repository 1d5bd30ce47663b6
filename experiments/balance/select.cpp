// SPDX-License-Identifier: Apache-2.0
#include "combination.hpp"
#include "published_parts.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

namespace migralab::balance {

namespace {

/// A guest that may leave, as it stands in the record.
struct Option {
  Candidate candidate;
  Load share; // of the source's capacity
  GuestRecord* record = nullptr;
};

/// One host that is relieved.
class Relief {
public:
  Relief(Round& round, Place& place, const Pace& pace, HostRecord& record, const CheapestFirst::Cost& cost)
      : round_(round), place_(place), record_(record), evacuating_(record.trigger == HostRecord::Trigger::evacuating),
        highest_peak_(evacuating_ ? std::numeric_limits<double>::infinity() : pace.highest_peak(round, record.host)),
        target_(std::min(round.parameters().target, highest_peak_)), load_(round.expected(record.host)) {
    record_.target = target_;
    record_.predictions.push_back({record.host, load_, load_});
    weigh(pace, cost);
  }

  void run() {
    if (record_.guests.empty()) {
      record_.why = "it has no guest that could leave";
    } else if (options_.empty()) {
      record_.outcome = HostRecord::Outcome::paced;
      record_.why = "every guest of it has to stay for now";
    } else if (evacuating_) {
      move_all();
    } else if (!move_one()) {
      move_several();
    }
  }

private:
  /// All guests, cheapest first, and of these the ones that may move.
  void weigh(const Pace& pace, const CheapestFirst::Cost& cost) {
    const std::vector<Guest>& guests = round_.cluster().guests;
    const auto here = round_.guests_of(record_.host);
    record_.guests.reserve(here.size());
    options_.reserve(here.size());
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
    for (GuestRecord& weighed : record_.guests) {
      weighed.why = pace.guest_waits(round_, weighed.guest);
      if (!weighed.why.empty()) {
        weighed.verdict = Verdict::paced;
        continue;
      }
      const Candidate candidate{
          weighed.guest, weighed.volume, weighed.cost, round_.demand(weighed.guest), highest_peak_};
      options_.push_back({candidate, guests[weighed.guest].load, &weighed});
    }
  }

  void move_all() {
    std::size_t moved = 0;
    for (Option& option : options_) {
      moved += move_to_first(option) ? 1U : 0U;
    }
    if (moved == record_.guests.size()) {
      record_.outcome = HostRecord::Outcome::relieved;
    } else if (moved > 0 || moved + options_.size() < record_.guests.size()) {
      record_.outcome = HostRecord::Outcome::partly;
      record_.why = "the other guests wait for another round";
    } else {
      record_.why = "no host can take any of its guests";
    }
  }

  bool move_one() {
    for (Option& option : options_) {
      if (!within(option.record->source_after, target_)) {
        option.record->verdict = Verdict::too_little;
      } else if (move_to_first(option)) {
        record_.outcome = HostRecord::Outcome::relieved;
        return true;
      }
    }
    return false;
  }

  bool move_to_first(Option& option) {
    const auto hosts = place_.destinations(round_, option.candidate, 1);
    if (hosts.empty()) {
      option.record->verdict = Verdict::no_destination;
      record_destinations(option, std::nullopt, {});
      return false;
    }
    record_destinations(option, hosts.front(), {});
    move(option, hosts.front());
    return true;
  }

  void move_several() {
    std::vector<Option*> able;
    const std::vector<Leaver> leavers = leavers_with_destination(able);
    const Combination found = cheapest_combination(
        leavers, load_ - all_of(target_), round_.parameters().largest_combination, round_.parameters().search_limit);
    record_.steps = found.steps;
    record_.searched_all = found.complete;
    for (std::size_t i = 0; i < found.members.size(); ++i) {
      record_destinations(*able[found.members[i]], found.destinations[i], found.destinations);
    }
    for (std::size_t i = 0; i < found.members.size(); ++i) {
      move(*able[found.members[i]], found.destinations[i]);
    }
    if (found.members.empty()) {
      record_.why = why_no_way(leavers);
    } else {
      record_.outcome = HostRecord::Outcome::relieved;
    }
  }

  std::vector<Leaver> leavers_with_destination(std::vector<Option*>& able) {
    const std::size_t most = std::min<std::size_t>(options_.size(), round_.parameters().largest_combination);
    std::vector<Leaver> leavers;
    for (Option& option : options_) {
      if (option.record->verdict == Verdict::no_destination) {
        continue;
      }
      std::vector<HostIndex> hosts = place_.destinations(round_, option.candidate, most);
      if (hosts.empty()) {
        option.record->verdict = Verdict::no_destination;
        record_destinations(option, std::nullopt, {});
        continue;
      }
      able.push_back(&option);
      leavers.push_back({option.candidate.cost, option.share, std::move(hosts)});
    }
    return leavers;
  }

  [[nodiscard]] std::string why_no_way(const std::vector<Leaver>& leavers) const {
    Load rest = load_;
    for (const Option& option : options_) {
      rest -= option.share;
    }
    if (!within(rest, target_)) {
      return "it would stay above the target even without all the guests that may leave it";
    }
    if (leavers.empty()) {
      return "no host can take any of its guests";
    }
    return record_.searched_all
               ? "no combination of its guests relieves it and has a destination for each"
               : fmt::format("the search for a combination was given up after {} steps (search_limit)", record_.steps);
  }

  void move(Option& option, HostIndex to) {
    const Load before = round_.expected(to);
    round_.plan(option.candidate.guest, to);
    place_.changed(round_, to);
    option.record->verdict = Verdict::moves;
    record_.predictions.front().after -= option.share;
    record_.predictions.push_back({to, before, round_.expected(to)});
  }

  /// Why each destination was taken or which rule rejected it, as the round stands before the move.
  void record_destinations(Option& option, std::optional<HostIndex> taken, const std::vector<HostIndex>& occupied) {
    const auto hosts = place_.preference(option.candidate);
    const auto looked_at = hosts.first(std::min(hosts.size(), counted_destinations));
    GuestRecord& record = *option.record;
    bool taken_is_listed = false;
    for (const HostIndex host : looked_at) {
      Rule rule = round_.judge(option.candidate, host);
      if (rule == Rule::source) {
        continue;
      }
      if (rule == Rule::taken && host != taken) {
        rule = std::find(occupied.begin(), occupied.end(), host) == occupied.end() ? Rule::unneeded : Rule::contended;
      }
      if (record.destinations.size() < listed_destinations) {
        record.destinations.push_back({host, round_.with(option.candidate, host), rule});
        taken_is_listed = taken_is_listed || host == taken;
      } else if (host != taken) {
        ++record.others[static_cast<std::size_t>(rule)];
      }
    }
    if (taken && !taken_is_listed) {
      record.destinations.push_back({*taken, round_.with(option.candidate, *taken), Rule::taken});
    }
    record.not_looked_at = hosts.size() - looked_at.size();
  }

  Round& round_;
  Place& place_;
  HostRecord& record_;
  bool evacuating_;
  double highest_peak_;
  double target_;
  Load load_; // with guests that are coming
  std::vector<Option> options_;
};

} // namespace

double cobb_douglas(const Round& round, GuestIndex guest, double volume) {
  const Parameters& parameters = round.parameters();
  return migration_cost(volume, round.cluster().guests[guest].image_mb, parameters.alpha, parameters.beta);
}

void CheapestFirst::relieve(Round& round, Place& place, const Pace& pace, HostRecord& record) {
  Relief(round, place, pace, record, cost_).run();
}

} // namespace migralab::balance
