// SPDX-License-Identifier: Apache-2.0
#include "migralab/balancer/summary.hpp"

#include "sample_trace.hpp"

#include <gtest/gtest.h>

namespace migralab::balancer {
namespace {

constexpr double limit = 0.9;

TEST(BalanceSummary, CountsTheTimeAboveTheLimitBySamples) {
  const BalanceSummary summary = summarize(sample_trace(), limit);
  EXPECT_DOUBLE_EQ(summary.hosts.at("h1").seconds_over, 10); // the samples of 105 and 110
  EXPECT_DOUBLE_EQ(summary.hosts.at("h2").seconds_over, 0);
  EXPECT_DOUBLE_EQ(summary.hosts.at("h1").highest_average.cpu, 0.92);
  EXPECT_NEAR(summary.hosts.at("h1").mean.cpu, (1.0 + 1.0 + 0.6) / 3, 1e-12);
}

TEST(BalanceSummary, HasTheDeviationOfTheHostsOverTime) {
  // 5 s of 0.5 and 0.2 (its memory), then 10 s of 1.0 and 0.2; of two values it is half their difference. The last
  // sample stands for no time after it.
  EXPECT_NEAR(summarize(sample_trace(), limit).imbalance, (5 * 0.15 + 10 * 0.4) / 15, 1e-12);
}

TEST(BalanceSummary, CountsMovesAndMessages) {
  const BalanceSummary summary = summarize(sample_trace(), limit);
  EXPECT_EQ(summary.moves, 1U);
  EXPECT_EQ(summary.failed_moves, 1U);
  EXPECT_EQ(summary.ping_pong, 0U);
  EXPECT_DOUBLE_EQ(summary.bytes, 1e8);
  EXPECT_EQ(summary.downtime, std::chrono::milliseconds(120));
  EXPECT_EQ(summary.rounds, 1U);
  EXPECT_EQ(summary.messages, 15U);
  EXPECT_EQ(summary.message_bytes, 1400U);
  EXPECT_EQ((summary.destinations.at({"web", "h2"})), 1U);
}

TEST(BalanceSummary, TellsHowLongItTookFromTheSampleToTheMigration) {
  EXPECT_EQ(summarize(sample_trace(), limit).longest_response, std::chrono::milliseconds(40));
}

TEST(BalanceSummary, SeesAGuestThatGoesBack) {
  BalanceTrace trace = sample_trace();
  trace.moves.push_back(
      {.guest = "web",
       .from = "h2",
       .to = "h1",
       .began = at_second(300),
       .ended = at_second(301),
       .succeeded = true,
       .error = {},
       .downtime = std::nullopt});
  EXPECT_EQ(summarize(trace, limit).ping_pong, 1U);
  trace.moves.back().began = at_second(1000); // much later it is another story
  EXPECT_EQ(summarize(trace, limit).ping_pong, 0U);
}

TEST(BalanceSummary, OfNothingIsNothing) {
  const BalanceSummary summary = summarize({}, limit);
  EXPECT_TRUE(summary.hosts.empty());
  EXPECT_DOUBLE_EQ(summary.imbalance, 0);
}

} // namespace
} // namespace migralab::balancer
