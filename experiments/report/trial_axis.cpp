// SPDX-License-Identifier: Apache-2.0
#include "trial_axis.hpp"

#include "balance_axis.hpp"
#include "migralab/plan/plan.hpp"

#include <algorithm>

namespace migralab {

namespace {

constexpr int bins = 400; // of the time axis; in print about 6 to a millimetre
constexpr Nanoseconds least_length = std::chrono::milliseconds(10);

/// By plan, or by a balancer.
std::vector<std::pair<Instant, Instant>> migrations_of(const TrialOutcome& trial) {
  std::vector<std::pair<Instant, Instant>> spans;
  for (const GuestOutcome& guest : trial.guests) {
    if (guest.migration) {
      spans.emplace_back(guest.migration->began, guest.migration->ended);
    }
  }
  if (trial.balance) {
    for (const balancer::BalanceMove& move : trial.balance->moves) {
      spans.emplace_back(move.began, move.ended.value_or(move.began));
    }
  }
  return spans;
}

} // namespace

bool moves(const TrialOutcome& trial) {
  return std::any_of(
      trial.guests.begin(), trial.guests.end(), [](const GuestOutcome& guest) { return guest.migration.has_value(); });
}

TrialAxis::TrialAxis(const TrialOutcome& trial, Instant from, Instant to)
    : trial_(trial), from_(from), to_(std::max(to, from + least_length)) {}

Nanoseconds TrialAxis::bin() const {
  return std::max((to_ - from_) / bins, Nanoseconds(1'000'000));
}

double TrialAxis::at(Instant instant) const {
  return std::chrono::duration<double>(instant - trial_.during).count();
}

const char* TrialAxis::name() const {
  return moves(trial_) ? "time since the migration was asked for (s)" : trial_.balance ? BalanceAxis::name : "time (s)";
}

void TrialAxis::set(Script& script) const {
  script.line("set xrange [{:.6f}:{:.6f}]", at(from_), at(to_));
  int tag = 1;
  for (const auto& [began, ended] : migrations_of(trial_)) {
    script.line(
        "set object {} rectangle from first {:.6f}, graph 0 to first {:.6f}, graph 1 behind fc rgb '{}' fs solid "
        "noborder",
        tag++,
        std::max(at(began), at(from_)),
        std::min(at(ended), at(to_)),
        shade);
  }
  for (const GuestOutcome& guest : trial_.guests) {
    for (const GuestEvent& event : guest.migration ? guest.migration->events : std::vector<GuestEvent>{}) {
      const bool suspended = event.what.starts_with("suspended");
      if ((suspended || event.what.starts_with("resumed")) && event.at >= from_ && event.at <= to_) {
        script.line(
            "set arrow {0} from first {1:.6f}, graph 0 to first {1:.6f}, graph 1 nohead front lc rgb '{2}' lw 1.2 dt "
            "{3}",
            tag++,
            at(event.at),
            suspended ? vermilion : green,
            suspended ? "'-'" : "'.'");
      }
    }
  }
}

void TrialAxis::add_legend(std::vector<LegendEntry>& entries) const {
  if (!migrations_of(trial_).empty()) {
    entries.push_back({fmt::format("with boxes fill solid noborder lc rgb '{}'", shade), "migration"});
  }
  if (moves(trial_)) {
    entries.push_back({fmt::format("with lines lc rgb '{}' lw 1.2 dt '-'", vermilion), "guest suspended"});
    entries.push_back({fmt::format("with lines lc rgb '{}' lw 1.2 dt '.'", green), "guest resumed"});
  }
}

std::string trial_words(const TrialOutcome& trial) {
  return fmt::format("trial {}, block {}, leg {}", trial.plan.number, trial.plan.block, trial.plan.leg);
}

std::string warning_of(const TrialOutcome& trial) {
  return caution_about(trial.accelerator).brief;
}

} // namespace migralab
