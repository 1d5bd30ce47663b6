// SPDX-License-Identifier: Apache-2.0
#include "published_parts.hpp"

#include "migralab/core/units.hpp"

#include <algorithm>
#include <bit>
#include <fmt/format.h>

namespace migralab::balance {

namespace {

constexpr auto day = std::chrono::hours(24);

/// The last `rounds` of a history, at most 64.
std::uint64_t last(std::uint64_t history, unsigned rounds) {
  return rounds >= 64 ? history : history & ((std::uint64_t(1) << rounds) - 1);
}

/// How long a guest stays that moved at these times.
Nanoseconds cooldown(const Parameters& parameters, const std::vector<Instant>& ends, Instant now) {
  Nanoseconds span = parameters.cooldown;
  if (!parameters.adaptive) {
    return span;
  }
  const auto recent = std::count_if(ends.begin(), ends.end(), [&](Instant end) { return now - end <= day; });
  for (auto move = recent; move > 1 && span < parameters.cooldown_limit; --move) {
    span *= 2;
  }
  return std::min(span, parameters.cooldown_limit);
}

} // namespace

std::uint64_t periods_between(Instant earlier, Instant later, Nanoseconds period) {
  constexpr double early = 0.2; // so much a sample may come too early
  const double periods = std::chrono::duration<double>(later - earlier) / period + early;
  return periods < 1 ? 0 : static_cast<std::uint64_t>(std::min(periods, 64.0));
}

void Switches::observe(const Round& round, const std::vector<HostIndex>& overloaded, PacingState& state) const {
  const Nanoseconds period = round.parameters().period;
  const Instant now = round.now();
  for (const HostIndex host : overloaded) {
    const auto [entry, is_new] = state.overloaded.try_emplace(round.cluster().hosts[host].name);
    Overloads& known = entry->second;
    const std::uint64_t periods = is_new ? 1 : periods_between(known.latest, now, period);
    if (periods > 0) {
      known = {(periods < 64 ? known.history << periods : 0) | 1U, now};
    }
  }
  const unsigned remembered = std::max(round.parameters().n, round.parameters().hold);
  std::erase_if(state.overloaded, [&](const auto& entry) {
    return periods_between(entry.second.latest, now, period) >= remembered;
  });
}

std::string Switches::host_waits(const Round& round, HostIndex host) const {
  if (round.leaving(host) > 0) {
    return "a guest is leaving it already";
  }
  const Parameters& parameters = round.parameters();
  const auto found = round.pacing().overloaded.find(round.cluster().hosts[host].name);
  const std::uint64_t history = found == round.pacing().overloaded.end() ? 0 : found->second.history;
  const auto times = static_cast<unsigned>(std::popcount(last(history, parameters.n)));
  if (times < parameters.k) {
    return fmt::format("overloaded in {} of the last {} rounds, {} are needed", times, parameters.n, parameters.k);
  }
  const auto running = static_cast<unsigned>(std::countr_one(history));
  if (running < parameters.hold) {
    return fmt::format("overloaded for {} rounds running, {} are needed", running, parameters.hold);
  }
  return "";
}

std::string Switches::guest_waits(const Round& round, GuestIndex guest) const {
  const std::string& name = round.cluster().guests[guest].name;
  const auto& in_flight = round.pacing().in_flight; // to hosts that are not in the cluster, too
  const auto flight =
      std::find_if(in_flight.begin(), in_flight.end(), [&](const Move& move) { return move.guest == name; });
  if (flight != in_flight.end()) {
    return fmt::format("it is moving to {}", flight->to);
  }
  if (round.parameters().cooldown == Nanoseconds(0)) {
    return "";
  }
  const auto moved = round.pacing().moved.find(name);
  if (moved == round.pacing().moved.end() || moved->second.empty()) {
    return "";
  }
  const Nanoseconds since = round.now() - moved->second.back();
  const Nanoseconds stays = cooldown(round.parameters(), moved->second, round.now());
  return since >= stays ? "" : fmt::format("it moved {} ago and stays for {} after a move", human(since), human(stays));
}

double Switches::highest_peak(const Round& round, HostIndex source) const {
  // A move that leaves the peak where it was is no improvement, however small a one is asked for.
  const double least = std::max(round.parameters().min_improvement, 2 * load_tolerance);
  return peak(round.cluster().hosts[source].load) - least;
}

} // namespace migralab::balance
