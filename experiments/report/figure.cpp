// SPDX-License-Identifier: Apache-2.0
#include "figure.hpp"

#include "facts.hpp"
#include "series.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <iterator>

namespace migralab {

namespace {

// Okabe and Ito's palette, told apart by colour-blind readers too.
constexpr const char* blue = "#0072B2";
constexpr const char* light_blue = "#9DCBE8";
constexpr const char* vermilion = "#D55E00";
constexpr const char* green = "#009E73";
constexpr const char* purple = "#CC79A7";
constexpr const char* light_purple = "#EBCADB";
constexpr const char* shade = "#ECE7D8";
constexpr const char* grey = "#555555";

constexpr int width_px = 1000;
constexpr int latency_px = 170;
constexpr int network_px = 120;
constexpr int gap_px = 26;     // between panels, with the name of the lower one
constexpr int heading_px = 92; // title, accelerator, key, first panel's name
constexpr int footing_px = 60; // tics and name of the time axis
constexpr int bins = 900;      // about one a pixel of the time axis
constexpr std::size_t most_labels = 12;

/// A gnuplot string: in single quotes nothing but the quote is special; line breaks would end the command.
std::string quoted(std::string text) {
  std::string out = "'";
  for (const char letter : text) {
    if (letter == '\'') {
      out += "''";
    } else {
      out += static_cast<unsigned char>(letter) < 0x20 ? ' ' : letter;
    }
  }
  return out + "'";
}

/// 1, 2 or 5 times a power of ten, so that an axis up to `highest` has two to five tics.
double tic_step(double highest) {
  const double power = std::pow(10.0, std::floor(std::log10(highest / 2)));
  const double digits = highest / 2 / power;
  return power * (digits >= 5 ? 5 : digits >= 2 ? 2 : 1);
}

double in_seconds(Nanoseconds span) {
  return std::chrono::duration<double>(span).count();
}

std::string in_words(const Downtime& downtime) {
  switch (downtime.kind) {
  case Downtime::Kind::none:
    return "no outage";
  case Downtime::Kind::never:
    return "never back";
  case Downtime::Kind::unknown:
  case Downtime::Kind::measured:
    break;
  }
  return to_string(downtime);
}

struct Span {
  Instant from = Instant::max();
  Instant to = Instant::min();

  void include(Instant instant) {
    from = std::min(from, instant);
    to = std::max(to, instant);
  }
};

Span whole_span(const RunOutcome& run) {
  Span span;
  span.include(run.origin);
  for (const ProbeTrace& trace : run.traces) {
    if (!trace.samples.empty()) {
      span.include(trace.samples.front().planned);
      span.include(trace.samples.back().planned);
    }
  }
  for (const TrialOutcome& trial : run.trials) {
    span.include(trial.migration.began);
    span.include(trial.migration.ended);
  }
  for (const CounterSample& sample : run.counters) {
    span.include(sample.at);
  }
  span.include(span.from + std::chrono::milliseconds(1)); // an axis of no length cannot be drawn
  return span;
}

class Figure {
public:
  explicit Figure(const RunOutcome& run)
      : run_(run), span_(whole_span(run)), bin_((span_.to - span_.from) / bins), networks_(counted_networks(run)) {
    height_px_ = heading_px + footing_px - gap_px;
    height_px_ += static_cast<int>(run.traces.size()) * (latency_px + gap_px);
    height_px_ += static_cast<int>(networks_.size()) * (network_px + gap_px);
    height_px_ = std::max(height_px_, heading_px + footing_px);
    panels_left_ = run.traces.size() + networks_.size();
  }

  std::string script() {
    head();
    migrations();
    for (const ProbeTrace& trace : run_.traces) {
      latency_panel(trace);
    }
    for (const std::string& network : networks_) {
      network_panel(network);
    }
    if (run_.traces.empty() && networks_.empty()) {
      line("unset tics; unset border; set yrange [0:1]; plot -1 notitle"); // the heading alone
    }
    line("unset multiplot");
    return fmt::to_string(text_);
  }

private:
  template <typename... Args> void line(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
    text_.push_back('\n');
  }

  [[nodiscard]] double screen(int from_top_px) const {
    return 1.0 - static_cast<double>(from_top_px) / static_cast<double>(height_px_);
  }
  [[nodiscard]] double seconds(Instant instant) const { return in_seconds(instant - run_.origin); }

