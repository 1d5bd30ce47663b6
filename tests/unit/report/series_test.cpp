// SPDX-License-Identifier: Apache-2.0
#include "series.hpp"

#include "sample_run.hpp"

#include <gtest/gtest.h>

namespace migralab::test {
namespace {

TEST(LatencyBins, KeepTheSlowestAndMarkFailures) {
  const auto bins = latency_bins(sample_trace("udp"), origin, 1s);
  ASSERT_EQ(bins.size(), 10U);
  EXPECT_DOUBLE_EQ(bins[0].at_s, 0.5);
  EXPECT_DOUBLE_EQ(*bins[0].maximum_ms, 0.6);
  EXPECT_FALSE(bins[0].failed);
  EXPECT_TRUE(bins[2].failed);
  EXPECT_NEAR(*bins[2].maximum_ms, 60.3, 1e-9);
  EXPECT_LT(*bins[2].median_ms, 1.0);
}

TEST(LatencyBins, OfASilenceHaveNoLatency) {
  ProbeTrace trace = sample_trace("udp");
  for (RequestSample& sample : trace.samples) {
    sample.answered.reset();
    sample.end = RequestEnd::timed_out;
  }
  for (const LatencyBin& bin : latency_bins(trace, origin, 1s)) {
    EXPECT_FALSE(bin.median_ms);
    EXPECT_TRUE(bin.failed);
  }
  trace.samples.clear();
  EXPECT_TRUE(latency_bins(trace, origin, 1s).empty());
}

TEST(Throughput, SumsWhatEnteredEveryPort) {
  const RunOutcome run = sample_run();
  EXPECT_EQ(counted_networks(run), (std::vector<std::string>{"client", "migration"}));
  const auto points = throughput(run, "client", 1s);
  ASSERT_EQ(points.size(), 10U);
  EXPECT_DOUBLE_EQ(points[0].at_s, 1.0);
  EXPECT_DOUBLE_EQ(points[0].mbit_per_s, 8.0 * 200'000 / 1e6);
}

TEST(Throughput, LeavesOutPortsThatCameOrBeganAgain) {
  RunOutcome run;
  run.origin = origin;
  run.counters = {
      {origin, {{"m.a", {100, 0, 0, 0}}}},
      {origin + 1s, {{"m.a", {50, 0, 0, 0}}, {"m.b", {1'000'000, 0, 0, 0}}}},
      {origin + 2s, {{"m.a", {50, 0, 0, 0}}, {"m.b", {1'125'000, 0, 0, 0}}}}};
  const auto points = throughput(run, "m", 1s);
  ASSERT_EQ(points.size(), 2U);
  EXPECT_DOUBLE_EQ(points[0].mbit_per_s, 0.0);
  EXPECT_DOUBLE_EQ(points[1].mbit_per_s, 1.0);
}

} // namespace
} // namespace migralab::test
