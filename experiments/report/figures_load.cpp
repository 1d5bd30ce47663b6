// SPDX-License-Identifier: Apache-2.0
// The load of each host while a balancer ran, with the policy's limits and the migrations.
#include "balance_axis.hpp"
#include "balance_facts.hpp"
#include "figures.hpp"
#include "series.hpp"

#include <algorithm>
#include <array>

namespace migralab {

namespace {

struct Resource {
  const char* name;
  double balance::Load::*share;
  std::size_t look;
};
constexpr std::array<Resource, 3> resources{
    {{"cpu", &balance::Load::cpu, 0}, {"memory", &balance::Load::mem, 2}, {"network", &balance::Load::net, 4}}};

/// Processors always; of the others those that came near the limit anywhere: the rest decided nothing.
std::vector<Resource> telling(const balancer::BalanceTrace& trace, double overload) {
  std::vector<Resource> shown{resources.front()};
  for (const Resource& resource : {resources[1], resources[2]}) {
    if (std::any_of(trace.samples.begin(), trace.samples.end(), [&](const balancer::LoadSample& sample) {
          return sample.guest.empty() && sample.load.*resource.share > overload / 2;
        })) {
      shown.push_back(resource);
    }
  }
  return shown;
}

// Marks of a migration: a filled triangle that points out of the host or into it, a cross for one that failed.
struct MarkKind {
  const char* legend;
  int point;
  const char* dash;
};
constexpr std::array<MarkKind, 3> mark_kinds{
    {{"guest leaves", 9, "'-'"}, {"guest comes", 11, "1"}, {"migration fails", 2, "'.'"}}};

struct Mark {
  double at = 0;
  std::size_t kind = 0;
  std::string text;
  std::size_t row = 0; // above the curves
  bool to_the_left = false;
};

constexpr std::size_t most_rows = 4;
constexpr double mark_row = 1.25; // em
constexpr double curves = 7.5;    // em

std::vector<Mark> marks_of(const balancer::BalanceTrace& trace, const std::string& host, const BalanceAxis& axis) {
  std::vector<Mark> marks;
  for (const balancer::BalanceMove& move : trace.moves) {
    if (move.from != host && move.to != host) {
      continue;
    }
    const bool leaves = move.from == host;
    const Instant at = leaves || !move.succeeded ? move.began : move.ended.value_or(move.began);
    const std::string other = leaves ? " to " + move.to : " from " + move.from;
    const std::size_t kind = !move.succeeded ? 2 : leaves ? 0 : 1;
    marks.push_back({axis.at(at), kind, move.guest + other + (move.succeeded ? "" : ": failed")});
  }
  std::stable_sort(marks.begin(), marks.end(), [](const Mark& a, const Mark& b) { return a.at < b.at; });
  return marks;
}

/// Gives each mark a row in which no other's text stands; one for which there is none has no text. The number of rows.
std::size_t arrange(std::vector<Mark>& marks, const BalanceAxis& axis) {
  std::vector<double> taken; // up to where, of each row
  for (Mark& mark : marks) {
    const double width = axis.width_of_text(mark.text);
    mark.to_the_left = mark.at + width > axis.to() && mark.at - width >= axis.from();
    const double begin = mark.to_the_left ? mark.at - width : mark.at - axis.width_of_text("") / 2;
    const double end = mark.to_the_left ? mark.at + axis.width_of_text("") / 2 : mark.at + width;
    const auto row = std::find_if(taken.begin(), taken.end(), [&](double until) { return until <= begin; });
    mark.row = static_cast<std::size_t>(row - taken.begin());
    if (row != taken.end()) {
      *row = end;
    } else if (taken.size() < most_rows) {
      taken.push_back(end);
    } else {
      mark.row = 0;
      mark.text.clear();
    }
  }
  return taken.size();
}

void add_marks(Script& script, const std::vector<Mark>& marks, double top) {
  int tag = 100; // panels label themselves with 1
  for (const Mark& mark : marks) {
    const double height = top + (static_cast<double>(mark.row) + 0.5) * mark_row / curves * top;
    script.line(
        "set arrow {0} from first {1:.6f}, graph 0 to first {1:.6f}, first {2:.4f} nohead front lc rgb '{3}' lw 1.1 dt "
        "{4}",
        tag,
        mark.at,
        top,
        black,
        mark_kinds.at(mark.kind).dash);
    script.line(
        "set label {} {} at first {:.6f}, first {:.4f} {} point pt {} ps 0.8 lc rgb '{}' offset {},0",
        tag++,
        gnuplot_text(mark.text),
        mark.at,
        height,
        mark.to_the_left ? "right" : "left",
        mark_kinds.at(mark.kind).point,
        black,
        mark.to_the_left ? "-1" : "1");
  }
}

void add_shades(Script& script, const balancer::BalanceTrace& trace, const std::string& host, const BalanceAxis& axis) {
  int tag = 1;
  for (const balancer::BalanceMove& move : trace.moves) {
    if (move.ended && (move.from == host || move.to == host)) {
      script.line(
          "set object {} rectangle from first {:.6f}, graph 0 to first {:.6f}, graph 1 behind fc rgb '{}' fs solid "
          "noborder",
          tag++,
          axis.at(move.began),
          axis.at(*move.ended),
          shade);
    }
  }
}

/// The policy's limits as lines, by their height; the same limit is one line.
std::vector<std::pair<std::string, double>> limits_of(const balance::Parameters& policy) {
  std::vector<std::pair<std::string, double>> limits{{"overload", policy.overload}};
  if (policy.target == policy.ceiling) {
    limits.emplace_back("target and ceiling", policy.target);
  } else {
    limits.emplace_back("target", policy.target);
    limits.emplace_back("ceiling", policy.ceiling);
  }
  return limits;
}

constexpr std::array<const char*, 3> limit_looks{
    "lc rgb '#D55E00' lw 1.2 dt '-'",
    "lc rgb '#555555' lw 1.2 dt '.'",
    "lc rgb '#CC79A7' lw 1.2 dt '-.'"};

Panel load_panel(
    const balancer::BalanceTrace& trace,
    const std::string& host,
    const std::vector<Resource>& shown,
    const std::optional<balance::Parameters>& policy,
    const BalanceAxis& axis) {
  Script script;
  script.line("set xrange [{:.6f}:{:.6f}]", axis.from(), axis.to());
  double highest = 100;
  std::string samples;
  std::string averages;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    script.line("$data{} << END", i);
    for (const LoadPoint& point : load_points(trace, host, shown[i].share, axis.zero(), axis.bin())) {
      highest = std::max({highest, point.sample, point.average});
      script.line("{:.6f} {:.3f} {:.3f}", point.at_s, point.sample, point.average);
    }
    script.line("1e9 0 0"); // off the axis: gnuplot refuses to plot nothing
    script.line("END");
    const Look& style = look(shown[i].look);
    samples += fmt::format("$data{} using 1:2 with linespoints pt 7 ps 0.3 lw 1 lc rgb '{}' notitle, ", i, style.pale);
    averages += fmt::format(
        "{}$data{} using 1:3 with lines lw 1.8 dt {} lc rgb '{}' notitle",
        i == 0 ? "" : ", ",
        i,
        style.dash,
        style.colour);
  }
  std::vector<Mark> marks = marks_of(trace, host, axis);
  const auto rows = static_cast<double>(arrange(marks, axis));
  const double top = highest * 1.04;
  script.line("set yrange [0:{:.4f}]", top * (1 + rows * mark_row / curves));
  script.line("set ytics 0, 25, 100");
  add_shades(script, trace, host, axis);
  add_marks(script, marks, top);
  std::string limits;
  if (policy) {
    std::size_t which = 0;
    for (const auto& [name, share] : limits_of(*policy)) {
      limits += fmt::format("{:g} with lines {} notitle, ", 100 * share, limit_looks.at(which++));
    }
  }
  script.line("plot {}{}{}", samples, limits, averages);
  return {
      fmt::format("host {}: {} (%)", host, shown.size() == 1 ? "cpu" : "share in use"),
      curves + rows * mark_row,
      "",
      script.text()};
}

void add_load_legend(
    Figure& figure,
    const std::vector<Resource>& shown,
    const std::optional<balance::Parameters>& policy) {
  for (const Resource& resource : shown) {
    const Look& style = look(resource.look);
    const std::string name = shown.size() == 1 ? "" : std::string(resource.name) + ", ";
    figure.legend.push_back(
        {fmt::format("with linespoints pt 7 ps 0.3 lw 1 lc rgb '{}'", style.pale), name + "sample"});
    figure.legend.push_back(
        {fmt::format("with lines lw 1.8 dt {} lc rgb '{}'", style.dash, style.colour), name + "average"});
  }
  if (policy) {
    std::size_t which = 0;
    for (const auto& [name, share] : limits_of(*policy)) {
      figure.legend.push_back(
          {fmt::format("with lines {}", limit_looks.at(which++)), fmt::format("{} ({:g} %)", name, 100 * share)});
    }
  }
}

void add_move_legend(Figure& figure, const balancer::BalanceTrace& trace) {
  if (trace.moves.empty()) {
    return;
  }
  figure.legend.push_back({fmt::format("with boxes fill solid noborder lc rgb '{}'", shade), "migration"});
  for (std::size_t kind = 0; kind < mark_kinds.size(); ++kind) {
    const bool any = std::any_of(trace.moves.begin(), trace.moves.end(), [&](const balancer::BalanceMove& move) {
      return move.succeeded == (kind < 2);
    });
    if (any) {
      figure.legend.push_back(
          {fmt::format("with points pt {} ps 0.8 lc rgb '{}'", mark_kinds.at(kind).point, black),
           mark_kinds.at(kind).legend});
    }
  }
}

} // namespace

std::optional<Figure> load_figure(const CellFacts& cell, const TrialOutcome& trial) {
  if (!trial.balance || trial.balance->samples.empty()) {
    return std::nullopt;
  }
  const balancer::BalanceTrace& trace = *trial.balance;
  const std::optional<balance::Parameters> policy = policy_of(*cell.cell);
  const BalanceAxis axis(trial);
  Figure figure = balance_figure(
      cell,
      trial,
      "load",
      "load of the hosts",
      "What each host measured of itself in {}, and the averages that the policy decides on. The marks above are "
      "migrations: when a guest begins to leave, and when it has come.");
  const std::vector<Resource> shown = telling(trace, policy.value_or(balance::Parameters{}).overload);
  add_load_legend(figure, shown, policy);
  add_move_legend(figure, trace);
  for (const std::string& host : hosts_of(trace)) {
    figure.panels.push_back(load_panel(trace, host, shown, policy, axis));
  }
  figure.panels.back().x_name = BalanceAxis::name;
  return figure;
}

} // namespace migralab