  void head() {
    line("set encoding utf8");
    line(
        "set terminal svg size {},{} dynamic font 'sans-serif,13' background '#ffffff' noenhanced",
        width_px,
        height_px_);
    line("set multiplot");
    const std::string title = run_.experiment + " on " + run_.lab;
    line("set label 1 {} at screen 0.075,{:.5f} font ',17'", quoted(title), screen(22));
    const char* colour = is_emulated(run_) ? vermilion : grey;
    line("set label 2 {} at screen 0.075,{:.5f} tc rgb '{}'", quoted(accelerator_note(run_)), screen(44), colour);
    line("set lmargin at screen 0.075");
    line("set rmargin at screen 0.985");
    line("set xrange [{:.6f}:{:.6f}]", seconds(span_.from), seconds(span_.to));
    line("set y2range [0:1]");
    line("set border 3 lc rgb '{}'", grey);
    line("set tics nomirror out scale 0.6");
    line("set grid ytics lc rgb '#DDDDDD' lw 1 lt 1");
    line("set key at screen 0.985,{:.5f} right top horizontal samplen 2 width 1", screen(52));
  }

  /// Every plot would draw the heading again.
  void clear_heading() { line("unset label 1; unset label 2"); }

  /// Shaded from the call to its return; the guest's pauses as lines. In every panel: they stay set.
  void migrations() {
    int tag = 1;
    for (const TrialOutcome& trial : run_.trials) {
      const MigrationRecord& migration = trial.migration;
      line(
          "set object {} rectangle from first {:.6f}, graph 0 to first {:.6f}, graph 1 behind fc rgb '{}' fs solid "
          "noborder",
          tag++,
          seconds(migration.began),
          seconds(migration.ended),
          shade);
    }
    for (const TrialOutcome& trial : run_.trials) {
      for (const GuestEvent& event : trial.migration.events) {
        const bool suspended = event.what.starts_with("suspended");
        if (suspended || event.what.starts_with("resumed")) {
          line(
              "set arrow {0} from first {1:.6f}, graph 0 to first {1:.6f}, graph 1 nohead front lc rgb '{2}' lw 1.2 "
              "dt {3}",
              tag++,
              seconds(event.at),
              suspended ? vermilion : green,
              suspended ? "'-'" : "'.'");
        }
      }
    }
  }

  /// Places the next panel; the last one gets the time axis.
  void place_panel(int panel_px, const std::string& name) {
    const int top = next_top_px_;
    next_top_px_ = top + panel_px + gap_px;
    line("set tmargin at screen {:.5f}", screen(top));
    line("set bmargin at screen {:.5f}", screen(top + panel_px));
    line("set label 3 {} at graph 0, graph 1 offset 0,0.7 left tc rgb 'black'", quoted(name));
    if (--panels_left_ == 0) {
      line("set format x '%g'");
      line("set xlabel 'time since the start of the run (s)' offset 0,0.2");
    } else {
      line("set format x ''");
    }
  }

