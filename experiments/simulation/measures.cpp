// SPDX-License-Identifier: Apache-2.0
#include "migralab/simulation/measures.hpp"

#include <cmath>
#include <fmt/format.h>

namespace migralab::simulation {

const std::vector<Measure>& measures() {
  constexpr double percent = 100;
  constexpr double millionths = 1e6;
  constexpr double gib = 1.0 / 1024;
  static const std::vector<Measure> all{
      {"energy_kwh", "ENERGY kWh", "of all hosts", 2, 1, [](const Outcome& one) { return one.energy_kwh; }},
      {"migrations",
       "MIGRATIONS",
       "that ended",
       0,
       1,
       [](const Outcome& one) { return static_cast<double>(one.migrations); }},
      {"moved_mb",
       "MOVED GiB",
       "memory of the guests of all migrations that began",
       2,
       gib,
       [](const Outcome& one) { return one.moved_mb; }},
      {"slatah",
       "SLATAH %",
       "of the time of hosts that were on: guests demanded more than they gave",
       2,
       percent,
       [](const Outcome& one) { return one.slatah; }},
      {"pdm",
       "PDM %",
       "of all that was demanded: lost while guests migrated",
       4,
       percent,
       [](const Outcome& one) { return one.pdm; }},
      {"slav", "SLAV 1e-6", "SLATAH times PDM", 2, millionths, [](const Outcome& one) { return one.slav(); }},
      {"esv_kwh", "ESV 1e-6 kWh", "energy times SLAV", 2, millionths, [](const Outcome& one) { return one.esv(); }},
      {"over_90_s",
       "OVER 90 % s",
       "hosts gave more than 90 %, all hosts together",
       0,
       1,
       [](const Outcome& one) { return one.over_90_s; }},
      {"deviation",
       "DEVIATION %",
       "standard deviation of the shares that hosts gave, mean of all samples",
       2,
       percent,
       [](const Outcome& one) { return one.deviation; }},
      {"ping_pong",
       "PING-PONG",
       "migrations back within ten minutes",
       0,
       1,
       [](const Outcome& one) { return static_cast<double>(one.ping_pong); }},
      {"messages", "MESSAGES", "that hosts and a coordinator would have sent", 0, 1, [](const Outcome& one) {
         return static_cast<double>(one.messages);
       }}};
  return all;
}

std::string text_of(const Measure& measure, double value) {
  const double shown = value * measure.factor;
  const bool between = measure.decimals == 0 && std::abs(shown - std::floor(shown) - 0.5) < 1e-9; // of two counts
  return fmt::format("{:.{}f}", shown, between ? 1 : measure.decimals);
}

} // namespace migralab::simulation
