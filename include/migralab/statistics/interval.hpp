// SPDX-License-Identifier: Apache-2.0
// An interval that is believed to hold an unknown value, or the reason why the data cannot carry one.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace migralab {

/// A confidence interval, both ends included.
struct Interval {
  double low = 0;
  double high = 0;
  /// The probability that such an interval holds the true value. Intervals made of order statistics cannot have every
  /// probability: theirs is at least what was asked for, often more.
  double coverage = 0;

  [[nodiscard]] double half_width() const { return (high - low) / 2; }
  [[nodiscard]] bool holds(double value) const { return low <= value && value <= high; }
};

/// An interval, or a refusal: the sentence that says what is missing.
struct IntervalOrRefusal {
  std::optional<Interval> interval;
  std::string refusal;
  std::size_t needed = 0; ///< how many values (in each sample) it takes at least; 0: more values would not help
};

} // namespace migralab
