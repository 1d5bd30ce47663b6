// SPDX-License-Identifier: Apache-2.0
#include "tables.hpp"
#include "tables_parts.hpp"
#include "words.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace migralab {

std::string interval_text(const IntervalOrRefusal& interval, double factor, double like) {
  if (interval.interval) {
    return fmt::format(
        "{} to {}",
        figures_like(interval.interval->low * factor, like),
        figures_like(interval.interval->high * factor, like));
  }
  return interval.needed > 0 ? fmt::format("n < {}", interval.needed) : "no interval";
}

namespace {

/// Unit of a metric, as its first cell says.
std::string unit_of(const Analysis& analysis, const std::string& metric) {
  for (const CellFacts& cell : analysis.cells) {
    if (const CellMetric* found = cell.find(metric)) {
      return found->unit;
    }
  }
  return {};
}

bool measured_anywhere(const Analysis& analysis, const std::string& metric) {
  return std::any_of(analysis.cells.begin(), analysis.cells.end(), [&](const CellFacts& cell) {
    return cell.find(metric) != nullptr;
  });
}

} // namespace

std::vector<std::string> metrics_where(const Analysis& analysis, const std::function<bool(const MetricName&)>& wanted) {
  std::vector<std::string> names;
  for (const std::string& name : analysis.metric_order) {
    if (wanted(metric_name(name)) && measured_anywhere(analysis, name)) {
      names.push_back(name);
    }
  }
  return names;
}

std::vector<std::string> headline(const Analysis& analysis) {
  if (analysis.balanced) {
    return metrics_where(analysis, [](const MetricName& name) { return is_balance_headline(name.base); });
  }
  std::vector<std::string> names = metrics_where(analysis, [](const MetricName& name) {
    return name.group == MetricGroup::migration || name.group == MetricGroup::downtime;
  });
  const auto is_whole = [](const MetricName& name) {
    return name.group == MetricGroup::phases && name.phase == "whole" && !name.base.starts_with("processors.");
  };
  return analysis.moves ? names : metrics_where(analysis, is_whole);
}

