// SPDX-License-Identifier: Apache-2.0
// From a run's folder to what people read: tables, one JSON, figures, one HTML page. Everything is made from the folder
// alone, and the same bytes come out each time: no time of making, no path, no locale, seeded resampling.
#pragma once

#include "migralab/experiment/extent.hpp"
#include "migralab/experiment/metrics.hpp"
#include "migralab/experiment/outcome.hpp"
#include "migralab/measure/histogram.hpp"
#include "migralab/measure/probe.hpp"
#include "migralab/process/command_runner.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace migralab {

/// How many requests took how long. Requests without a good answer are slower than any other.
class LatencyHistogram {
public:
  void add(Nanoseconds latency) { answered_.record(std::max(latency, Nanoseconds(0))); }
  void add_unanswered() { ++unanswered_; }
  void add(const LatencyHistogram& other);

  [[nodiscard]] std::uint64_t count() const { return answered_.count() + unanswered_; }
  [[nodiscard]] std::uint64_t unanswered() const { return unanswered_; }
  /// Of the request of rank ceil(probability * count), to three digits; nothing when that one was never answered, or
  /// when there are none.
  [[nodiscard]] std::optional<Nanoseconds> quantile(double probability) const;

private:
  Histogram answered_;
  std::uint64_t unanswered_ = 0;
};

/// What a phase of a trial is called, in their order.
inline constexpr std::array<const char*, 3> phase_names{"before", "during", "after"};

/// A number for each phase.
using PhaseCounts = std::array<std::size_t, phase_names.size()>;

/// One probe of one guest in one trial.
struct ProbeCount {
  std::string probe;
  bool never_returned = false; // asked after the migration had ended, and never answered
  std::size_t planned = 0;     // from the migration's beginning to the end of the measuring
  std::size_t failed = 0;      // of these, without a good answer
  std::array<LatencyHistogram, phase_names.size()> latency; // by the phase that a request was planned in
  std::map<RequestEnd, PhaseCounts> ends;                   // how requests ended, likewise; kinds that occurred
};

/// One run of a workload that demands one rate after the other: what it was to send, and what came back.
struct RampStep {
  double demanded = 0; // 1/s
  double replied = 0;  // 1/s
  std::optional<double> errors;
};

/// A trial as reports use it. Of the outcome the bulky traces (requests, job samples, counters, processors, packets,
/// samples of workloads) are gone: a large run would not fit into memory. Figures read them again, trial by trial.
struct MeasuredTrial {
  TrialOutcome outcome;
  std::vector<Metric> metrics;
  std::map<std::string, std::vector<ProbeCount>> probes; // by guest
  std::map<std::string, std::vector<RampStep>> ramps;    // by workload; those that tell a demanded rate
};

/// A run, measured: the facts and the numbers made of them.
struct MeasuredRun {
  RunRecord run;                     // without trials
  std::vector<MeasuredTrial> trials; // by number
  RunExtent extent;                  // of the trials; a damaged one is not `missing`
  std::vector<std::string> damaged;  // trials that could not be read, and why; they are in no figure
  std::vector<std::string> doubts;   // a sentence each, on what else of the folder is not as it should be
};

/// Numbers are metrics_of(); traces are counted and dropped. `cells` are those of the run.
[[nodiscard]] MeasuredTrial measured(TrialOutcome trial, const std::vector<Cell>& cells);
[[nodiscard]] MeasuredRun measured(RunRecord run);

/// Reads a folder trial by trial. A trial that cannot be read, or is not what was written, is named in `damaged` and
/// left out; what SHA256SUMS of a results bundle says is checked. Throws Error (exit code 2) when the folder is no
/// run's.
[[nodiscard]] MeasuredRun read_measured(const std::filesystem::path& folder);

/// Gives a trial with all its traces, by number.
using WholeTrial = std::function<TrialOutcome(unsigned number)>;
[[nodiscard]] WholeTrial whole_trials(const std::filesystem::path& folder);

/// The tables on stdout: a row per trial (of a run with one cell), the medians of each cell with their intervals, what
/// failed, the accelerator with its warning when it is TCG.
[[nodiscard]] std::string render_table(const MeasuredRun& run);

/// The same facts for scripts; "schema": "migralab.report/1".
[[nodiscard]] std::string render_json(const MeasuredRun& run);

/// Writes index.html (self-contained: figures inlined), figures/*.svg and *.pdf (gnuplot), tables/*.csv, *.md and
/// *.tex, report.json into `folder`, in the place of those of an earlier report. All of it or nothing, but for a
/// machine without gnuplot, where the tables are written. Throws Error.
void write_report(
    const MeasuredRun& run,
    const WholeTrial& whole,
    const std::filesystem::path& folder,
    CommandRunner& runner);

/// Two runs beside each other, cells matched by their levels.
[[nodiscard]] std::string render_difference_table(const MeasuredRun& first, const MeasuredRun& second);
/// "schema": "migralab.comparison/1"
[[nodiscard]] std::string render_difference_json(const MeasuredRun& first, const MeasuredRun& second);
[[nodiscard]] std::string render_difference_csv(const MeasuredRun& first, const MeasuredRun& second);

/// Packs a run's folder into `archive` (.tar.xz): raw data, resolved inputs, provenance, a README and SHA256SUMS, but
/// no report, which is made from these. The same folder gives the same bytes. Throws Error.
void write_bundle(const std::filesystem::path& run, const std::filesystem::path& archive, CommandRunner& runner);
/// Unpacks a results bundle into `folder`, which is new; returns the run's folder in it. Nothing is unpacked of an
/// archive that has more than plain files and folders, or one that leaves its own folder: Error (exit code 2) names the
/// member. That there is no room for it is an Error of exit code 1.
[[nodiscard]] std::filesystem::path
unpack_bundle(const std::filesystem::path& archive, const std::filesystem::path& folder, CommandRunner& runner);

} // namespace migralab
