// SPDX-License-Identifier: Apache-2.0
// A guest that pushes every millisecond, made by hand: what its clock and its network do is known here.
#include "loopback.hpp"
#include "migralab/measure/outage.hpp"
#include "push_slots.hpp"

#include <gtest/gtest.h>

namespace migralab::test {
namespace {

constexpr Instant zero{1000s};

std::size_t count(const ProbeTrace& trace, RequestEnd end) {
  return static_cast<std::size_t>(std::count_if(
      trace.samples.begin(), trace.samples.end(), [&](const RequestSample& sample) { return sample.end == end; }));
}

class PushedTest : public ::testing::Test {
protected:
  /// Datagrams first..last, sent on time and 200 us on the way, by a clock that is `behind`.
  void push(std::uint64_t first, std::uint64_t last, Nanoseconds behind = 0ms) {
    for (std::uint64_t k = first; k <= last; ++k) {
      arrivals.push_back({k, 0ns, zero + static_cast<Nanoseconds::rep>(k) * 1ms + 200us + behind});
    }
  }

  [[nodiscard]] ProbeTrace trace(Nanoseconds stopped, Nanoseconds asked = 0ms) const {
    return trace_of_push(arrivals, {.interval = 1ms, .timeout = 2s, .asked = zero + asked, .stopped = zero + stopped});
  }

  [[nodiscard]] static std::optional<Outage> outage(const ProbeTrace& trace) {
    return longest_outage(trace, Instant::min(), Instant::max());
  }

