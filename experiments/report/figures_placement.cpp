// SPDX-License-Identifier: Apache-2.0
// Where each guest was while a balancer ran: a Gantt chart, a row for each guest.
#include "balance_axis.hpp"
#include "figures.hpp"
#include "placement.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace migralab {

namespace {

/// A bar of the chart of placements.
struct Bar {
  double from = 0;
  double to = 0;
  std::size_t row = 0;
};

constexpr double half_bar = 0.36; // rows

/// A plot of bars as rectangles, with its data. `style` is of gnuplot's filled styles.
std::string bars_plot(Script& script, std::size_t data, const std::vector<Bar>& bars, const std::string& style) {
  script.line("$data{} << END", data);
  script.line("-1e9 -1e9 -1e9 0 0 0"); // off the axis: gnuplot refuses to plot nothing
  for (const Bar& bar : bars) {
    const auto row = static_cast<double>(bar.row);
    script.line(
        "{:.6f} {:.6f} {:.6f} {:.2f} {:.2f} {:.2f}",
        (bar.from + bar.to) / 2,
        bar.from,
        bar.to,
        row,
        row - half_bar,
        row + half_bar);
  }
  script.line("END");
  return fmt::format("$data{} using 1:4:2:3:5:6 with boxxyerror {} notitle", data, style);
}

constexpr std::array<const char*, 2> hatches{
    "lc rgb '#222222' fs transparent pattern 4 border lc rgb '#222222'",
    "lc rgb '#D55E00' fs transparent pattern 5 border lc rgb '#D55E00'"};

std::string colour_of_host(std::size_t index) {
  return fmt::format("lc rgb '{}' fs solid border lc rgb '{}'", look(index).pale, look(index).colour);
}

/// Rows by guest, in the order of their stays.
std::map<std::string, std::size_t> rows_of(const std::vector<Stay>& stays, std::vector<std::string>& guests) {
  std::map<std::string, std::size_t> rows;
  for (const Stay& stay : stays) {
    if (rows.emplace(stay.guest, guests.size()).second) {
      guests.push_back(stay.guest);
    }
  }
  return rows;
}

Panel placement_panel(
    const balancer::BalanceTrace& trace,
    const std::vector<Stay>& stays,
    const std::vector<std::string>& hosts,
    std::vector<std::string>& guests,
    const BalanceAxis& axis) {
  const std::map<std::string, std::size_t> rows = rows_of(stays, guests);
  Script script;
  script.line("set xrange [{:.6f}:{:.6f}]", axis.from(), axis.to());
  script.line("set yrange [{:.2f}:-0.6]", static_cast<double>(guests.size()) - 0.4);
  std::string tics;
  for (std::size_t row = 0; row < guests.size(); ++row) {
    tics += fmt::format("{}{} {}", row == 0 ? "" : ", ", gnuplot_text(shortened(guests[row])), row);
  }
  script.line("set ytics ({}) scale 0", tics);
  script.line("set grid noytics xtics lc rgb '#DDDDDD' lw 0.8 dt 1");
  std::string plot;
  int tag = 100; // panels label themselves with 1
  for (std::size_t host = 0; host < hosts.size(); ++host) {
    std::vector<Bar> bars;
    for (const Stay& stay : stays) {
      if (stay.host == hosts[host]) {
        const Bar& bar = bars.emplace_back(Bar{axis.at(stay.from), axis.at(stay.to), rows.at(stay.guest)});
        if (bar.to - bar.from > axis.width_of_text(stay.host)) {
          script.line(
              "set label {} {} at first {:.6f}, first {} center front",
              tag++,
              gnuplot_text(stay.host),
              (bar.from + bar.to) / 2,
              bar.row);
        }
      }
    }
    plot += (host == 0 ? "" : ", ") + bars_plot(script, host, bars, colour_of_host(host));
  }
  for (const bool succeeded : {true, false}) {
    std::vector<Bar> bars;
    for (const balancer::BalanceMove& move : trace.moves) {
      if (move.succeeded == succeeded && move.ended) {
        bars.push_back({axis.at(move.began), axis.at(*move.ended), rows.at(move.guest)});
      }
    }
    const std::size_t which = succeeded ? 0 : 1;
    plot += ", " + bars_plot(script, hosts.size() + which, bars, hatches.at(which));
  }
  script.line("plot {}", plot);
  return {"", 1.5 * static_cast<double>(guests.size()) + 0.6, BalanceAxis::name, script.text()};
}

} // namespace

std::optional<Figure> placement_figure(const CellFacts& cell, const TrialOutcome& trial) {
  const std::vector<Stay> stays = trial.balance ? stays_of(*trial.balance) : std::vector<Stay>{};
  if (stays.empty()) {
    return std::nullopt;
  }
  const std::vector<std::string> hosts = hosts_of(*trial.balance);
  Figure figure = balance_figure(
      cell,
      trial,
      "placement",
      "where each guest was",
      "Where each guest was in {}, from the first to the last sample that names it; hatched while it migrated.");
  for (std::size_t host = 0; host < hosts.size(); ++host) {
    figure.legend.push_back({"with boxes " + colour_of_host(host), hosts[host]});
  }
  for (const bool succeeded : {true, false}) {
    const auto& moves = trial.balance->moves;
    if (std::any_of(moves.begin(), moves.end(), [&](const auto& move) { return move.succeeded == succeeded; })) {
      figure.legend.push_back(
          {std::string("with boxes ") + hatches.at(succeeded ? 0 : 1),
           succeeded ? "migration" : "migration that failed"});
    }
  }
  std::vector<std::string> guests;
  figure.panels.push_back(placement_panel(*trial.balance, stays, hosts, guests, BalanceAxis(trial)));
  figure.left = margin_for(guests);
  return figure;
}

} // namespace migralab
