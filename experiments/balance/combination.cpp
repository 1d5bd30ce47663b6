// SPDX-License-Identifier: Apache-2.0
#include "combination.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <unordered_map>

namespace migralab::balance {

namespace {

/// Costs are summed: an infinite one would make all sums with it equal.
constexpr double largest_cost = 1e300;

/// A destination of its own for each guest: a matching in a bipartite graph, one guest at a time, by augmenting paths
/// (H. Kuhn, The Hungarian Method for the Assignment Problem, Naval Research Logistics Quarterly, 1955).
class Matching {
public:
  using Choices = std::vector<std::size_t>; // numbers of destinations

  Matching(const std::vector<Choices>& choices, std::size_t destinations)
      : choices_(&choices), guest_at_(destinations, nobody) {}

  /// False, and nothing changed, where there is no place for the guest even if those before it move up.
  bool add(std::size_t guest) {
    std::vector<bool> seen(guest_at_.size());
    return augment(guest, seen);
  }
  /// The guest gets this destination, and keeps it.
  bool fix(std::size_t guest, std::size_t destination) {
    if (guest_at_[destination] != nobody) {
      return false;
    }
    guest_at_[destination] = guest;
    fixed_.push_back(destination);
    return true;
  }

private:
  static constexpr std::size_t nobody = std::numeric_limits<std::size_t>::max();

  bool augment(std::size_t guest, std::vector<bool>& seen) {
    for (const std::size_t destination : (*choices_)[guest]) {
      if (seen[destination] || std::find(fixed_.begin(), fixed_.end(), destination) != fixed_.end()) {
        continue;
      }
      seen[destination] = true;
      if (guest_at_[destination] == nobody || augment(guest_at_[destination], seen)) {
        guest_at_[destination] = guest;
        return true;
      }
    }
    return false;
  }

  const std::vector<Choices>* choices_;
  std::vector<std::size_t> guest_at_;
  std::vector<std::size_t> fixed_;
};

/// What the r guests that relieve most could take away, of those from each position on, resource by resource: nothing
/// can do better.
class BestRelief {
public:
  BestRelief(const std::vector<Leaver>& leavers, std::size_t most) : width_(most + 1) {
    sums_.resize((leavers.size() + 1) * width_);
    std::vector<double> cpu;
    std::vector<double> mem;
    std::vector<double> net;
    for (std::size_t from = leavers.size(); from-- > 0;) {
      const Load& relief = leavers[from].relief;
      insert(cpu, relief.cpu);
      insert(mem, relief.mem);
      insert(net, relief.net);
      Load sum;
      for (std::size_t r = 1; r < width_; ++r) {
        if (r <= cpu.size()) {
          sum += {cpu[r - 1], mem[r - 1], net[r - 1]};
        }
        sums_[from * width_ + r] = sum;
      }
    }
  }

  [[nodiscard]] const Load& of(std::size_t from, std::size_t r) const { return sums_[from * width_ + r]; }

private:
  static void insert(std::vector<double>& descending, double value) {
    descending.insert(std::upper_bound(descending.begin(), descending.end(), value, std::greater<>()), value);
  }

  std::size_t width_;
  std::vector<Load> sums_;
};

/// Depth first, in the order of costs, with everything cut off that cannot relieve the source, cannot be cheaper than
/// what was found, or has no destination for each.
class Search {
public:
  Search(const std::vector<Leaver>& leavers, const Load& excess, std::size_t largest, std::size_t step_limit)
      : leavers_(leavers), excess_(excess), largest_(std::min(largest, leavers.size())), step_limit_(step_limit),
        best_relief_(leavers, largest_) {
    std::unordered_map<HostIndex, std::size_t> numbers;
    for (const Leaver& leaver : leavers) {
      Matching::Choices& choices = choices_.emplace_back();
      for (const HostIndex host : leaver.destinations) {
        const auto [entry, is_new] = numbers.emplace(host, hosts_.size());
        if (is_new) {
          hosts_.push_back(host);
        }
        choices.push_back(entry->second);
      }
    }
  }

  Combination run() {
    for (size_ = 2; size_ <= std::min(largest_, hosts_.size()) && found_.members.empty() && found_.complete; ++size_) {
      cheapest_ = std::numeric_limits<double>::infinity();
      extend(0, 0, {}, Matching(choices_, hosts_.size()));
    }
    if (!found_.members.empty()) {
      assign_destinations();
    }
    return std::move(found_);
  }

private:
  [[nodiscard]] bool relieves(const Load& relief) const { return within(excess_ - relief, 0); }

  /// The cheapest that r more can cost: leavers are sorted.
  [[nodiscard]] double at_least(double cost, std::size_t from, std::size_t r) const {
    for (std::size_t i = from; i < from + r; ++i) {
      cost += cost_of(i);
    }
    return cost;
  }

  [[nodiscard]] double cost_of(std::size_t leaver) const { return std::min(leavers_[leaver].cost, largest_cost); }

  void extend(std::size_t from, double cost, const Load& relief, const Matching& matching) {
    if (chosen_.size() == size_) {
      if (relieves(relief)) { // and is cheaper, or it would have been cut off
        found_.members = chosen_;
        cheapest_ = cost;
      }
      return;
    }
    const std::size_t r = size_ - chosen_.size();
    for (std::size_t next = from; next + r <= leavers_.size(); ++next) {
      if (at_least(cost, next, r) >= cheapest_ || !relieves(relief + best_relief_.of(next, r))) {
        return; // later ones cost more and have less to offer
      }
      if (found_.steps == step_limit_) {
        found_.complete = false;
        return;
      }
      ++found_.steps;
      Matching with_next = matching;
      if (!with_next.add(next)) {
        continue;
      }
      chosen_.push_back(next);
      extend(next + 1, cost + cost_of(next), relief + leavers_[next].relief, with_next);
      chosen_.pop_back();
    }
  }

  /// Whether the members after `position` find destinations beside those that are fixed.
  [[nodiscard]] bool rest_fits(Matching matching, std::size_t position) const {
    return std::all_of(
        found_.members.begin() + static_cast<std::ptrdiff_t>(position) + 1,
        found_.members.end(),
        [&](std::size_t member) { return matching.add(member); });
  }

  void assign_destinations() {
    Matching fixed(choices_, hosts_.size());
    for (std::size_t position = 0; position < found_.members.size(); ++position) {
      const std::size_t member = found_.members[position];
      for (const std::size_t destination : choices_[member]) {
        Matching attempt = fixed;
        if (attempt.fix(member, destination) && rest_fits(attempt, position)) {
          fixed = attempt;
          found_.destinations.push_back(hosts_[destination]);
          break;
        }
      }
    }
  }

  const std::vector<Leaver>& leavers_;
  Load excess_;
  std::size_t largest_;
  std::size_t step_limit_;
  BestRelief best_relief_;
  std::vector<HostIndex> hosts_; // by number
  std::vector<Matching::Choices> choices_;
  std::size_t size_ = 0;
  std::vector<std::size_t> chosen_;
  double cheapest_ = 0;
  Combination found_;
};

} // namespace

Combination cheapest_combination(
    const std::vector<Leaver>& leavers,
    const Load& excess,
    std::size_t largest,
    std::size_t step_limit) {
  return Search(leavers, excess, largest, step_limit).run();
}

} // namespace migralab::balance
