// SPDX-License-Identifier: Apache-2.0
#include "figures.hpp"
#include "migralab/plan/plan.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace migralab {

namespace {

/// By probe, the requests of all trials of a cell that succeeded and are no warm-up.
std::vector<ProbeCount> gathered(const CellFacts& cell, const MeasuredRun& run) {
  std::vector<ProbeCount> all;
  for (const MeasuredTrial& trial : run.trials) {
    if (trial.outcome.plan.cell != cell.cell->number || trial.outcome.plan.warm_up || !trial.outcome.succeeded()) {
      continue;
    }
    for (const auto& [guest, probes] : trial.probes) {
      for (const ProbeCount& probe : probes) {
        auto found =
            std::find_if(all.begin(), all.end(), [&](const ProbeCount& one) { return one.probe == probe.probe; });
        if (found == all.end()) {
          all.push_back(
              {.probe = probe.probe, .never_returned = false, .planned = 0, .failed = 0, .latency = {}, .ends = {}});
          found = all.end() - 1;
        }
        for (std::size_t phase = 0; phase < phase_names.size(); ++phase) {
          found->latency[phase].add(probe.latency[phase]);
        }
      }
    }
  }
  return all;
}

/// The axis of an HDR plot: 0 % at 0, 90 % at 1, 99 % at 2, ...
Panel percentile_panel(const ProbeCount& probe) {
  Script script;
  std::uint64_t most = 10;
  double lowest = 1e9;
  double highest = 0;
  for (std::size_t phase = 0; phase < phase_names.size(); ++phase) {
    const LatencyHistogram& histogram = probe.latency[phase];
    most = std::max(most, histogram.count());
    script.line("$data{} << END", phase);
    const double nines = histogram.count() == 0 ? 0 : std::log10(static_cast<double>(histogram.count()));
    for (int step = 0; step <= static_cast<int>(nines * 40); ++step) {
      const double at = step / 40.0;
      const auto latency = histogram.quantile(1 - std::pow(10.0, -at));
      if (!latency) {
        break; // from here on requests were never answered
      }
      const double ms = static_cast<double>(latency->count()) / 1e6;
      lowest = std::min(lowest, ms);
      highest = std::max(highest, ms);
      script.line("{:.3f} {:.5g}", at, ms);
    }
    script.line("-1e9 1"); // off the axis: gnuplot refuses to plot nothing
    script.line("END");
  }
  lowest = lowest < 1e9 ? std::max(lowest, 1e-3) : 0.1;
  highest = std::max(highest, lowest * 10);
  const double bottom = std::pow(10.0, std::floor(std::log10(lowest)));
  const double top = std::pow(10.0, std::ceil(std::log10(highest)));
  const double end = std::ceil(std::log10(static_cast<double>(most)));
  script.line("set xrange [0:{}]", end);
  script.line("set xtics ('0' 0, '90' 1, '99' 2, '99.9' 3, '99.99' 4, '99.999' 5, '99.9999' 6)");
  script.line("set logscale y");
  script.line("set yrange [{:g}:{:g}]", bottom, top);
  script.line("set ytics {:g}", std::log10(top / bottom) > 4 ? 100.0 : 10.0);
  std::string plot;
  for (std::size_t phase = 0; phase < phase_names.size(); ++phase) {
    plot += fmt::format(
        "{}$data{} using 1:2 with lines lw 1.6 dt {} lc rgb '{}' notitle",
        phase == 0 ? "" : ", ",
        phase,
        look(phase).dash,
        look(phase).colour);
  }
  script.line("plot {}", plot);
  return {probe.probe + ": response time (ms)", 9.5, "percentile of the requests", script.text()};
}

} // namespace

std::optional<Figure> percentile_figure(const CellFacts& cell, const MeasuredRun& run) {
  Figure figure{
      .name = cell_file("percentiles", *cell.cell),
      .title = cell.name + ": response times",
      .caption = fmt::format(
          "Response times of all trials of cell {} ({}) by percentile, timed from the planned instant. A curve ends "
          "where requests were never answered.",
          cell.cell->number,
          cell.name),
      .warning = {},
      .left = 5,
      .legend = {},
      .panels = {}};
  for (const ProbeCount& probe : gathered(cell, run)) {
    figure.panels.push_back(percentile_panel(probe));
  }
  if (figure.panels.empty()) {
    return std::nullopt;
  }
  for (std::size_t phase = 0; phase < phase_names.size(); ++phase) {
    figure.legend.push_back(
        {fmt::format("with lines lw 1.6 dt {} lc rgb '{}'", look(phase).dash, look(phase).colour), phase_names[phase]});
  }
  for (const MeasuredTrial& trial : run.trials) {
    if (const Caution caution = caution_about(trial.outcome.accelerator); !caution.brief.empty()) {
      figure.warning = caution.brief;
    }
  }
  return figure;
}

} // namespace migralab
