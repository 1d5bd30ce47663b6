// SPDX-License-Identifier: Apache-2.0
#include "migralab/measure/disruption.hpp"

#include "migralab/core/error.hpp"
#include "migralab/measure/phases.hpp"

#include <algorithm>
#include <numeric>

namespace migralab {

namespace {

double seconds(Nanoseconds span) {
  return std::chrono::duration<double>(span).count();
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/// What the points say of each window.
struct Windows {
  std::vector<double> baseline;
  std::vector<double> losses; // where a loss counts
  std::vector<double> after;
  double missing_seconds = 0;
};

Windows windows_of(const RateSeries& series, const DisruptionWindow& window) {
  const Nanoseconds interval = series.interval;
  Instant losses_end = window.to;
  if (window.lengths) {
    const std::chrono::duration<double, std::nano> span(window.ended - window.began);
    losses_end = window.began + std::chrono::duration_cast<Nanoseconds>(span * *window.lengths);
  }
  Windows windows;
  for (std::size_t i = 0; i < series.points.size(); ++i) {
    const Instant end = series.points[i].at + interval; // PerfKitBenchmarker's time stamp
    if (end < window.from || end > window.to) {
      continue;
    }
    // A program that stood still reports what it did meanwhile in one value: spread over the time that it is for.
    std::vector<double> values{series.points[i].value};
    const Nanoseconds gap = i == 0 ? interval : Nanoseconds(series.points[i].at - series.points[i - 1].at);
    const auto missing = static_cast<double>(gap / interval - 1);
    if (missing > 1) {
      windows.missing_seconds += missing * seconds(interval);
      values.assign(static_cast<std::size_t>(missing) + 1, values.front() / (missing + 1));
    }
    const auto add = [&values](std::vector<double>& to) { to.insert(to.end(), values.begin(), values.end()); };
    if (end <= window.began) {
      add(windows.baseline);
    } else if (end <= losses_end) {
      add(windows.losses);
    }
    if (end > window.ended) {
      add(windows.after);
    }
  }
  return windows;
}

} // namespace

std::optional<Disruption> disruption_of(const RateSeries& series, const DisruptionWindow& window) {
  if (series.interval <= Nanoseconds(0) || window.began < window.from || window.ended < window.began ||
      window.to < window.ended) {
    throw Error("a disruption begins after its baseline and ends before the measurement", ExitStatus::bad_input);
  }
  const Windows windows = windows_of(series, window);
  if (windows.baseline.empty()) {
    return std::nullopt;
  }
  Disruption disruption;
  disruption.baseline_median = median(windows.baseline);
  disruption.baseline_mean = mean(windows.baseline);
  if (disruption.baseline_median <= 0) {
    return std::nullopt;
  }
  const double interval = seconds(series.interval);
  for (const double value : windows.losses) {
    if (value < disruption.baseline_median * window.degraded_below) {
      const double lost = (disruption.baseline_median - value) / disruption.baseline_median;
      disruption.total_loss_seconds += lost * interval;
      disruption.unresponsive += lost * lost * lost * interval;
    }
    for (std::size_t tenth = 0; tenth < disruption.seconds_below.size(); ++tenth) {
      if (value <= disruption.baseline_mean * static_cast<double>(tenth) / 10) {
        disruption.seconds_below[tenth] += interval;
      }
    }
  }
  disruption.total_missing_seconds = windows.missing_seconds;
  if (!windows.after.empty()) {
    disruption.degradation_percent = degradation_percent(disruption.baseline_mean, mean(windows.after));
  }
  return disruption;
}

} // namespace migralab
