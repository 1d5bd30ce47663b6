// SPDX-License-Identifier: Apache-2.0
// Workloads over time: each metric that they tell has a panel.
#include "figures.hpp"
#include "series.hpp"
#include "trial_axis.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace migralab {

namespace {

constexpr std::size_t most_in_timeline = 6; // panels; below more of them the probes' would be out of sight

/// How many gaps were longer than so much: five panels for each guest that say what the longest gap says.
bool is_count_of_gaps(const WorkloadTrace& trace, const std::string& metric) {
  return trace.kind == "gap-detector" && metric.starts_with("over_");
}

Panel workload_panel(const WorkloadTrace& trace, const std::string& metric, const TrialAxis& axis) {
  Script script;
  axis.set(script);
  double highest = 0;
  std::string unit;
  script.line("$data0 << END");
  for (const WorkloadSample& sample : trace.samples) {
    if (sample.metric == metric && std::isfinite(sample.value)) {
      highest = std::max(highest, sample.value);
      unit = sample.unit;
      script.line("{:.6f} {:.6g}", axis.at(sample.at), sample.value);
    }
  }
  script.line("");
  script.line("1e9 0");
  script.line("END");
  highest = highest > 0 ? highest : 1;
  script.line("set yrange [0:{:g}]", highest * 1.12);
  script.line("set ytics {:g}", tic_step(highest));
  script.line("plot $data0 using 1:2 with linespoints pt 7 ps 0.35 lw 1 lc rgb '{}' notitle", purple);
  const std::string name = fmt::format("{} ({} on {}): {}", trace.name, trace.kind, trace.node, metric);
  return {unit.empty() ? name : name + " (" + unit + ")", 6.5, "", script.text()};
}

std::vector<std::string> drawn_metrics(const WorkloadTrace& trace) {
  std::vector<std::string> metrics;
  for (const WorkloadSample& sample : trace.samples) {
    if (!is_count_of_gaps(trace, sample.metric) &&
        std::find(metrics.begin(), metrics.end(), sample.metric) == metrics.end()) {
      metrics.push_back(sample.metric);
    }
  }
  return metrics;
}

} // namespace

WorkloadPanels workload_panels(const TrialOutcome& trial, const TrialAxis& axis) {
  WorkloadPanels panels;
  for (const WorkloadTrace& trace : trial.workloads) {
    if (trace.kind == "gap-detector") {
      panels.left_out = " Not drawn: the gap detectors' counts over_1ms to over_262ms, which workloads.csv has.";
    }
    const std::vector<std::string> metrics = drawn_metrics(trace);
    const bool fits = panels.elsewhere.empty() && panels.in_timeline.size() + metrics.size() <= most_in_timeline;
    if (!fits && !metrics.empty()) {
      panels.elsewhere.push_back(trace.name);
    }
    for (const std::string& metric : metrics) {
      (fits ? panels.in_timeline : panels.others).push_back(workload_panel(trace, metric, axis));
    }
  }
  return panels;
}

std::optional<Figure> workload_figure(const CellFacts& cell, const TrialOutcome& trial) {
  const TrialAxis axis(trial, trial.before, trial.end);
  WorkloadPanels panels = workload_panels(trial, axis);
  if (panels.others.empty()) {
    return std::nullopt;
  }
  Figure figure{
      .name = cell_file("workloads", *cell.cell),
      .title = cell.name + ": workloads, " + trial_words(trial),
      .caption = fmt::format("Workloads of {} that the timeline has no room for.", trial_words(trial)),
      .warning = warning_of(trial),
      .left = 5,
      .legend = {},
      .panels = std::move(panels.others)};
  figure.caption += panels.left_out;
  figure.panels.back().x_name = axis.name();
  axis.add_legend(figure.legend);
  return figure;
}

} // namespace migralab
