// SPDX-License-Identifier: Apache-2.0
#include "rival_parts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <utility>

namespace migralab::balance {

namespace {

constexpr std::size_t destinations_looked_at = 64; // the emptiest: what lowers a spread goes to one of them

/// What hosts are compared by, by kind: a kind that has fewer leaves the others zero.
using Compared = std::array<double, 3>;

/// Sums over hosts, and over their squares, from which a spread follows when two hosts change.
class Sums {
public:
  Sums(const Round& round, Spread kind) : kind_(kind) {
    for (HostIndex host = 0; host < round.cluster().hosts.size(); ++host) {
      if (!round.cluster().hosts[host].evacuating) {
        add(round.settled(host), 1);
        ++hosts_;
      }
    }
  }

  void add(const Load& load, double sign) {
    const Compared values = compared(load);
    for (std::size_t i = 0; i < values.size(); ++i) {
      sums_[i] += sign * values[i];
      squares_[i] += sign * values[i] * values[i];
    }
  }

  [[nodiscard]] double value() const {
    switch (kind_) {
    case Spread::drs:
    case Spread::watcher:
    case Spread::hbal:
      return deviation(0) + deviation(1) + deviation(2);
    case Spread::cloudstack:
      return std::max(by_mean(0), by_mean(1));
    }
    return 0;
  }

  /// Whether it is worth looking for a move at all.
  [[nodiscard]] bool too_large(const Parameters& parameters) const {
    switch (kind_) {
    case Spread::drs:
      return drs_priority(value(), hosts_) <= parameters.priority;
    case Spread::watcher: // one of the two is enough
      return std::max(deviation(0), deviation(1)) > parameters.spread + load_tolerance;
    case Spread::cloudstack:
    case Spread::hbal:
      return value() > parameters.spread + load_tolerance;
    }
    return false;
  }

  /// In one of those that hosts are compared by.
  [[nodiscard]] bool above_mean(const Load& load) const {
    const auto hosts = static_cast<double>(hosts_);
    const Compared values = compared(load);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i] * hosts > sums_[i] + load_tolerance) {
        return true;
      }
    }
    return false;
  }

private:
  [[nodiscard]] Compared compared(const Load& load) const {
    switch (kind_) {
    case Spread::drs:
      return {std::max(load.cpu, load.mem), 0, 0};
    case Spread::watcher:
    case Spread::cloudstack:
      return {load.cpu, load.mem, 0};
    case Spread::hbal:
      return {load.cpu, load.mem, load.net};
    }
    return {};
  }
  [[nodiscard]] double deviation(std::size_t which) const {
    const auto hosts = static_cast<double>(std::max<std::size_t>(hosts_, 1));
    const double mean = sums_[which] / hosts;
    return std::sqrt(std::max(squares_[which] / hosts - mean * mean, 0.0));
  }
  [[nodiscard]] double by_mean(std::size_t which) const {
    return sums_[which] > 0 ? deviation(which) * static_cast<double>(hosts_) / sums_[which] : 0;
  }

  Spread kind_;
  std::size_t hosts_ = 0;
  Compared sums_{};
  Compared squares_{};
};

} // namespace

bool gives(const Round& round, HostIndex host) {
  const std::string& name = round.cluster().hosts[host].name;
  return std::any_of(round.moves().begin(), round.moves().end(), [&](const Move& move) { return move.from == name; });
}

double spread_of(const Round& round, Spread kind) {
  return Sums(round, kind).value();
}

unsigned drs_priority(double spread, std::size_t hosts) {
  constexpr double unit = 0.1;
  const double steps = std::ceil(spread / (unit * std::sqrt(static_cast<double>(hosts))) - load_tolerance);
  return static_cast<unsigned>(std::clamp(6 - steps, 1.0, 5.0));
}

std::vector<HostIndex> Uneven::overloaded(const Round& round) const {
  const Sums sums(round, kind_);
  if (!sums.too_large(round.parameters())) {
    return {};
  }
  std::vector<HostIndex> found;
  for (HostIndex host = 0; host < round.cluster().hosts.size(); ++host) {
    if (!round.cluster().hosts[host].evacuating && sums.above_mean(round.settled(host))) {
      found.push_back(host);
    }
  }
  return by_volume(round, std::move(found), [&](HostIndex host) -> const Load& { return round.expected(host); });
}

void Evener::relieve(Round& round, Place& place, const Pace& pace, HostRecord& record) {
  const Cost whole = [](const Round&, GuestIndex, double volume) { return volume; };
  Relief relief(round, place, record);
  if (record.trigger == HostRecord::Trigger::evacuating) {
    relief.move_all(pace, whole);
    return;
  }
  const Sums now(round, kind_);
  if (!now.too_large(round.parameters())) {
    record.why = "other moves even the cluster out";
    return;
  }
  double best = now.value() - round.parameters().least_gain;
  Leaving* leaver = nullptr;
  HostIndex to = 0;
  std::vector<Leaving> guests = relief.weigh(pace, whole, std::numeric_limits<double>::infinity());
  for (Leaving& guest : guests) {
    Sums without = now;
    without.add(round.settled(record.host), -1);
    without.add(round.settled(record.host) - guest.share, 1);
    for (const HostIndex host : relief.destinations(guest, destinations_looked_at)) {
      Sums after = without;
      after.add(round.settled(host), -1);
      after.add(round.settled(host) + guest.candidate.demand / round.cluster().hosts[host].capacity, 1);
      if (after.value() < best - load_tolerance && !gives(round, host)) {
        best = after.value();
        leaver = &guest;
        to = host;
      }
    }
  }
  if (leaver == nullptr) {
    if (record.why.empty()) {
      record.why =
          fmt::format("no move lowers the spread of {:.3f} by {} or more", now.value(), round.parameters().least_gain);
    }
    return;
  }
  relief.explain(*leaver, to);
  relief.plan(*leaver, to);
  record.outcome = HostRecord::Outcome::relieved;
  record.why = fmt::format("the spread falls from {:.3f} to {:.3f}", now.value(), best);
}

} // namespace migralab::balance
