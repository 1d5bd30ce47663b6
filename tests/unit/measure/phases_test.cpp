// SPDX-License-Identifier: Apache-2.0
#include "migralab/measure/phases.hpp"

#include "migralab/core/error.hpp"
#include "migralab/measure/rate.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

using namespace std::chrono_literals;

constexpr Instant zero{5000s};

/// A request each millisecond, answered after 300 us, but for those changed.
ProbeTrace steady(std::size_t requests) {
  ProbeTrace trace{"http", 1ms, {}};
  for (std::size_t i = 0; i < requests; ++i) {
    RequestSample& sample = trace.samples.emplace_back();
    sample.sequence = static_cast<std::uint32_t>(i);
    sample.planned = zero + i * 1ms;
    sample.sent = sample.planned;
    sample.answered = sample.planned + 300us;
    sample.end = RequestEnd::answered;
  }
  return trace;
}

void lose(ProbeTrace& trace, std::size_t from, std::size_t to, RequestEnd end) {
  for (std::size_t i = from; i < to; ++i) {
    trace.samples[i].answered.reset();
    trace.samples[i].end = end;
  }
}

TEST(AnswerRate, CountsByArrivalInBinsWithTheirZeros) {
  ProbeTrace trace = steady(1000);
  lose(trace, 500, 520, RequestEnd::timed_out);
  for (std::size_t i = 520; i < 540; ++i) { // queued: all come at 540.5 ms
    trace.samples[i].answered = zero + 540ms + 500us;
    trace.samples[i].end = RequestEnd::late;
  }
  const RateSeries series = answer_rate(trace, zero + 480ms, zero + 565ms);
  EXPECT_EQ(series.interval, 10ms);
  ASSERT_EQ(series.points.size(), 8U) << "the last 5 ms are no whole bin";
  const std::vector<double> expected{1000, 1000, 0, 0, 0, 0, 3000, 1000};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(series.points[i].at, zero + 480ms + i * 10ms);
    EXPECT_DOUBLE_EQ(series.points[i].value, expected[i]) << i;
  }
}

TEST(AnswerRate, ABadReplyIsNoAnswerAndNothingIsOutsideTheWindow) {
  ProbeTrace trace = steady(100);
  trace.samples[5].end = RequestEnd::bad_reply;
  const RateSeries series = answer_rate(trace, zero, zero + 50ms, 50ms);
  ASSERT_EQ(series.points.size(), 1U);
  EXPECT_DOUBLE_EQ(series.points[0].value, 49 / 0.05);
  EXPECT_TRUE(answer_rate(trace, zero + 50ms, zero).points.empty());
  EXPECT_THROW(static_cast<void>(answer_rate(trace, zero, zero + 1s, 0ms)), Error);
}

TEST(Phases, SetThreeWindowsSideBySide) {
  ProbeTrace trace = steady(3000);
  lose(trace, 1200, 1300, RequestEnd::timed_out);
  lose(trace, 1300, 1350, RequestEnd::refused);
  for (std::size_t i = 2000; i < 3000; ++i) {
    trace.samples[i].answered = trace.samples[i].planned + (i % 100 + 1) * 1ms;
  }
  trace.samples[1999].end = RequestEnd::late;
  const PhaseSummaries phases =
      phase_summaries(trace, {.before = zero, .during = zero + 1s, .after = zero + 2s, .end = zero + 2500ms});
  EXPECT_EQ(phases.before.length, 1s);
  EXPECT_DOUBLE_EQ(phases.before.rate, 1000);
  EXPECT_EQ(phases.before.requests.planned, 1000U);
  EXPECT_EQ(phases.before.failed, 0U);
  EXPECT_DOUBLE_EQ(phases.before.failed_share(), 0);
  EXPECT_EQ(phases.before.requests.p99, 300us);

  EXPECT_DOUBLE_EQ(phases.during.rate, 850);
  EXPECT_EQ(phases.during.requests.ends.at(RequestEnd::timed_out), 100U);
  EXPECT_EQ(phases.during.requests.ends.at(RequestEnd::refused), 50U);
  EXPECT_EQ(phases.during.requests.ends.at(RequestEnd::late), 1U);
  EXPECT_EQ(phases.during.failed, 151U) << "late is not in time";
  EXPECT_DOUBLE_EQ(phases.during.failed_share(), 0.151);
  EXPECT_EQ(phases.during.latencies.count(), 850U);

  EXPECT_EQ(phases.after.length, 500ms);
  EXPECT_EQ(phases.after.requests.p50, 50ms);
  EXPECT_EQ(phases.after.requests.p99, 99ms);
  EXPECT_EQ(phases.after.requests.maximum, 100ms);
  EXPECT_EQ(phases.after.latencies.maximum(), 100ms);
  EXPECT_EQ(phases.after.latencies.count(), 500U);

  EXPECT_DOUBLE_EQ(*degradation_percent(phases.before.rate, phases.during.rate), 15);
}

TEST(Phases, AnEmptyWindowIsNoFault) {
  const PhaseSummary empty = phase_summary(steady(10), zero + 5ms, zero + 5ms);
  EXPECT_EQ(empty.requests.planned, 0U);
  EXPECT_DOUBLE_EQ(empty.rate, 0);
  EXPECT_DOUBLE_EQ(empty.failed_share(), 0);
}

TEST(DegradationPercent, IsNothingWithoutARateBefore) {
  EXPECT_DOUBLE_EQ(*degradation_percent(200, 250), -25);
  EXPECT_FALSE(degradation_percent(0, 5));
}

} // namespace
} // namespace migralab
