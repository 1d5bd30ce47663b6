// SPDX-License-Identifier: Apache-2.0
#include "migralab/balance/optimum.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace migralab::balance {

namespace {

constexpr double better = 1e-9; // less is rounding

class Search {
public:
  Search(const Cluster& cluster, std::size_t step_limit)
      : cluster_(cluster), step_limit_(step_limit), guests_(cluster.hosts.size()) {
    for (const Host& host : cluster.hosts) {
      loads_.push_back(host.load);
    }
    for (GuestIndex guest = 0; guest < cluster.guests.size(); ++guest) {
      guests_[cluster.guests[guest].host].push_back(guest);
      demands_.push_back(cluster.guests[guest].load * cluster.hosts[cluster.guests[guest].host].capacity);
    }
    for (auto& guests : guests_) { // large ones first: good solutions early
      std::sort(guests.begin(), guests.end(), [&](GuestIndex a, GuestIndex b) {
        return peak(cluster.guests[a].load) > peak(cluster.guests[b].load);
      });
    }
    next_.assign(cluster.hosts.size(), 0);
    floor_ = least_possible();
    best_.hottest = hottest(cluster);
  }

  Optimum run(std::size_t most_moves) {
    // Fewer moves first, so that of equally cool clusters the one of fewest moves is kept.
    for (std::size_t moves = 1; moves <= most_moves && best_.proven && best_.hottest > floor_ + better; ++moves) {
      descend(moves);
    }
    best_.steps = steps_;
    for (const auto& [guest, to] : found_) {
      const Guest& one = cluster_.guests[guest];
      best_.moves.push_back({one.name, cluster_.hosts[one.host].name, cluster_.hosts[to].name, demands_[guest]});
    }
    return std::move(best_);
  }

private:
  /// All that there is, spread over all hosts without a rest.
  [[nodiscard]] double least_possible() const {
    Load used;
    Load capacity;
    for (const Host& host : cluster_.hosts) {
      used += host.load * host.capacity;
      capacity += host.capacity;
    }
    return cluster_.hosts.empty() ? 0 : peak(used / capacity);
  }

  [[nodiscard]] HostIndex hottest_host() const {
    const auto found =
        std::max_element(loads_.begin(), loads_.end(), [](const Load& a, const Load& b) { return peak(a) < peak(b); });
    return static_cast<HostIndex>(found - loads_.begin());
  }

  /// Guests that have to leave for every host to be below what was found: no plan of fewer moves will do.
  [[nodiscard]] std::size_t departures_needed() const {
    std::size_t needed = 0;
    for (HostIndex host = 0; host < loads_.size(); ++host) {
      double over = peak(loads_[host]) - best_.hottest + better;
      for (std::size_t i = next_[host]; i < guests_[host].size() && over > 0; ++i) { // by size
        over -= peak(cluster_.guests[guests_[host][i]].load);
        ++needed;
      }
      if (over > 0) {
        return std::numeric_limits<std::size_t>::max();
      }
    }
    return needed;
  }

  /// Whatever is cooler than what was found, the hottest host has to lose another of its own guests for it. They leave
  /// in the order of the list, so that no set of moves is looked at twice.
  void descend(std::size_t moves_left) {
    const HostIndex source = hottest_host();
    if (const double now = peak(loads_[source]); now < best_.hottest - better) {
      best_.hottest = now;
      found_ = plan_;
    }
    if (moves_left == 0 || best_.hottest <= floor_ + better || departures_needed() > moves_left) {
      return;
    }
    if (++steps_ > step_limit_) {
      best_.proven = false;
      return;
    }
    const std::size_t first = next_[source];
    for (std::size_t i = first; i < guests_[source].size() && best_.proven; ++i) {
      next_[source] = i + 1;
      leave(guests_[source][i], source, moves_left - 1);
    }
    next_[source] = first;
  }

  void leave(GuestIndex guest, HostIndex source, std::size_t moves_left) {
    const Load before = loads_[source];
    loads_[source] -= cluster_.guests[guest].load;
    for (HostIndex to = 0; to < loads_.size() && best_.proven; ++to) {
      const Load there = loads_[to];
      const Load with = there + demands_[guest] / cluster_.hosts[to].capacity;
      const bool others_can_leave = moves_left > 0 && next_[to] < guests_[to].size();
      if (to == source || (peak(with) >= best_.hottest - better && !others_can_leave)) {
        continue;
      }
      loads_[to] = with;
      plan_.emplace_back(guest, to);
      descend(moves_left);
      plan_.pop_back();
      loads_[to] = there;
    }
    loads_[source] = before;
  }

  const Cluster& cluster_;
  std::size_t step_limit_;
  std::vector<std::vector<GuestIndex>> guests_; // by hosts, as they begin
  std::vector<Load> demands_;
  std::vector<Load> loads_;
  std::vector<std::size_t> next_; // of each host's guests that may still leave, by its place in the list
  std::vector<std::pair<GuestIndex, HostIndex>> plan_;
  std::vector<std::pair<GuestIndex, HostIndex>> found_;
  double floor_ = 0;
  std::size_t steps_ = 0;
  Optimum best_;
};

} // namespace

double hottest(const Cluster& cluster) {
  double most = 0;
  for (const Host& host : cluster.hosts) {
    most = std::max(most, peak(host.load));
  }
  return most;
}

Optimum coolest(const Cluster& cluster, std::size_t most_moves, std::size_t step_limit) {
  return Search(cluster, step_limit).run(std::min(most_moves, cluster.guests.size()));
}

} // namespace migralab::balance