namespace {

constexpr std::size_t most_columns = 9; // of medians; more are rows

/// A row per cell, a column per metric.
Table by_cell(const Analysis& analysis, const std::vector<std::string>& metrics) {
  Table table;
  if (metrics.empty()) {
    return table;
  }
  table.columns = {{"cell", "", false}, {"n"}};
  for (const std::string& metric : metrics) {
    table.columns.push_back({in_words(metric), printed_unit(unit_of(analysis, metric)).unit});
  }
  for (const CellFacts& cell : analysis.cells) {
    const std::size_t succeeded = cell.trials - cell.failed.size();
    std::vector<Field> row{cell.name, fmt::format("{}", succeeded)};
    for (const std::string& metric : metrics) {
      const CellMetric* found = cell.find(metric);
      Field field = found == nullptr ? Field("-") : median_field(*found);
      if (found != nullptr && found->values.size() != succeeded) {
        field.text += fmt::format(" (of {})", found->values.size());
      }
      row.push_back(std::move(field));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

/// A row per cell and metric.
Table by_metric(const Analysis& analysis, const std::vector<std::string>& metrics) {
  Table table;
  table.columns = {
      {"cell", "", false}, {"metric", "", false}, {"unit", "", false}, {"n"}, {"median"}, {"95 % interval"}};
  for (const CellFacts& cell : analysis.cells) {
    for (const std::string& metric : metrics) {
      if (const CellMetric* found = cell.find(metric)) {
        const Field field = median_field(*found);
        table.rows.push_back(
            {cell.name,
             in_words(metric),
             printed_unit(found->unit).unit,
             fmt::format("{}", found->values.size()),
             field.text,
             field.below});
      }
    }
  }
  return table;
}

/// Of each trial that has both: one over the other.
std::string paired_change(const CellFacts& cell, const std::string& from, const std::string& to) {
  const CellMetric* first = cell.find(from);
  const CellMetric* second = cell.find(to);
  std::vector<double> ratios;
  for (std::size_t i = 0; first != nullptr && second != nullptr && i < first->values.size(); ++i) {
    const auto same = std::find(second->trials.begin(), second->trials.end(), first->trials[i]);
    if (same != second->trials.end() && first->values[i] > 0) {
      ratios.push_back(second->values[static_cast<std::size_t>(same - second->trials.begin())] / first->values[i]);
    }
  }
  return ratios.empty() ? "-" : change(median(ratios));
}

std::string ratio_text(const Comparison& comparison) {
  return comparison.ratio.ratio > 0 ? figures(comparison.ratio.ratio) : "-";
}

} // namespace

Field median_field(const CellMetric& metric) {
  const double factor = printed_unit(metric.unit).factor;
  const double middle = metric.summary.median * factor;
  return {figures(middle), interval_text(metric.summary.of_median, factor, middle)};
}

Table cell_table(const Analysis& analysis) {
  const std::vector<std::string> metrics = headline(analysis);
  Table table = metrics.size() <= most_columns ? by_cell(analysis, metrics) : by_metric(analysis, metrics);
  table.name = "cells";
  table.caption = "Medians over the trials of each cell, with their 95 % confidence intervals.";
  table.note = "n: trials that succeeded. Below a median its interval from order statistics, whose coverage is at "
               "least 95 %; \"n < 6\": it takes 6 values to have one.";
  return table;
}

Table network_table(const Analysis& analysis) {
  const std::string phase = analysis.moves || analysis.balanced ? "during" : "whole";
  Table table = by_cell(analysis, metrics_where(analysis, [&](const MetricName& name) {
                          return name.group == MetricGroup::network && name.phase == phase;
                        }));
  table.name = "networks";
  table.caption = fmt::format(
      "Data that entered each network's switch{}, median with 95 % interval.",
      analysis.balanced ? " while the balancer ran"
      : analysis.moves  ? " during the migration"
                        : "");
  return table;
}

Table loss_table(const Analysis& analysis) {
  Table table = by_metric(
      analysis, metrics_where(analysis, [](const MetricName& name) { return name.group == MetricGroup::loss; }));
  table.name = "loss";
  table.caption = "What the service lost through the migration, median with 95 % interval.";
  return table;
}

Table balance_table(const Analysis& analysis) {
  Table table = by_metric(
      analysis, metrics_where(analysis, [](const MetricName& name) { return name.group == MetricGroup::balance; }));
  table.name = "balance";
  table.caption = "What the balancer saw, did and came to, median with 95 % interval.";
  return table;
}

Table other_table(const Analysis& analysis) {
  Table table = by_metric(analysis, metrics_where(analysis, [](const MetricName& name) {
                            return name.group == MetricGroup::other &&
                                   name.base != "succeeded"; // the failures have a table of their own
                          }));
  table.name = "others";
  table.caption = "Further metrics, median with 95 % interval.";
  return table;
}

namespace {

/// What `during` is the time of.
std::string event(const Analysis& analysis) {
  return analysis.balanced ? "the balancing" : "the migration";
}

/// What was measured in each phase: "web:udp.rate", in order.
std::vector<std::string> phase_stems(const Analysis& analysis) {
  std::vector<std::string> stems;
  for (const std::string& metric :
       metrics_where(analysis, [](const MetricName& name) { return name.group == MetricGroup::phases; })) {
    const MetricName name = metric_name(metric);
    const std::string stem = (name.guest.empty() ? "" : name.guest + ":") + name.stem;
    if (std::find(stems.begin(), stems.end(), stem) == stems.end()) {
      stems.push_back(stem);
    }
  }
  return stems;
}

/// A sentence behind others; nothing where no workload ran in a guest that moved.
std::string guest_clock_note(const Analysis& analysis) {
  const auto& trials = analysis.run->trials;
  const bool concerned = std::any_of(trials.begin(), trials.end(), [](const MeasuredTrial& trial) {
    const auto& guests = trial.outcome.guests;
    const auto& workloads = trial.outcome.workloads;
    return std::any_of(workloads.begin(), workloads.end(), [&](const WorkloadTrace& workload) {
      return workload.kind != "gap-detector" && std::any_of(guests.begin(), guests.end(), [&](const auto& guest) {
               return guest.migration && guest.guest == workload.node;
             });
    });
  });
  return concerned
             ? " A workload in a guest tells its rate by the guest's clock, which stands still while the guest is "
               "stopped: its \"during\" does not show the standstill. \"By our clock\" is that rate times the "
               "share of the time in which the guest was not stopped, by the hypervisor's downtime."
             : "";
}

} // namespace

Table workload_table(const Analysis& analysis) {
  Table table{
      .name = "workloads",
      .caption =
          "What the workloads told: medians, before, during and after " + event(analysis) + " and over all of it.",
      .columns =
          {{"cell", "", false},
           {"metric", "", false},
           {"unit", "", false},
           {"before", "", true},
           {"during", "", true},
           {"after", "", true},
           {"whole", "", true}},
      .rows = {},
      .last = {},
      .note = {}};
  const std::vector<WorkloadSpec>& workloads = analysis.run->run.experiment.workloads;
  for (const CellFacts& cell : analysis.cells) {
    for (const std::string& stem : phase_stems(analysis)) {
      const bool told_by_workload = std::any_of(workloads.begin(), workloads.end(), [&](const WorkloadSpec& workload) {
        return stem.starts_with(workload.name + ".");
      });
      const CellMetric* whole = cell.find(stem + ".whole");
      if (!told_by_workload || whole == nullptr) {
        continue;
      }
      std::vector<Field> row{cell.name, in_words(stem), printed_unit(whole->unit).unit};
      for (const char* phase : {"before", "during", "after", "whole"}) {
        const CellMetric* found = cell.find(stem + "." + phase);
        row.push_back(found == nullptr ? Field("-") : median_field(*found));
      }
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}

Table phase_table(const Analysis& analysis) {
  Table table{
      .name = "phases",
      .caption = "Before, during and after " + event(analysis) + ": medians, and the change against before.",
      .columns =
          {{"cell", "", false},
           {"metric", "", false},
           {"unit", "", false},
           {"before", "", true, "median"},
           {"during", "", true, "median"},
           {"after", "", true, "median"},
           {"during", "", true, "change"},
           {"after", "", true, "change"}},
      .rows = {},
      .last = {},
      .note = "Below a median its 95 % interval. The change is the median over trials of each trial's own ratio."};
  if (!analysis.moves && !analysis.balanced) {
    return table; // there is nothing to be before of
  }
  table.note += guest_clock_note(analysis);
  const std::vector<std::string> stems = phase_stems(analysis);
  for (const CellFacts& cell : analysis.cells) {
    for (const std::string& stem : stems) {
      std::string unit;
      std::vector<Field> medians;
      bool any = false;
      for (const char* phase : phase_names) {
        const CellMetric* found = cell.find(stem + "." + phase);
        unit = found != nullptr ? printed_unit(found->unit).unit : unit;
        medians.push_back(found == nullptr ? Field("-") : median_field(*found));
        any = any || found != nullptr;
      }
      if (any) {
        std::vector<Field> row{cell.name, in_words(stem), unit};
        row.insert(row.end(), medians.begin(), medians.end());
        row.emplace_back(paired_change(cell, stem + ".before", stem + ".during"));
        row.emplace_back(paired_change(cell, stem + ".before", stem + ".after"));
        table.rows.push_back(std::move(row));
      }
    }
  }
  return table;
}

Table comparison_table(const Analysis& analysis) {
  Table table{
      .name = "comparisons",
      .caption = "Cells beside each other: each with the first level of the factor in which they differ.",
      .columns =
          {{"metric", "", false},
           {"cell", "", false},
           {"against", "", false},
           {"median"},
           {"against"},
           {"ratio"},
           {"95 % interval"},
           {"p", "Holm"},
           {"verdict", "", false}},
      .rows = {},
      .last = {},
      .note = "Ratio of medians with its bootstrap interval; p of a two-sided Mann-Whitney test, corrected after Holm "
              "over the rows of the same metric; ~: not significant at 0.05."};
  const std::vector<std::string> shown = headline(analysis);
  for (const Comparison& one : analysis.comparisons) {
    if (std::find(shown.begin(), shown.end(), one.metric) == shown.end()) {
      continue;
    }
    table.rows.push_back(
        {in_words(one.metric),
         analysis.cells[one.second_cell].name,
         analysis.cells[one.first_cell].name,
         with_unit(one.median_second, one.unit),
         with_unit(one.median_first, one.unit),
         ratio_text(one),
         interval_text(one.ratio.interval, 1, one.ratio.ratio),
         p_value(one.p),
         one.verdict()});
  }
  return table;
}

Table model_table(const Analysis& analysis) {
  Table table{
      .name = "models",
      .caption = "Predicted beside measured, medians over trials.",
      .columns =
          {{"cell", "", false},
           {"model", "", false},
           {"quantity", "", false},
           {"n"},
           {"predicted"},
           {"measured"},
           {"error", "%"},
           {"absolute error", "%"}},
      .rows = {},
      .last = {},
      .note = "Error of a trial: (predicted - measured) / measured; here the medians of it and of its absolute value."};
  for (const ModelFacts& facts : analysis.models) {
    table.rows.push_back(
        {analysis.cells[facts.cell].name,
         facts.model,
         (facts.guest.empty() ? "" : facts.guest + ": ") + in_words(facts.quantity),
         fmt::format("{}", facts.n),
         with_unit(facts.predicted, facts.unit),
         with_unit(facts.measured, facts.unit),
         fmt::format("{:+.1f}", facts.error * 100),
         fmt::format("{:.1f}", facts.absolute_error * 100)});
  }
  return table;
}

} // namespace migralab
