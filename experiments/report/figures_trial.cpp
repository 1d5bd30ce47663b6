// SPDX-License-Identifier: Apache-2.0
#include "balance_axis.hpp"
#include "figures.hpp"
#include "series.hpp"
#include "words.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace migralab {

namespace {

constexpr int bins = 400; // of the time axis; in print about 6 to a millimetre
constexpr std::size_t most_workload_panels = 6;
constexpr Nanoseconds fine_bin = std::chrono::milliseconds(10);

double seconds(Nanoseconds span) {
  return std::chrono::duration<double>(span).count();
}

bool moves(const TrialOutcome& trial) {
  return std::any_of(
      trial.guests.begin(), trial.guests.end(), [](const GuestOutcome& guest) { return guest.migration.has_value(); });
}

/// By plan, or by a balancer.
std::vector<std::pair<Instant, Instant>> migrations_of(const TrialOutcome& trial) {
  std::vector<std::pair<Instant, Instant>> spans;
  for (const GuestOutcome& guest : trial.guests) {
    if (guest.migration) {
      spans.emplace_back(guest.migration->began, guest.migration->ended);
    }
  }
  if (trial.balance) {
    for (const balancer::BalanceMove& move : trial.balance->moves) {
      spans.emplace_back(move.began, move.ended.value_or(move.began));
    }
  }
  return spans;
}

/// Draws what all panels of a trial share: the axis, the migration's shade, when guests stopped and went on.
class Axis {
public:
  Axis(const TrialOutcome& trial, Instant from, Instant to)
      : trial_(trial), from_(from), to_(std::max(to, from + fine_bin)) {}

  [[nodiscard]] Instant from() const { return from_; }
  [[nodiscard]] Instant to() const { return to_; }
  [[nodiscard]] Nanoseconds bin() const { return std::max((to_ - from_) / bins, Nanoseconds(1'000'000)); }
  [[nodiscard]] double at(Instant instant) const { return seconds(instant - trial_.during); }

  void set(Script& script) const {
    script.line("set xrange [{:.6f}:{:.6f}]", at(from_), at(to_));
    int tag = 1;
    for (const auto& [began, ended] : migrations_of(trial_)) {
      script.line(
          "set object {} rectangle from first {:.6f}, graph 0 to first {:.6f}, graph 1 behind fc rgb '{}' fs solid "
          "noborder",
          tag++,
          std::max(at(began), at(from_)),
          std::min(at(ended), at(to_)),
          shade);
    }
    for (const GuestOutcome& guest : trial_.guests) {
      for (const GuestEvent& event : guest.migration ? guest.migration->events : std::vector<GuestEvent>{}) {
        const bool suspended = event.what.starts_with("suspended");
        if ((suspended || event.what.starts_with("resumed")) && event.at >= from_ && event.at <= to_) {
          script.line(
              "set arrow {0} from first {1:.6f}, graph 0 to first {1:.6f}, graph 1 nohead front lc rgb '{2}' lw 1.2 dt "
              "{3}",
              tag++,
              at(event.at),
              suspended ? vermilion : green,
              suspended ? "'-'" : "'.'");
        }
      }
    }
  }

  static LegendEntry migration_entry() {
    return {fmt::format("with boxes fill solid noborder lc rgb '{}'", shade), "migration"};
  }
  static void legend(std::vector<LegendEntry>& entries) {
    entries.push_back(migration_entry());
    entries.push_back({fmt::format("with lines lc rgb '{}' lw 1.2 dt '-'", vermilion), "guest suspended"});
    entries.push_back({fmt::format("with lines lc rgb '{}' lw 1.2 dt '.'", green), "guest resumed"});
  }

private:
  const TrialOutcome& trial_;
  Instant from_;
  Instant to_;
};

std::string of_guest(const TrialOutcome& trial, const std::string& guest) {
  return trial.guests.size() > 1 ? " of " + guest : "";
}

Panel latency_panel(const TrialOutcome& trial, const std::string& guest, const ProbeTrace& trace, const Axis& axis) {
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
    const Axis& axis,
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

Panel workload_panel(
    const TrialOutcome& trial,
    const WorkloadTrace& trace,
    const std::string& metric,
    const Axis& axis) {
  Script script;
  axis.set(script);
  double highest = 0;
  std::string unit;
  script.line("$data0 << END");
  for (const WorkloadSample& sample : trace.samples) {
    if (sample.metric == metric && std::isfinite(sample.value)) {
      highest = std::max(highest, sample.value);
      unit = sample.unit;
      script.line("{:.6f} {:.6g}", seconds(sample.at - trial.during), sample.value);
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

void add_workloads(const TrialOutcome& trial, const Axis& axis, std::vector<Panel>& panels) {
  std::size_t drawn = 0;
  for (const WorkloadTrace& trace : trial.workloads) {
    std::vector<std::string> metrics;
    for (const WorkloadSample& sample : trace.samples) {
      if (std::find(metrics.begin(), metrics.end(), sample.metric) == metrics.end()) {
        metrics.push_back(sample.metric);
      }
    }
    for (const std::string& metric : metrics) {
      if (drawn++ < most_workload_panels) {
        panels.push_back(workload_panel(trial, trace, metric, axis));
      }
    }
  }
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

Panel packet_panel(const TrialOutcome& trial, const Axis& axis, std::vector<LegendEntry>& legend) {
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

std::string trial_words(const TrialOutcome& trial) {
  return fmt::format("trial {}, block {}, leg {}", trial.plan.number, trial.plan.block, trial.plan.leg);
}

std::string warning_of(const TrialOutcome& trial) {
  return trial.accelerator == "tcg" ? "Software emulation (TCG): not performance figures" : "";
}

} // namespace

std::optional<Figure> timeline_figure(const CellFacts& cell, const TrialOutcome& trial) {
  const Axis axis(trial, trial.before, trial.end);
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
  add_workloads(trial, axis, figure.panels);
  if (figure.panels.empty()) {
    return std::nullopt;
  }
  figure.panels.back().x_name = moves(trial)    ? "time since the migration was asked for (s)"
                                : trial.balance ? BalanceAxis::name
                                                : "time (s)";
  if (probes) {
    figure.legend = {
        {fmt::format("with lines lc rgb '{}' lw 1.3", blue), "median"},
        {fmt::format("with boxes fill solid noborder lc rgb '{}'", look(0).pale), "up to the slowest"},
        {fmt::format("with points pt 2 ps 0.6 lw 1.2 lc rgb '{}'", vermilion), "failed request"}};
  }
  if (moves(trial)) {
    Axis::legend(figure.legend);
  } else if (!migrations_of(trial).empty()) {
    figure.legend.push_back(Axis::migration_entry());
  }
  return figure;
}

std::optional<Figure> switch_figure(const CellFacts& cell, const TrialOutcome& trial) {
  if (!moves(trial)) {
    return std::nullopt;
  }
  const auto [from, to] = switch_of(trial);
  const Nanoseconds around = std::max<Nanoseconds>(std::chrono::milliseconds(300), (to - from) / 2);
  const Axis axis(trial, std::max(from - around, trial.origin), std::min(to + 2 * around, trial.end));
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
  Axis::legend(figure.legend);
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
  figure.panels.back().x_name = "time since the migration was asked for (s)";
  return figure;
}

} // namespace migralab