  std::vector<PushArrival> arrivals;
};

TEST_F(PushedTest, AnUndisturbedGuestAnswersEverySlot) {
  push(0, 2000);
  const ProbeTrace steady = trace(1999ms);
  EXPECT_EQ(steady.probe, "push");
  EXPECT_EQ(steady.interval, 1ms);
  ASSERT_EQ(steady.samples.size(), 1999U) << "0 to 1998: the next is due after the stop, for the client";
  EXPECT_EQ(count(steady, RequestEnd::answered), steady.samples.size());
  for (std::size_t k = 0; k < steady.samples.size(); ++k) {
    EXPECT_EQ(steady.samples[k].sequence, k);
    EXPECT_EQ(steady.samples[k].planned, zero + static_cast<Nanoseconds::rep>(k) * 1ms + 200us);
    EXPECT_EQ(steady.samples[k].answered, steady.samples[k].planned) << "nothing above the least delay";
    EXPECT_EQ(steady.samples[k].sent, steady.samples[k].planned);
    EXPECT_EQ(steady.samples[k].bytes, 32U);
  }
  EXPECT_FALSE(outage(steady));
}

TEST_F(PushedTest, AClockThatStoodStillLosesTheSlotsOfItsPause) {
  push(0, 999);
  push(1000, 3000, 300ms); // nothing was ever sent for 300 ms, and no sequence number is missing
  const ProbeTrace paused = trace(3290ms);
  EXPECT_EQ(count(paused, RequestEnd::timed_out), 300U);
  const auto found = outage(paused);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->began, zero + 1000ms + 200us);
  EXPECT_EQ(found->length(), 300ms);
  EXPECT_EQ(found->unanswered, 300U);
  EXPECT_EQ(summarize(paused, zero + 1500ms, zero + 3000ms).maximum, 0ns) << "the guest is not late for ever";
  EXPECT_EQ(summarize(paused, zero + 1500ms, zero + 3000ms).ends.at(RequestEnd::answered), 1500U);
}

TEST_F(PushedTest, APauseOfNoWholeIntervalsKeepsItsLength) {
  push(0, 999);
  push(1000, 3000, 50'700us);
  const ProbeTrace paused = trace(3040ms);
  EXPECT_EQ(outage(paused)->length(), 50'700us);
  EXPECT_EQ(count(paused, RequestEnd::timed_out), 50U);
  EXPECT_EQ(summarize(paused, zero + 1500ms, zero + 3000ms).maximum, 700us) << "less than an interval stays delay";
}

TEST_F(PushedTest, LostDatagramsAreLostSlots) {
  push(0, 999);
  push(1200, 3000);
  const ProbeTrace lossy = trace(2990ms);
  EXPECT_EQ(count(lossy, RequestEnd::timed_out), 200U);
  EXPECT_EQ(outage(lossy)->length(), 200ms);
  EXPECT_EQ(outage(lossy)->unanswered, 200U);
}

TEST_F(PushedTest, QueuedDatagramsAreDelayedAndNoneIsLost) {
  push(0, 999);
  for (std::uint64_t k = 1000; k < 1200; ++k) {
    arrivals.push_back({k, 0ns, zero + 1200ms + 200us});
  }
  push(1200, 3000);
  const ProbeTrace queued = trace(2990ms);
  EXPECT_EQ(count(queued, RequestEnd::answered), queued.samples.size());
  EXPECT_EQ(outage(queued)->length(), 200ms);
  EXPECT_EQ(outage(queued)->delayed, 200U);
  EXPECT_EQ(queued.samples[1000].sent, zero + 1000ms + 200us) << "sent on time";
  EXPECT_EQ(*queued.samples[1000].answered - queued.samples[1000].planned, 200ms);
}

TEST_F(PushedTest, ALateSenderIsToldFromASlowNetwork) {
  push(0, 999);
  arrivals.push_back({1000, 40ms, zero + 1043ms + 200us});
  push(1044, 2000);
  const ProbeTrace late = trace(1990ms);
  EXPECT_EQ(late.samples[1000].sent, late.samples[1000].planned + 40ms);
  EXPECT_EQ(late.samples[1000].answered, late.samples[1000].planned + 43ms);
}

TEST_F(PushedTest, TwoPausesAndALossAddUp) {
  push(0, 999);
  push(1000, 1499, 100ms);
  push(1510, 1999, 100ms);
  push(2000, 4000, 350ms);
  const ProbeTrace trace = this->trace(4300ms);
  EXPECT_EQ(count(trace, RequestEnd::timed_out), 100U + 10U + 250U);
  EXPECT_EQ(outage(trace)->length(), 250ms);
  EXPECT_EQ(trace.samples.back().planned, zero + 4299ms + 200us);
}

TEST_F(PushedTest, JitterLosesNothing) {
  push(0, 3000);
  for (std::size_t k = 0; k < arrivals.size(); ++k) {
    arrivals[k].at += k * 7919 % 1000 * 3us; // up to 3 ms
  }
  std::stable_sort(
      arrivals.begin(), arrivals.end(), [](const PushArrival& a, const PushArrival& b) { return a.at < b.at; });
  const ProbeTrace trace = this->trace(2900ms);
  EXPECT_EQ(count(trace, RequestEnd::answered), trace.samples.size());
  EXPECT_LE(summarize(trace, Instant::min(), Instant::max()).maximum, 3ms);
}

TEST_F(PushedTest, ASilenceThatNeverEndsLastsToTheStop) {
  push(0, 999);
  const ProbeTrace dead = trace(1500ms);
  EXPECT_EQ(count(dead, RequestEnd::timed_out), 500U);
  EXPECT_TRUE(never_returned(dead, zero + 1000ms));
  EXPECT_FALSE(never_returned(dead, zero + 900ms));
  EXPECT_FALSE(outage(dead));
}

TEST_F(PushedTest, WhatWasOnItsWayAtTheStopIsNotLost) {
  push(0, 1990);
  arrivals.push_back({1991, 0ns, zero + 2005ms});
  const ProbeTrace trace = this->trace(2000ms);
  EXPECT_EQ(count(trace, RequestEnd::timed_out), 0U);
  EXPECT_EQ(trace.samples.size(), 1992U);
}

TEST_F(PushedTest, AGuestThatRestartsBeginsAnewAndIsStillOne) {
  push(0, 999);
  for (std::uint64_t k = 0; k < 2000; ++k) {
    arrivals.push_back({k, 0ns, zero + 3s + static_cast<Nanoseconds::rep>(k) * 1ms + 200us});
  }
  const ProbeTrace trace = this->trace(4990ms);
  EXPECT_EQ(outage(trace)->length(), 2s);
  EXPECT_EQ(count(trace, RequestEnd::timed_out), 2000U);
}

TEST_F(PushedTest, CopiesCountOnce) {
  push(0, 1000);
  arrivals.insert(arrivals.begin() + 500, arrivals[499]);
  const ProbeTrace trace = this->trace(999ms);
  EXPECT_EQ(trace.samples.size(), 999U);
  EXPECT_EQ(count(trace, RequestEnd::answered), 999U);
}

TEST_F(PushedTest, AGuestThatWasMissingAtFirstWasMissedFromTheFirstRequest) {
  push(0, 2000);
  const ProbeTrace soon = trace(1999ms, -50ms);
  EXPECT_EQ(count(soon, RequestEnd::timed_out), 0U) << "the first datagram is how a push begins";
  const ProbeTrace late = trace(1999ms, -3s);
  EXPECT_EQ(count(late, RequestEnd::timed_out), 3000U);
  EXPECT_EQ(late.samples.front().planned, zero - 3s + 200us);
}

TEST_F(PushedTest, NothingAtAllIsASilenceOfItsKind) {
  const ProbeTrace none = trace_of_push(
      {}, {.interval = 10ms, .timeout = 2s, .asked = zero, .stopped = zero + 1s, .silence = RequestEnd::refused});
  EXPECT_EQ(none.samples.size(), 101U);
  EXPECT_EQ(count(none, RequestEnd::refused), 101U);
  EXPECT_TRUE(never_returned(none, zero));
}

} // namespace
} // namespace migralab::test
