// SPDX-License-Identifier: Apache-2.0
#include "dots.hpp"
#include "figures.hpp"
#include "table.hpp"
#include "words.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace migralab {

namespace {

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
