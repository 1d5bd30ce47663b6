// SPDX-License-Identifier: Apache-2.0
// What is told of an outcome, in one order and under one name wherever it is told: tables, JSON, CSV.
#pragma once

#include "migralab/simulation/simulate.hpp"

#include <string>
#include <vector>

namespace migralab::simulation {

struct Measure {
  std::string key;     ///< in JSON and CSV: "energy_kwh"
  std::string heading; ///< of a column: "ENERGY kWh"
  std::string about;
  int decimals = 0;  ///< that are printed
  double factor = 1; ///< that what is printed is multiplied with: 100 where it is per cent
  double (*value)(const Outcome& outcome) = nullptr;
};

/// Energy, migrations, memory moved, SLATAH, PDM, SLAV, ESV, seconds over 90 %, deviation, ping-pongs, messages.
[[nodiscard]] const std::vector<Measure>& measures();

/// As it is printed.
[[nodiscard]] std::string text_of(const Measure& measure, double value);

} // namespace migralab::simulation