  void latency_panel(const ProbeTrace& trace) {
    const std::vector<LatencyBin> series = latency_bins(trace, run_.origin, std::max(bin_, trace.interval));
    const std::string data = fmt::format("$latency{}", data_++);
    double lowest = 1.0;
    double highest = 10.0;
    line("{} << END", data);
    for (const LatencyBin& bin : series) {
      if (bin.median_ms) {
        lowest = std::min(lowest, *bin.median_ms);
        highest = std::max(highest, *bin.maximum_ms);
        line("{:.6f} {:.4f} {:.4f}", bin.at_s, *bin.median_ms, *bin.maximum_ms);
      } else {
        line(""); // breaks the curve
      }
    }
    line("END");
    line("{}_failed << END", data);
    for (const LatencyBin& bin : series) {
      if (bin.failed) {
        line("{:.6f} 0.94", bin.at_s);
      }
    }
    line("-1e9 0.94"); // off the axis: gnuplot refuses to plot nothing
    line("END");

    place_panel(latency_px, trace.probe + ": latency of replies from the planned instant (ms)");
    downtime_labels(trace.probe);
    line("set logscale y");
    line("set format y '%g'");
    const double top = std::pow(10.0, std::ceil(std::log10(highest) + 0.35)); // room for the marks of failures
    line("set yrange [{:g}:{:g}]", std::pow(10.0, std::floor(std::log10(std::max(lowest, 1e-3)))), top);
    std::string keys;
    if (next_key_) {
      keys = fmt::format(
          ", keyentry with boxes fill solid noborder lc rgb '{}' title 'migration'"
          ", keyentry with lines lc rgb '{}' lw 1.2 dt '-' title 'guest suspended'"
          ", keyentry with lines lc rgb '{}' lw 1.2 dt '.' title 'guest resumed'",
          shade,
          vermilion,
          green);
    }
    line(
        "plot {0} using 1:2:3 with filledcurves fc rgb '{1}' fs solid noborder {2}, "
        "{0} using 1:3 with lines lc rgb '{1}' lw 1 notitle, "
        "{0} using 1:2 with lines lc rgb '{3}' lw 1.3 {4}, "
        "{0}_failed using 1:2 axes x1y2 with points pt 2 ps 0.5 lw 1.3 lc rgb '{5}' {6}{7}",
        data,
        light_blue,
        title("slowest reply"),
        blue,
        title("median reply"),
        vermilion,
        title("failed request"),
        keys);
    line("unset logscale y");
    clear_downtime_labels();
    clear_heading();
    next_key_ = false;
  }

  [[nodiscard]] std::string title(const std::string& text) const {
    return next_key_ ? "title " + quoted(text) : std::string("notitle");
  }

  /// How long each trial's outage was, in this probe's eyes, beside it.
  void downtime_labels(const std::string& probe) {
    labels_ = 0;
    if (run_.trials.size() > most_labels) {
      return;
    }
    for (const TrialFacts& trial : facts_of(run_)) {
      for (const ProbeFacts& facts : trial.probes) {
        if (facts.probe == probe && facts.downtime.kind != Downtime::Kind::unknown) {
          const Instant at = facts.outage ? facts.outage->began : trial.outcome->migration.began;
          line(
              "set label {} {} at first {:.6f}, graph 0.80 right offset -0.6,0 front font ',12' tc rgb 'black'",
              100 + labels_++,
              quoted(in_words(facts.downtime)),
              seconds(at));
        }
      }
    }
  }
  void clear_downtime_labels() {
    for (int label = 0; label < labels_; ++label) {
      line("unset label {}", 100 + label);
    }
  }

  void network_panel(const std::string& network) {
    const std::vector<RateStretch> series = throughput(run_, network, bin_);
    const std::string data = fmt::format("$network{}", data_++);
    double highest = 0.001;
    line("{} << END", data);
    line("-1e9 0"); // off the axis: gnuplot refuses to plot nothing
    for (const RateStretch& stretch : series) {
      highest = std::max(highest, stretch.mbit_per_s);
      line("{:.6f} {:.6f}", stretch.from_s, stretch.mbit_per_s);
    }
    if (!series.empty()) {
      line("{:.6f} {:.6f}", series.back().to_s, series.back().mbit_per_s);
    }
    line("END");
    place_panel(network_px, "network " + network + ": throughput (Mbit/s)");
    line("set format y '%g'");
    line("set yrange [0:{:g}]", highest * 1.08);
    line("set ytics {:g}", tic_step(highest));
    line(
        "plot {0} using 1:2 with fillsteps fs solid noborder fc rgb '{1}' notitle, "
        "{0} using 1:2 with steps lc rgb '{2}' lw 1 notitle",
        data,
        light_purple,
        purple);
    line("set ytics autofreq");
    clear_heading();
  }

  const RunOutcome& run_;
  Span span_;
  Nanoseconds bin_;
  std::vector<std::string> networks_;
  fmt::memory_buffer text_;
  int height_px_ = 0;
  int next_top_px_ = heading_px;
  std::size_t panels_left_ = 0;
  int data_ = 0;
  int labels_ = 0;
  bool next_key_ = true; // the first panel explains the marks for all
};

} // namespace

Command timeline_command(const RunOutcome& run) {
  Command command;
  command.argv = {"gnuplot", "-d", "-"}; // -d: without the user's start-up file
  command.environment = {{"LC_ALL", "C.UTF-8"}};
  command.input = Figure(run).script();
  command.timeout = std::chrono::minutes(2);
  return command;
}

} // namespace migralab
