// SPDX-License-Identifier: Apache-2.0
// Values of several things beside each other: all of them, their medians and intervals, a row each. Private to this
// room.
#pragma once

#include "migralab/statistics/summary.hpp"
#include "plot.hpp"

#include <optional>
#include <string>
#include <vector>

namespace migralab {

/// One line of points: a cell, and one of the quantities shown for it.
struct Dots {
  std::string name; // of the row, beside the axis; empty: the same as above
  std::size_t series = 0;
  std::vector<double> values;
  double median = 0;
  std::optional<Interval> interval;
};

/// Rows of points as a panel. Series differ in colour and mark.
[[nodiscard]] Panel dots_panel(
    const std::string& title,
    const std::string& x_name,
    const std::vector<Dots>& rows,
    std::size_t series,
    bool may_be_logarithmic);

/// em, for the names of rows.
[[nodiscard]] double left_margin(const std::vector<Dots>& rows);

} // namespace migralab
