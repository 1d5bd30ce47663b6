// SPDX-License-Identifier: Apache-2.0
#include "figures.hpp"
#include "series.hpp"
#include "trial_axis.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/ranges.h>
#include <iterator>
#include <limits>
#include <map>

namespace migralab {

namespace {

constexpr Nanoseconds fine_bin = std::chrono::milliseconds(10);

std::string of_guest(const TrialOutcome& trial, const std::string& guest) {
  return trial.guests.size() > 1 ? " of " + guest : "";
}

Panel latency_panel(
    const TrialOutcome& trial,
    const std::string& guest,
    const ProbeTrace& trace,
    const TrialAxis& axis) {
  Script script;
  axis.set(script);
  double lowest = std::numeric_limits<double>::infinity();
  double highest = 0;
  const std::vector<LatencyBin> series = latency_bins(trace, trial.during, std::max(axis.bin(), trace.interval));
  script.line("$data0 << END");
  for (const LatencyBin& bin : series) {
    if (bin.median_ms) {
      lowest = std::min(lowest, *bin.median_ms);
      highest = std::max(highest, *bin.maximum_ms);
      script.line("{:.6f} {:.4f} {:.4f}", bin.at_s, *bin.median_ms, *bin.maximum_ms);
    } else {
      script.line(""); // breaks the curve
    }
  }
  script.line("");
  script.line("1e9 1 1"); // off the axis: gnuplot refuses to plot nothing
  script.line("END");
  script.line("$data1 << END");
  for (const LatencyBin& bin : series) {
    if (bin.failed) {
      script.line("{:.6f} 0.94", bin.at_s);
    }
  }
  script.line("1e9 0.94");
  script.line("END");
  lowest = std::isfinite(lowest) ? lowest : 1;
  highest = std::max(highest, lowest * 10);
  const double top = std::pow(10.0, std::ceil(std::log10(highest) + 0.35)); // room for the marks of failures
  const double bottom = std::pow(10.0, std::floor(std::log10(std::max(lowest, 1e-3))));
  script.line("set logscale y");
  script.line("set yrange [{:g}:{:g}]", bottom, top);
  script.line("set ytics {:g}", std::log10(top / bottom) > 4 ? 100.0 : 10.0);
  script.line("set y2range [0:1]");
  script.line(
      "plot $data0 using 1:2:3 with filledcurves fc rgb '{0}' fs solid noborder notitle, "
      "$data0 using 1:3 with lines lc rgb '{0}' lw 1 notitle, "
      "$data0 using 1:2 with lines lc rgb '{1}' lw 1.3 notitle, "
      "$data1 using 1:2 axes x1y2 with points pt 2 ps 0.6 lw 1.2 lc rgb '{2}' notitle",
      look(0).pale,
      blue,
      vermilion);
  return {trace.probe + of_guest(trial, guest) + ": response time (ms)", 9, "", script.text()};
}

/// Rates as filled steps.
Panel steps_panel(
    const std::string& title,
    const std::vector<RateStretch>& series,
    const TrialAxis& axis,
    const Look& style,
    double height) {
  Script script;
  axis.set(script);
  double highest = 1e-3;
  script.line("$data0 << END");
  script.line("-1e9 0"); // off the axis: gnuplot refuses to plot nothing
  for (const RateStretch& stretch : series) {
    highest = std::max(highest, stretch.value);
    script.line("{:.6f} {:.6g}", stretch.from_s, stretch.value);
  }
  if (!series.empty()) {
    script.line("{:.6f} {:.6g}", series.back().to_s, series.back().value);
  }
  script.line("END");
  script.line("set yrange [0:{:g}]", highest * 1.08);
  script.line("set ytics {:g}", tic_step(height < 5 ? 2 * highest : highest)); // low panels have room for two
  script.line(
      "plot $data0 using 1:2 with fillsteps fs solid noborder fc rgb '{}' notitle, "
      "$data0 using 1:2 with steps lc rgb '{}' lw 1 notitle",
      style.pale,
      style.colour);
  return {title, height, "", script.text()};
}

/// When guests stopped and went on; where no event tells, the migration's end.
std::pair<Instant, Instant> switch_of(const TrialOutcome& trial) {
  Instant from = Instant::max();
  Instant to = Instant::min();
  for (const GuestOutcome& guest : trial.guests) {
    for (const GuestEvent& event : guest.migration ? guest.migration->events : std::vector<GuestEvent>{}) {
      if (event.what.starts_with("suspended")) {
        from = std::min(from, event.at);
      }
      if (event.what.starts_with("resumed")) {
        to = std::max(to, event.at);
      }
    }
  }
  from = from == Instant::max() ? trial.after : from;
  return {from, std::max(to, from)};
}

Panel packet_panel(const TrialOutcome& trial, const TrialAxis& axis, std::vector<LegendEntry>& legend) {
  Script script;
  axis.set(script);
  std::map<std::string, std::vector<double>> kinds;
  for (const PacketSighting& packet : trial.packets) {
    if (packet.at >= axis.from() && packet.at <= axis.to()) {
      kinds[packet.kind].push_back(axis.at(packet.at));
    }
  }
  std::string plot;
  std::string tics;
  std::size_t row = 0;
  for (const auto& [kind, times] : kinds) {
    script.line("$data{} << END", row);
    for (const double time : times) {
      script.line("{:.6f} {}", time, row);
    }
    script.line("END");
    plot += fmt::format(
        "{}$data{} using 1:2 with points pt {} ps 0.7 lc rgb '{}' notitle",
        row == 0 ? "" : ", ",
        row,
        look(row).point,
        look(row).colour);
    tics += fmt::format("{}'' {}", row == 0 ? "" : ", ", row);
    legend.push_back({fmt::format("with points pt {} ps 0.7 lc rgb '{}'", look(row).point, look(row).colour), kind});
    ++row;
  }
  if (row == 0) {
    return {};
  }
  script.line("set yrange [{}:-0.7]", static_cast<double>(row) - 0.3);
  script.line("set ytics ({}) scale 0", tics);
  script.line("plot {}", plot);
  return {"frames at the switch's ports", 0.9 + 0.8 * static_cast<double>(row), "", script.text()};
}

} // namespace

std::optional<Figure> timeline_figure(const CellFacts& cell, const TrialOutcome& trial) {
  const TrialAxis axis(trial, trial.before, trial.end);
  Figure figure{
      .name = cell_file("timeline", *cell.cell),
      .title = cell.name + ": " + trial_words(trial),
      .caption = fmt::format(
          "Timeline of {} of cell {} ({}), {}.",
          trial_words(trial),
          cell.cell->number,
          cell.name,
          moves(trial) ? "the one whose total time is its cell's median" : "the first of it that succeeded"),
      .warning = warning_of(trial),
      .left = 5,
      .legend = {},
      .panels = {}};
  bool probes = false;
  for (const GuestOutcome& guest : trial.guests) {
    for (const ProbeTrace& trace : guest.traces) {
      figure.panels.push_back(latency_panel(trial, guest.guest, trace, axis));
      probes = true;
    }
  }
  for (const std::string& network : counted_networks(trial)) {
    figure.panels.push_back(steps_panel(
        "network " + network + " (Mbit/s)", throughput(trial, network, trial.during, axis.bin()), axis, look(3), 5.5));
  }
  for (const std::string& host : counted_hosts(trial)) {
    figure.panels.push_back(steps_panel(
        "host " + host + " (processors busy)",
        processors_busy(trial, host, trial.during, axis.bin()),
        axis,
        look(2),
        4));
  }
  WorkloadPanels workloads = workload_panels(trial, axis);
  std::move(workloads.in_timeline.begin(), workloads.in_timeline.end(), std::back_inserter(figure.panels));
  if (figure.panels.empty()) {
    return std::nullopt;
  }
  if (!workloads.elsewhere.empty()) {
    figure.caption += fmt::format(" The next figure has: {}.", fmt::join(workloads.elsewhere, ", "));
  } else {
    figure.caption += workloads.left_out;
  }
  figure.panels.back().x_name = axis.name();
  if (probes) {
    figure.legend = {
        {fmt::format("with lines lc rgb '{}' lw 1.3", blue), "median"},
        {fmt::format("with boxes fill solid noborder lc rgb '{}'", look(0).pale), "up to the slowest"},
        {fmt::format("with points pt 2 ps 0.6 lw 1.2 lc rgb '{}'", vermilion), "failed request"}};
  }
  axis.add_legend(figure.legend);
  return figure;
}

std::optional<Figure> switch_figure(const CellFacts& cell, const TrialOutcome& trial) {
  if (!moves(trial)) {
    return std::nullopt;
  }
  const auto [from, to] = switch_of(trial);
  const Nanoseconds around = std::max<Nanoseconds>(std::chrono::milliseconds(300), (to - from) / 2);
  const TrialAxis axis(trial, std::max(from - around, trial.origin), std::min(to + 2 * around, trial.end));
  Figure figure{
      .name = cell_file("switch", *cell.cell),
      .title = cell.name + ": the switch, " + trial_words(trial),
      .caption = fmt::format(
          "Good answers per second in stretches of 10 ms, and ARP and RARP frames, around the switch of {}.",
          trial_words(trial)),
      .warning = warning_of(trial),
      .left = 5,
      .legend = {},
      .panels = {}};
  axis.add_legend(figure.legend);
  std::size_t style = 0;
  for (const GuestOutcome& guest : trial.guests) {
    for (const ProbeTrace& trace : guest.traces) {
      figure.panels.push_back(steps_panel(
          trace.probe + of_guest(trial, guest.guest) + " (answers/s)",
          answers(trace, trial.during, axis.from(), axis.to(), fine_bin),
          axis,
          look(style++),
          6));
    }
  }
  if (Panel packets = packet_panel(trial, axis, figure.legend); !packets.script.empty()) {
    figure.panels.push_back(std::move(packets));
  }
  if (figure.panels.empty()) {
    return std::nullopt;
  }
  figure.panels.back().x_name = axis.name();
  return figure;
}

} // namespace migralab
