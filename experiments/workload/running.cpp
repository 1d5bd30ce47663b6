// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/interrupt.hpp"
#include "migralab/core/units.hpp"
#include "migralab/process/command_runner.hpp"
#include "plugin.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <deque>
#include <fmt/format.h>
#include <thread>

namespace migralab {

namespace {

constexpr auto longest_run = std::chrono::hours(24 * 365); // it ends when its owner says so
constexpr auto pause_after_failure = std::chrono::milliseconds(500);
constexpr auto glance = std::chrono::milliseconds(10); // at whether it is to end
constexpr auto pause_between_runs = std::chrono::milliseconds(20);
constexpr unsigned most_failures = 20; // in a row, without a sample in between: 10 s and more
constexpr std::size_t most_lines = 60;

constexpr int ssh_failed = 255;
constexpr int no_such_program = 127;

class Running final : public RunningWorkload {
public:
  Running(const WorkloadSpec& spec, const WorkloadPlace& place)
      : spec_(spec), place_(place), plugin_(plugin_of(spec.kind)) {
    for (const WorkloadMetric& metric : plugin_.kind.metrics) {
      units_[metric.name] = metric.unit;
    }
    trace_.name = spec.name;
    trace_.kind = spec.kind;
    trace_.node = spec.node;
    thread_ = std::thread([this] { work(); });
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() override { end(); }

  WorkloadTrace stop() override {
    end();
    for (const std::string& line : last_lines_) {
      trace_.output += line + "\n";
    }
    return std::move(trace_);
  }

  [[nodiscard]] bool ready() const override { return ready_ || ended_; }

  void go() override { zero_ = std::chrono::steady_clock::now().time_since_epoch().count(); }

private:
  void end() {
    stopping_ = true;
    if (thread_.joinable()) {
      thread_.join();
    }
  }

  void work() {
    run_until_over();
    trace_.ended = std::chrono::steady_clock::now();
    if (trace_.began == Instant{}) {
      trace_.began = trace_.ended;
      if (trace_.error.empty() && has_window()) {
        trace_.error = fmt::format("it was stopped before its time came, after {}", human(spec_.begins));
      }
    }
    ended_ = true;
  }

  void run_until_over() {
    unsigned failures = 0;
    for (unsigned round = 0; !ending() && !over(); ++round) {
      const std::size_t samples_before = trace_.samples.size();
      const std::string failure = run_once(round);
      if (ending() || (over() && failure.empty())) {
        break;
      }
      if (!plugin_.restarts) {
        trace_.error = failure;
        break;
      }
      const bool failed = !failure.empty();
      failures = failed && trace_.samples.size() == samples_before ? failures + 1 : 0;
      if (failures == most_failures) {
        trace_.error = fmt::format("{} ({} times in a row: given up)", failure, failures);
        break;
      }
      if (failed) {
        add(std::chrono::steady_clock::now(), "failed_runs", 1);
        note(fmt::format("failed, and started anew: {}", failure));
      }
      wait(failed ? Nanoseconds(pause_after_failure) : Nanoseconds(pause_between_runs));
    }
  }

  [[nodiscard]] bool ending() const { return stopping_ || interrupted(); }

  [[nodiscard]] bool has_window() const { return spec_.begins > Nanoseconds{} || spec_.lasts; }

  /// Its time has come.
  [[nodiscard]] bool due() const {
    return !has_window() || (zero_ != 0 && std::chrono::steady_clock::now() >= zero() + spec_.begins);
  }

  /// Its window is: an end that was wished.
  [[nodiscard]] bool over() const {
    return spec_.lasts && zero_ != 0 && std::chrono::steady_clock::now() >= zero() + spec_.begins + *spec_.lasts;
  }

  [[nodiscard]] Instant zero() const { return Instant(Nanoseconds(zero_)); }

  /// The word that the leash waits for, once it is there and the time has come.
  std::string word() {
    if (!here_ || went_) {
      return "";
    }
    ready_ = ready_ || has_window();
    if (!due()) {
      return "";
    }
    went_ = true;
    ready_ = ready_ || plugin_.ready.empty();
    if (trace_.began == Instant{}) {
      trace_.began = std::chrono::steady_clock::now();
    }
    return leash_word;
  }

  /// Why it ended on its own; empty where it was stopped, or ended well and is to be run again.
  std::string run_once(unsigned round) {
    problem_.clear();
    here_ = went_ = false;
    const Options options(spec_.options);
    const LineReader reader = plugin_.reader(options);
    try {
      Command command = place_.on_node(plugin_.argv(options, place_, round));
      command.timeout = longest_run;
      command.input.clear();
      command.more_input = [this] { return word(); };
      command.ended_early = [this] { return stopping_ || over(); };
      command.watch = [&](const std::string& line) { take(line, reader); };
      SystemRunner runner;
      const CommandResult result = runner.run(command);
      return result.end == CommandResult::End::stopped ? "" : failure_of(result);
    } catch (const std::exception& error) { // its guest runs nowhere, say
      return error.what();
    }
  }

  [[nodiscard]] std::string failure_of(const CommandResult& result) const {
    if (result.ok() && plugin_.restarts) {
      return "";
    }
    const std::string& program = plugin_.kind.programs.front().program;
    const auto last = std::find_if(last_lines_.rbegin(), last_lines_.rend(), [](const std::string& line) {
      return line.find_first_not_of(" \t\r") != std::string::npos;
    });
    std::string said = problem_;
    if (said.empty() && last != last_lines_.rend()) {
      said = *last;
    }
    if (result.end == CommandResult::End::not_started) {
      said = result.errors;
    }
    const std::string why = said.empty() ? "" : ": " + said;
    if (result.end == CommandResult::End::exited && result.status == ssh_failed) {
      return fmt::format("the connection to {} broke, or {} ended with 255{}", spec_.node, program, why);
    }
    if (result.end == CommandResult::End::exited && result.status == no_such_program) {
      return fmt::format("{} has no {}{}", spec_.node, program, why);
    }
    if (result.ok()) {
      return fmt::format("{} ended although it was to go on{}", program, why);
    }
    return fmt::format("{}: {}{}", program, describe_end(result), why);
  }

  void take(const std::string& line, const LineReader& reader) {
    const Instant at = std::chrono::steady_clock::now();
    if (line == leash_is_here) {
      here_ = true;
      return;
    }
    note(line);
    ready_ = ready_ || (!plugin_.ready.empty() && line.starts_with(plugin_.ready));
    Readings readings;
    reader(line, at, readings);
    for (const auto& [metric, value] : readings.values) {
      if (std::isfinite(value)) { // a rate over no time at all is printed as "nan" or "inf"
        add(at, metric, value);
      }
    }
    if (!readings.problem.empty()) {
      problem_ = readings.problem;
    }
  }

  void add(Instant at, const std::string& metric, double value) {
    trace_.samples.push_back({.at = at, .metric = metric, .unit = units_.at(metric), .value = value});
  }

  void note(const std::string& line) {
    last_lines_.push_back(line);
    if (last_lines_.size() > most_lines) {
      last_lines_.pop_front();
    }
  }

  void wait(Nanoseconds span) const {
    for (const Deadline deadline(span); !ending() && !over() && !deadline.passed();) {
      std::this_thread::sleep_for(glance);
    }
  }

  const WorkloadSpec spec_;
  const WorkloadPlace place_;
  const Plugin& plugin_;
  std::map<std::string, std::string> units_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> ready_ = false;
  std::atomic<bool> ended_ = false;
  std::atomic<Nanoseconds::rep> zero_ = 0; // from when windows count; 0: not yet
  bool here_ = false;                      // the leash, of this run
  bool went_ = false;                      // it was told to begin
  WorkloadTrace trace_;                    // the thread's until it has been joined
  std::deque<std::string> last_lines_;
  std::string problem_; // of this run, as its reader understood it
  std::thread thread_;
};

} // namespace

std::string describe_window(const WorkloadSpec& spec) {
  const std::string from = spec.begins > Nanoseconds{} ? fmt::format("from {} on", human(spec.begins)) : "";
  const std::string span = spec.lasts ? fmt::format("for {}", human(*spec.lasts)) : "";
  return from + (from.empty() || span.empty() ? "" : ", ") + span;
}

std::unique_ptr<RunningWorkload> start_workload(const WorkloadSpec& spec, const WorkloadPlace& place) {
  return std::make_unique<Running>(spec, place);
}

} // namespace migralab
