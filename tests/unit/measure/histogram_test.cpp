// SPDX-License-Identifier: Apache-2.0
#include "migralab/measure/histogram.hpp"

#include "migralab/core/error.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <random>

namespace migralab {
namespace {

using namespace std::chrono_literals;

/// Nearest rank, from all values.
Nanoseconds exact(const std::vector<Nanoseconds>& sorted, double share) {
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

TEST(Histogram, QuantilesAreTheExactOnesToAThousandth) {
  std::mt19937_64 random(7); // NOLINT: the same data each time
  std::lognormal_distribution<double> latencies(std::log(800e3), 2.5);
  std::vector<Nanoseconds> values;
  Histogram histogram;
  for (int i = 0; i < 50'000; ++i) {
    values.emplace_back(std::llround(latencies(random)));
    histogram.record(values.back());
  }
  std::sort(values.begin(), values.end());
  EXPECT_EQ(histogram.count(), values.size());
  EXPECT_EQ(histogram.minimum(), values.front());
  EXPECT_EQ(histogram.maximum(), values.back());
  for (const double share : {0.0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1.0}) {
    const Nanoseconds right = exact(values, share);
    const Nanoseconds told = histogram.quantile(share);
    EXPECT_GE(told, right) << share;
    EXPECT_LE(static_cast<double>((told - right).count()), 1e-3 * static_cast<double>(right.count())) << share;
  }
}

TEST(Histogram, SmallValuesAreExact) {
  Histogram histogram;
  for (int i = 0; i < 2048; ++i) {
    histogram.record(Nanoseconds(i));
  }
  EXPECT_EQ(histogram.quantile(0.5), 1023ns);
  EXPECT_EQ(histogram.quantile(0.25), 511ns);
  EXPECT_EQ(histogram.buckets().size(), 2048U);
  EXPECT_EQ(histogram.mean(), 1024ns) << "1023.5, rounded";
}

TEST(Histogram, BucketsCoverEveryValueOnce) {
  // Around each power of two, where the widths change, and at the ends.
  std::vector<std::int64_t> values{0, 1, INT64_MAX, INT64_MAX - 1};
  for (unsigned bits = 1; bits < 63; ++bits) {
    for (std::int64_t near = -2; near <= 2; ++near) {
      values.push_back(std::max<std::int64_t>(0, (std::int64_t{1} << bits) + near));
    }
  }
  for (const std::int64_t value : values) {
    Histogram histogram;
    histogram.record(Nanoseconds(value));
    const auto buckets = histogram.buckets();
    ASSERT_EQ(buckets.size(), 1U);
    EXPECT_LE(buckets[0].least.count(), value);
    EXPECT_GE(buckets[0].greatest.count(), value);
    EXPECT_EQ(histogram.quantile(0.5).count(), value) << "alone, it is also the least and the greatest";
    if (buckets[0].least > 0ns) {
      EXPECT_LE((buckets[0].greatest - buckets[0].least).count(), buckets[0].least.count() / 1000);
    }
  }
  Histogram all;
  for (std::int64_t value = 0; value < 20'000; ++value) {
    all.record(Nanoseconds(value));
  }
  Nanoseconds next{};
  for (const HistogramBucket& bucket : all.buckets()) {
    EXPECT_EQ(bucket.least, next) << "no gap, no overlap";
    next = bucket.greatest + 1ns;
    if (next <= 20'000ns) {
      EXPECT_EQ(bucket.count, static_cast<std::uint64_t>((next - bucket.least).count()));
    }
  }
}

TEST(Histogram, MergedIsAsIfRecordedInOne) {
  Histogram one;
  Histogram other;
  Histogram both;
  for (int i = 1; i <= 1000; ++i) {
    const Nanoseconds value = i * i * 1us;
    (i % 3 == 0 ? one : other).record(value);
    both.record(value);
  }
  one.merge(other);
  one.merge(Histogram());
  EXPECT_EQ(one.count(), both.count());
  EXPECT_EQ(one.minimum(), 1us);
  EXPECT_EQ(one.maximum(), 1s);
  EXPECT_EQ(one.mean(), both.mean());
  for (const double share : {0.1, 0.5, 0.99}) {
    EXPECT_EQ(one.quantile(share), both.quantile(share));
  }
  Histogram empty;
  empty.merge(both);
  EXPECT_EQ(empty.minimum(), 1us);
}

TEST(Histogram, RecordsManyAtOnce) {
  Histogram histogram;
  histogram.record(1ms, 99);
  histogram.record(3s, 1);
  histogram.record(9s, 0);
  EXPECT_EQ(histogram.count(), 100U);
  EXPECT_LE(histogram.quantile(0.99), 1001us);
  EXPECT_EQ(histogram.quantile(0.991), 3s);
  EXPECT_EQ(histogram.mean(), (99 * 1000us + 3s) / 100);
}

TEST(Histogram, OfNothingSaysNothing) {
  const Histogram empty;
  EXPECT_EQ(empty.count(), 0U);
  EXPECT_EQ(empty.quantile(0.5), 0ns);
  EXPECT_EQ(empty.mean(), 0ns);
  EXPECT_TRUE(empty.buckets().empty());
}

TEST(Histogram, RefusesNonsense) {
  Histogram histogram;
  EXPECT_THROW(histogram.record(-1ns), Error);
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_THROW(static_cast<void>(histogram.quantile(1.01)), Error);
  EXPECT_THROW(static_cast<void>(histogram.quantile(std::nan(""))), Error);
}

} // namespace
} // namespace migralab
