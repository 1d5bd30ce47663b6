// SPDX-License-Identifier: Apache-2.0
#include "figures.hpp"
#include "table.hpp"
#include "words.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace migralab {

namespace {

constexpr double row_height = 1.35; // em

/// One line of points: a cell, and one of the quantities shown for it.
struct Dots {
  std::string name; // of the row, beside the axis; empty: the same as above
  std::size_t series = 0;
  std::vector<double> values;
  double median = 0;
  std::optional<Interval> interval;
};

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

/// Rows of points as a panel. Series differ in colour and mark.
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

Dots dots_of(const std::string& name, std::size_t series, const CellMetric& metric) {
  return {name, series, metric.values, metric.summary.median, metric.summary.of_median.interval};
}

/// Metrics with this base, of every guest.
std::vector<std::string> named(const Analysis& analysis, const std::string& base) {
  std::vector<std::string> names;
  for (const std::string& metric : analysis.metric_order) {
    if (metric_name(metric).base == base) {
      names.push_back(metric);
    }
  }
  return names;
}

std::string row_name(const CellFacts& cell, const std::string& metric, bool several_guests) {
  const std::string guest = metric_name(metric).guest;
  return several_guests && !guest.empty() ? cell.name + " " + guest : cell.name;
}

const char* interval_words = "The large marks are medians, the bars their 95 % intervals (none where there are too few "
                             "values), the pale marks all values.";

} // namespace

std::string figure_warning(const Analysis& analysis) {
  return analysis.caution.brief;
}

std::string cell_file(const std::string& kind, const Cell& cell) {
  return fmt::format("{}-{:02}", kind, cell.number);
}

std::optional<Figure> total_time_figure(const Analysis& analysis) {
  const std::vector<std::string> metrics = named(analysis, "total_time");
  std::vector<Dots> rows;
  std::string unit;
  for (const CellFacts& cell : analysis.cells) {
    for (const std::string& metric : metrics) {
      if (const CellMetric* found = cell.find(metric)) {
        unit = found->unit;
        rows.push_back(dots_of(row_name(cell, metric, metrics.size() > 1), 0, *found));
      }
    }
  }
  if (rows.empty()) {
    return std::nullopt;
  }
  Figure figure{
      .name = "total-time",
      .title = "Total migration time",
      .caption = std::string("Total migration time of each cell. ") + interval_words,
      .warning = figure_warning(analysis),
      .left = left_margin(rows),
      .legend = {},
      .panels = {}};
  figure.panels.push_back(dots_panel("", fmt::format("total migration time ({})", unit), rows, 1, true));
  return figure;
}

std::optional<Figure> downtime_figure(const Analysis& analysis) {
  std::vector<std::string> observers;
  std::size_t guests = 0;
  for (const std::string& metric : analysis.metric_order) {
    const MetricName name = metric_name(metric);
    if (name.group == MetricGroup::downtime) {
      guests += name.base == "downtime.hypervisor" ? 1U : 0U;
      if (std::find(observers.begin(), observers.end(), name.base) == observers.end()) {
        observers.push_back(name.base);
      }
    }
  }
  std::vector<Dots> rows;
  std::string unit;
  for (const CellFacts& cell : analysis.cells) {
    std::string last;
    for (std::size_t which = 0; which < observers.size(); ++which) {
      for (const std::string& metric : named(analysis, observers[which])) {
        if (const CellMetric* found = cell.find(metric)) {
          unit = found->unit;
          const std::string name = row_name(cell, metric, guests > 1);
          rows.push_back(dots_of(name == last ? "" : name, which, *found));
          last = name;
        }
      }
    }
  }
  if (rows.empty()) {
    return std::nullopt;
  }
  Figure figure{
      .name = "downtimes",
      .title = "Downtime, by each observer",
      .caption = std::string("Downtime by each observer; the definitions are below the table. ") + interval_words,
      .warning = figure_warning(analysis),
      .left = left_margin(rows),
      .legend = {},
      .panels = {}};
  for (std::size_t which = 0; which < observers.size(); ++which) {
    std::string words = in_words(observers[which]);
    const std::string start = "downtime, ";
    words = words.starts_with(start) ? words.substr(start.size()) : words;
    figure.legend.push_back(
        {fmt::format("with points pt {} ps 0.95 lc rgb '{}'", look(which).point, look(which).colour), words});
  }
  figure.panels.push_back(dots_panel("", fmt::format("downtime ({})", unit), rows, observers.size(), true));
  return figure;
}

std::optional<Figure> model_error_figure(const Analysis& analysis) {
  std::vector<std::string> quantities;
  for (const ModelFacts& facts : analysis.models) {
    if (std::find(quantities.begin(), quantities.end(), facts.quantity) == quantities.end()) {
      quantities.push_back(facts.quantity);
    }
  }
  Figure figure{
      .name = "model-errors",
      .title = "Errors of the models",
      .caption = "(predicted - measured) / measured of each trial; the large marks are medians.",
      .warning = figure_warning(analysis),
      .left = 5,
      .legend = {},
      .panels = {}};
  for (const std::string& quantity : quantities) {
    std::vector<Dots> rows;
    for (const ModelFacts& facts : analysis.models) {
      if (facts.quantity == quantity) {
        Dots row{
            analysis.cells.size() > 1 ? facts.model + ", " + analysis.cells[facts.cell].name : facts.model,
            0,
            {},
            facts.error * 100,
            {}};
        for (const double error : facts.errors) {
          row.values.push_back(error * 100);
        }
        rows.push_back(std::move(row));
      }
    }
    figure.left = std::max(figure.left, left_margin(rows));
    figure.panels.push_back(dots_panel(in_words(quantity), "error (%)", rows, 1, false));
  }
  return figure.panels.empty() ? std::nullopt : std::optional(figure);
}

} // namespace migralab
