// SPDX-License-Identifier: Apache-2.0
#include "dots.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace migralab {

namespace {

constexpr double row_height = 1.35; // em

/// Points of a row do not hide each other: they stand above and below its line in turn.
double jitter(std::size_t index) {
  constexpr std::array<double, 5> steps{0, 0.16, -0.16, 0.28, -0.28};
  return steps[index % steps.size()];
}

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void include(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

Range range_of(const std::vector<Dots>& rows) {
  Range range;
  for (const Dots& row : rows) {
    for (const double value : row.values) {
      range.include(value);
    }
    if (row.interval) {
      range.include(row.interval->low);
      range.include(row.interval->high);
    }
  }
  return range;
}

void add_axes(Script& script, const std::vector<Dots>& rows, bool may_be_logarithmic) {
  const Range range = range_of(rows);
  script.line("set yrange [{}:-0.7]", static_cast<double>(rows.size()) - 0.3);
  if (may_be_logarithmic && range.low > 0 && range.high / range.low > 30) {
    script.line("set logscale x");
    script.line("set xrange [{:.6g}:{:.6g}]", range.low / 1.5, range.high * 1.5);
  } else {
    const double low = std::min(range.low, 0.0); // from zero: lengths are compared
    const double high = std::max(range.high, 0.0);
    const double margin = (high - low) * 0.04 + (high == low ? 1 : 0);
    script.line("set xrange [{:.6g}:{:.6g}]", low < 0 ? low - margin : 0, high + margin);
    script.line("set xtics {:g}", tic_step((high - low + margin) / 1.3));
  }
  std::string tics;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i].name.empty()) {
      tics += fmt::format("{}{} {}", tics.empty() ? "" : ", ", gnuplot_text(shortened(rows[i].name)), i);
    }
  }
  script.line("set ytics ({}) scale 0", tics);
  script.line("set grid noytics xtics lc rgb '#DDDDDD' lw 0.8 dt 1");
}

} // namespace

Panel dots_panel(
    const std::string& title,
    const std::string& x_name,
    const std::vector<Dots>& rows,
    std::size_t series,
    bool may_be_logarithmic) {
  Script script;
  add_axes(script, rows, may_be_logarithmic);
  std::string plot;
  for (std::size_t which = 0; which < series; ++which) {
    script.line("$data_points{} << END", which);
    script.line("-1e30 -1e30"); // off the axes: gnuplot refuses to plot nothing
    for (std::size_t row = 0; row < rows.size(); ++row) {
      for (std::size_t i = 0; rows[row].series == which && i < rows[row].values.size(); ++i) {
        script.line("{:.10g} {:.2f}", rows[row].values[i], static_cast<double>(row) + jitter(i));
      }
    }
    script.line("END");
    script.line("$data_medians{} << END", which);
    script.line("-1e30 -1e30 -1e30 -1e30");
    for (std::size_t row = 0; row < rows.size(); ++row) {
      if (rows[row].series == which && !rows[row].values.empty()) {
        const Interval interval = rows[row].interval.value_or(Interval{rows[row].median, rows[row].median, 0});
        script.line("{:.10g} {} {:.10g} {:.10g}", rows[row].median, row, interval.low, interval.high);
      }
    }
    script.line("END");
    plot += fmt::format(
        "{0}$data_points{1} using 1:2 with points pt {2} ps 0.55 lc rgb '{3}' notitle, "
        "$data_medians{1} using 1:2:3:4 with xerrorbars pt 0 lw 1.8 lc rgb '{4}' notitle, "
        "$data_medians{1} using 1:2 with points pt {2} ps 0.95 lc rgb '{4}' notitle",
        which == 0 ? "" : ", ",
        which,
        look(which).point,
        look(which).pale,
        look(which).colour);
  }
  script.line("plot {}", plot);
  return {title, std::max(4.0, row_height * static_cast<double>(rows.size()) + 0.8), x_name, script.text()};
}

double left_margin(const std::vector<Dots>& rows) {
  std::vector<std::string> names;
  for (const Dots& row : rows) {
    names.push_back(row.name);
  }
  return margin_for(names);
}

} // namespace migralab
