// SPDX-License-Identifier: Apache-2.0
#include "precondition.hpp"

#include "migralab/core/error.hpp"

#include <cmath>
#include <fmt/format.h>

namespace migralab::statistics {

void expect_values(std::span<const double> values) {
  if (values.empty()) {
    throw Error("statistics: there are no values");
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) {
      throw Error(fmt::format("statistics: value {} of {} is {}, not a number", i + 1, values.size(), values[i]));
    }
  }
}

void expect_probability(double value, const std::string& name) {
  if (!(value > 0 && value < 1)) {
    throw Error(fmt::format("statistics: {} is {}; it lies between 0 and 1, both excluded", name, value));
  }
}

} // namespace migralab::statistics
