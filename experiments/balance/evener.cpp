// SPDX-License-Identifier: Apache-2.0
#include "rival_parts.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <utility>

namespace migralab::balance {

namespace {

constexpr std::size_t destinations_looked_at = 64; // the emptiest: what lowers a spread goes to one of them

/// Two sums over hosts, and over their squares, from which a spread follows when two hosts change.
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
    const auto [first, second] = compared(load);
    first_ += sign * first;
    first_squares_ += sign * first * first;
    second_ += sign * second;
    second_squares_ += sign * second * second;
  }

  [[nodiscard]] double value() const {
    switch (kind_) {
    case Spread::drs:
    case Spread::watcher:
      return deviation(first_, first_squares_) + deviation(second_, second_squares_);
    case Spread::cloudstack:
      return std::max(by_mean(first_, first_squares_), by_mean(second_, second_squares_));
    }
    return 0;
  }

  /// Whether it is worth looking for a move at all.
  [[nodiscard]] bool too_large(const Parameters& parameters) const {
    switch (kind_) {
    case Spread::drs:
      return drs_priority(value(), hosts_) <= parameters.priority;
    case Spread::watcher: // one of the two is enough
      return std::max(deviation(first_, first_squares_), deviation(second_, second_squares_)) >
             parameters.spread + load_tolerance;
    case Spread::cloudstack:
      return value() > parameters.spread + load_tolerance;
    }
    return false;
  }

  /// In one of the two that hosts are compared by.
  [[nodiscard]] bool above_mean(const Load& load) const {
    const auto hosts = static_cast<double>(hosts_);
    const auto [first, second] = compared(load);
    return first * hosts > first_ + load_tolerance || second * hosts > second_ + load_tolerance;
  }

private:
  [[nodiscard]] std::pair<double, double> compared(const Load& load) const {
    return kind_ == Spread::drs ? std::pair(std::max(load.cpu, load.mem), 0.0) : std::pair(load.cpu, load.mem);
  }
  [[nodiscard]] double deviation(double sum, double squares) const {
    const auto hosts = static_cast<double>(std::max<std::size_t>(hosts_, 1));
    return std::sqrt(std::max(squares / hosts - sum / hosts * (sum / hosts), 0.0));
  }
  [[nodiscard]] double by_mean(double sum, double squares) const {
    return sum > 0 ? deviation(sum, squares) * static_cast<double>(hosts_) / sum : 0;
  }

  Spread kind_;
  std::size_t hosts_ = 0;
  double first_ = 0;
  double first_squares_ = 0;
  double second_ = 0;
  double second_squares_ = 0;
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
