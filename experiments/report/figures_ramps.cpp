// SPDX-License-Identifier: Apache-2.0
#include "figures.hpp"
#include "ramps.hpp"

#include <algorithm>

namespace migralab {

namespace {

/// The ramps of one workload, a curve for each cell.
Panel ramp_panel(const std::string& workload, const std::vector<Ramp>& ramps) {
  Script script;
  double furthest = 0;
  std::string plot;
  int arrow = 1;
  for (const Ramp& ramp : ramps) {
    if (ramp.workload != workload) {
      continue;
    }
    const Look& style = look(ramp.cell);
    script.line("$data{} << END", ramp.cell);
    for (const RampPoint& point : ramp.points) {
      script.line("{:.10g} {:.10g}", point.demanded, point.replies.median);
      furthest = std::max({furthest, point.demanded, point.replies.median});
    }
    script.line("END");
    plot += fmt::format(
        ", $data{} using 1:2 with linespoints pt {} ps 0.6 lw 1.6 lc rgb '{}' notitle",
        ramp.cell,
        style.point,
        style.colour);
    if (const auto at = ramp.saturation(); at && *at < ramp.points.back().demanded) {
      script.line(
          "set arrow {0} from first {1:.10g}, graph 0 to first {1:.10g}, graph 1 nohead lw 1.2 dt '-' lc rgb '{2}'",
          arrow++,
          *at,
          style.colour);
    }
  }
  script.line("set xrange [0:{:g}]", furthest * 1.04);
  script.line("set yrange [0:{:g}]", furthest * 1.04);
  script.line("plot x with lines lw 1 lc rgb '{}' notitle{}", grey, plot);
  return {workload + ": replies (1/s)", 18, "demanded (1/s)", script.text()};
}

} // namespace

std::optional<Figure> saturation_figure(const Analysis& analysis) {
  const std::vector<Ramp> ramps = ramps_of(analysis);
  if (ramps.empty()) {
    return std::nullopt;
  }
  Figure figure{
      .name = "saturation",
      .title = "Replies by demanded rate",
      .caption =
          "Medians over trials. The straight line is where every request is answered; a dashed one stands at the "
          "saturation point of its cell.",
      .warning = figure_warning(analysis),
      .left = 5,
      .legend = {{fmt::format("with lines lw 1 lc rgb '{}'", grey), "as demanded"}},
      .panels = {}};
  std::vector<std::string> workloads;
  std::vector<std::size_t> cells;
  for (const Ramp& ramp : ramps) {
    if (std::find(workloads.begin(), workloads.end(), ramp.workload) == workloads.end()) {
      workloads.push_back(ramp.workload);
      figure.panels.push_back(ramp_panel(ramp.workload, ramps));
    }
    if (std::find(cells.begin(), cells.end(), ramp.cell) == cells.end()) {
      cells.push_back(ramp.cell);
      const Look& style = look(ramp.cell);
      figure.legend.push_back(
          {fmt::format("with linespoints pt {} ps 0.6 lw 1.6 lc rgb '{}'", style.point, style.colour),
           analysis.cells[ramp.cell].name});
    }
  }
  return figure;
}

} // namespace migralab
