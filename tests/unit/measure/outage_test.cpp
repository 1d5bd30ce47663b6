// SPDX-License-Identifier: Apache-2.0
#include "migralab/measure/outage.hpp"

#include <gtest/gtest.h>
#include <random>

namespace migralab {
namespace {

using namespace std::chrono_literals;

const Instant zero = Instant(1000s);

/// A trace at 1 kHz; a test says when each request was answered.
class Trace {
public:
  explicit Trace(std::size_t requests, Nanoseconds latency = 200us) {
    trace.probe = "udp";
    trace.interval = 1ms;
    for (std::size_t i = 0; i < requests; ++i) {
      RequestSample sample;
      sample.sequence = static_cast<std::uint32_t>(i);
      sample.planned = zero + i * 1ms;
      sample.sent = sample.planned;
      trace.samples.push_back(sample);
      answer(i, i * 1ms + latency);
    }
  }

  void answer(std::size_t i, Nanoseconds at) {
    trace.samples[i].answered = zero + at;
    trace.samples[i].end = RequestEnd::answered;
  }
  void lose(std::size_t first, std::size_t last, RequestEnd end = RequestEnd::timed_out) {
    for (std::size_t i = first; i <= last; ++i) {
      trace.samples[i].answered.reset();
      trace.samples[i].end = end;
    }
  }
  /// Requests first..last are answered at `at` and then every 10 us: queued.
  void queue(std::size_t first, std::size_t last, Nanoseconds at) {
    for (std::size_t i = first; i <= last; ++i) {
      answer(i, at + (i - first) * 10us);
    }
  }

  [[nodiscard]] std::optional<Outage> outage(Nanoseconds from = 0ms, Nanoseconds to = 1h) const {
    return longest_outage(trace, zero + from, zero + to);
  }

