// SPDX-License-Identifier: Apache-2.0
// Our own gap-detector (topologies/images/guestbox): when the guest, or its clock, stood still.
#include "plugin.hpp"
#include "scan.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace migralab {

namespace {

/// Buckets of the histogram are powers of two of a microsecond: the n-th begins at 2^(n-1) us.
struct Bound {
  const char* metric;
  std::size_t bucket;
};
constexpr Bound bounds[] =
    {{"over_1ms", 11}, {"over_4ms", 13}, {"over_16ms", 15}, {"over_65ms", 17}, {"over_262ms", 19}};

class GapReader {
public:
  void operator()(const std::string& line, Instant at, Readings& to) {
    const std::vector<std::string> words = words_of(line);
    if (words.size() == 12 && words[0] == "gap") {
      to.values = {
          {"gap_monotonic", leading_number(words[4]).value_or(0)},
          {"gap_boottime", leading_number(words[7]).value_or(0)},
          {"gap_realtime", leading_number(words[10]).value_or(0)}};
    } else if (words.size() == 4 && words[0] == "beat") {
      const double here = std::chrono::duration<double, std::milli>(at.time_since_epoch()).count();
      const double lag = here - leading_number(words[2]).value_or(0) * 1e3;
      first_lag_ = first_lag_.value_or(lag);
      to.values = {{"lag", lag - *first_lag_}};
    } else if (words.size() > 3 && words[0] == "histogram") {
      for (const Bound& bound : bounds) {
        double count = 0;
        for (std::size_t i = 3 + bound.bucket; i < words.size(); ++i) {
          count += leading_number(words[i]).value_or(0);
        }
        to.values.emplace_back(bound.metric, count);
      }
    } else if (line.starts_with("gap-detector:")) {
      to.problem = line;
    }
  }

private:
  std::optional<double> first_lag_;
};

std::vector<WorkloadMetric> metrics() {
  std::vector<WorkloadMetric> all{
      {"gap_monotonic",
       "ms",
       "how much longer than 1 ms a sleep of 1 ms took, by CLOCK_MONOTONIC; those over the threshold"},
      {"gap_boottime", "ms", "the same by CLOCK_BOOTTIME"},
      {"gap_realtime", "ms", "the same by CLOCK_REALTIME"},
      {"lag", "ms", "arrival of a beat here less the guest's time in it, less that of the first beat"}};
  for (const Bound& bound : bounds) {
    all.push_back(
        {bound.metric, "", fmt::format("sleeps of a second that took over {} us too long", 1U << (bound.bucket - 1))});
  }
  return all;
}

} // namespace

Plugin gap_detector_plugin() {
  return {
      .kind =
          {.name = "gap-detector",
           .about = "sleeps of 1 ms at a real-time priority: when did the guest, or its clock, stand still?",
           .loop = WorkloadKind::Loop::open,
           .options =
               {{"beat",
                 "100ms",
                 SpanText{std::chrono::milliseconds(10), std::chrono::seconds(10), false},
                 "how often it sends its time"},
                {"threshold",
                 "10ms",
                 SpanText{std::chrono::milliseconds(1), std::chrono::seconds(10), false},
                 "gaps above it are told one by one"}},
           .metrics = metrics(),
           .programs = {{"gap-detector", ""}}},
      .argv =
          [](const Options& options, const WorkloadPlace&, unsigned) {
            const auto ms = [&](const char* name) { return fmt::format("{:.0f}us", options.seconds(name) * 1e6); };
            return std::vector<std::string>{"gap-detector", "--threshold", ms("threshold"), "--beat", ms("beat")};
          },
      .reader = [](const Options&) -> LineReader { return GapReader(); },
      .ready = "beat "};
}

std::optional<Nanoseconds> guest_downtime(const WorkloadTrace& gaps, Instant from, Instant to) {
  std::optional<double> before;
  std::optional<double> after;
  double longest = 0;
  for (const WorkloadSample& sample : gaps.samples) {
    if (sample.metric == "lag" && sample.at < from) {
      before = std::min(before.value_or(sample.value), sample.value);
    } else if (sample.metric == "lag" && sample.at > to) {
      after = std::min(after.value_or(sample.value), sample.value);
    } else if (sample.metric == "gap_monotonic" && sample.at >= from && sample.at <= to) {
      longest = std::max(longest, sample.value);
    }
  }
  if (!before || !after) {
    return std::nullopt;
  }
  return Nanoseconds(std::llround((longest + std::max(0.0, *after - *before)) * 1e6));
}

} // namespace migralab