  ProbeTrace trace;
};

TEST(LongestOutage, IsNothingWhenAllIsAnswered) {
  EXPECT_FALSE(Trace(1000).outage());
  EXPECT_FALSE(Trace(0).outage());
}

TEST(LongestOutage, OfLostRequests) {
  Trace trace(1000);
  trace.lose(300, 499);
  const auto outage = trace.outage();
  ASSERT_TRUE(outage);
  EXPECT_EQ(outage->began, zero + 300ms);
  EXPECT_EQ(outage->ended, zero + 500ms + 200us);
  EXPECT_EQ(outage->unanswered, 200U);
  EXPECT_EQ(outage->delayed, 1U) << "the request whose answer ended it";
}

TEST(LongestOutage, OfQueuedRequests) {
  Trace trace(1000);
  trace.queue(300, 499, 500ms);
  const auto outage = trace.outage();
  ASSERT_TRUE(outage);
  EXPECT_EQ(outage->began, zero + 300ms);
  EXPECT_EQ(outage->ended, zero + 500ms);
  EXPECT_EQ(outage->unanswered, 0U);
  EXPECT_EQ(outage->delayed, 200U);
}

TEST(LongestOutage, OfAFullQueueThatLostTheRest) {
  Trace trace(1000);
  trace.queue(300, 399, 500ms);
  trace.lose(400, 499);
  const auto outage = trace.outage();
  ASSERT_TRUE(outage);
  EXPECT_EQ(outage->length(), 200ms);
  EXPECT_EQ(outage->unanswered, 100U);
  EXPECT_EQ(outage->delayed, 100U);
}

TEST(LongestOutage, ASingleLossOrAnOldOneIsNoSilence) {
  Trace trace(1000);
  trace.lose(100, 100);
  trace.lose(200, 203);
  EXPECT_FALSE(trace.outage());
  trace.lose(300, 349);
  ASSERT_TRUE(trace.outage());
  EXPECT_EQ(trace.outage()->began, zero + 300ms) << "the losses of before do not lengthen it";
}

TEST(LongestOutage, OfSeveralIsTheLongest) {
  Trace trace(1000);
  trace.lose(100, 129);
  trace.queue(400, 459, 460ms);
  trace.lose(800, 839);
  EXPECT_EQ(trace.outage()->began, zero + 400ms);
  EXPECT_EQ(trace.outage()->length(), 60ms);
}

TEST(LongestOutage, AnAnswerBetweenTwoStallsParts) {
  Trace trace(1000);
  trace.queue(300, 300, 400ms); // 100 ms, then one answer,
  trace.queue(301, 549, 550ms); // then 150 ms
  EXPECT_EQ(trace.outage()->began, zero + 400ms);
  EXPECT_EQ(trace.outage()->ended, zero + 550ms);
}

TEST(LongestOutage, TakesReorderedAnswersForWhatTheyAre) {
  Trace trace(1000);
  for (std::size_t i = 0; i + 1 < 1000; i += 2) { // every pair swapped
    trace.answer(i, i * 1ms + 1500us);
    trace.answer(i + 1, i * 1ms + 1200us);
  }
  EXPECT_FALSE(trace.outage());
  trace.lose(301, 400);
  const auto outage = trace.outage();
  ASSERT_TRUE(outage);
  EXPECT_NEAR(static_cast<double>(outage->length().count()), 100e6, 2e6);
}

TEST(LongestOutage, IsFoundUnderTheJitterOfSoftwareEmulation) {
  std::mt19937 random(1); // NOLINT: a fixed seed on purpose
  std::uniform_int_distribution<int> jitter_us(300, 20'000);
  Trace trace(3000);
  Nanoseconds previous = 0ms;
  for (std::size_t i = 0; i < 3000; ++i) { // in order, in batches: each no earlier than the one before
    previous = std::max<Nanoseconds>(previous, i * 1ms + std::chrono::microseconds(jitter_us(random)));
    trace.answer(i, previous);
  }
  trace.lose(1000, 1044); // a true silence of 45 ms
  const auto outage = trace.outage();
  ASSERT_TRUE(outage);
  EXPECT_GE(outage->began, zero + 1000ms);
  EXPECT_LT(outage->began, zero + 1021ms);
  EXPECT_NEAR(static_cast<double>(outage->length().count()), 45e6, 21e6);
}

TEST(LongestOutage, BelongsToTheWindowInWhichItBegan) {
  Trace trace(1000);
  trace.lose(300, 399);
  EXPECT_TRUE(trace.outage(250ms, 350ms));
  EXPECT_EQ(trace.outage(250ms, 350ms)->ended, zero + 400ms + 200us);
  EXPECT_FALSE(trace.outage(301ms, 1000ms));
  EXPECT_FALSE(trace.outage(0ms, 300ms));
}

TEST(LongestOutage, ThatNeverEndedIsNone) {
  Trace trace(1000);
  trace.lose(500, 999);
  EXPECT_FALSE(trace.outage());
  EXPECT_TRUE(never_returned(trace.trace, zero + 500ms));
  EXPECT_FALSE(never_returned(trace.trace, zero + 400ms));
  EXPECT_FALSE(never_returned(trace.trace, zero + 2000ms)) << "nothing was asked";
}

TEST(LongestOutage, ABadReplyDoesNotEndIt) {
  Trace trace(1000);
  trace.lose(300, 399);
  trace.answer(350, 351ms);
  trace.trace.samples[350].end = RequestEnd::bad_reply;
  EXPECT_EQ(trace.outage()->length(), 100ms + 200us);
  EXPECT_EQ(trace.outage()->unanswered, 100U);
}

TEST(LongestOutage, ALateAnswerEndsIt) {
  Trace trace(1000);
  trace.queue(300, 399, 400ms);
  trace.trace.samples[300].end = RequestEnd::late;
  EXPECT_EQ(trace.outage()->ended, zero + 400ms);
}

TEST(Summarize, CountsTheWindowByEndWithQuantilesOfTheAnswered) {
  Trace trace(200);
  for (std::size_t i = 0; i < 200; ++i) {
    trace.answer(i, i * 1ms + (i % 100 + 1) * 1us);
  }
  trace.lose(150, 199, RequestEnd::refused);
  const TraceSummary summary = summarize(trace.trace, zero, zero + 160ms);
  EXPECT_EQ(summary.planned, 160U);
  EXPECT_EQ(summary.ends.at(RequestEnd::answered), 150U);
  EXPECT_EQ(summary.ends.at(RequestEnd::refused), 10U);
  const TraceSummary hundred = summarize(trace.trace, zero, zero + 100ms);
  EXPECT_EQ(hundred.p50, 50us);
  EXPECT_EQ(hundred.p95, 95us);
  EXPECT_EQ(hundred.p99, 99us);
  EXPECT_EQ(hundred.maximum, 100us);
  EXPECT_EQ(summarize(trace.trace, zero + 150ms, zero + 200ms).maximum, 0us);
}

} // namespace
} // namespace migralab
