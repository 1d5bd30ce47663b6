// SPDX-License-Identifier: Apache-2.0
// An average whose mu follows its errors (Trigg and Leach 1967). Not of the publication; where it is worse than the
// published constant, that is here, too.
#include "migralab/balance/parameters.hpp"
#include "published_tables.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <vector>

namespace migralab::balance::test {
namespace {

using Shares = std::vector<double>;

constexpr double published_mu = 0.6;

/// The averages of these samples of the processor.
Shares averages(Smoother smoother, const Shares& samples) {
  Shares values;
  for (const double sample : samples) {
    values.push_back(smoother.add({sample, 0, 0}).cpu);
  }
  return values;
}

Smoother adaptive() {
  return Smoother(published_mu, std::nullopt, true);
}

TEST(AdaptiveMu, IsOffByDefault) {
  const Shares samples{0.3, 0.9, 0.1, 0.9};
  EXPECT_EQ(
      averages(Smoother(published_mu, std::nullopt, Parameters().adaptive_mu), samples),
      averages(Smoother(published_mu), samples));
}

TEST(AdaptiveMu, FollowsAStepFaster) {
  const Shares samples{0.3, 0.3, 0.3, 0.95, 0.95, 0.95};
  const Shares found = averages(adaptive(), samples);
  const Shares fixed = averages(Smoother(published_mu), samples);
  EXPECT_NEAR(found[3], 0.885, 1e-12) << "mu is 0.9: all errors are to one side";
  EXPECT_NEAR(found[4], 0.9435, 1e-12);
  EXPECT_NEAR(fixed[3], 0.69, 1e-12);
  EXPECT_NEAR(fixed[4], 0.846, 1e-12);
  EXPECT_GT(found[4], 0.9) << "overloaded with the second sample, ...";
  EXPECT_LT(fixed[4], 0.9) << "... and with 0.6 only with the third";
  EXPECT_GT(fixed[5], 0.9);
}

// Chapter 7.3: "from 65 % to 16 % and back in 10 s".
TEST(AdaptiveMu, SmoothsASwingingLoadMore) {
  const Shares samples{0.65, 0.16, 0.65, 0.16, 0.65, 0.16, 0.65, 0.16, 0.65, 0.16, 0.65, 0.16};
  const auto swing = [&](const Smoother& smoother) {
    const Shares values = averages(smoother, samples);
    const auto [least, most] = std::minmax_element(values.end() - 6, values.end());
    return *most - *least;
  };
  EXPECT_NEAR(swing(Smoother(published_mu)), 0.21, 0.005);
  EXPECT_LT(swing(adaptive()), 0.062);
  const Shares found = averages(adaptive(), {0.65, 0.16, 0.65});
  EXPECT_NEAR(found[1], 0.209, 1e-12) << "the first error is to one side";
  EXPECT_NEAR(found[2], 0.209 + 0.2 * 0.441, 1e-12) << "E = 0.0098, A = 0.1666: 0.06, and at least 0.2";
}

TEST(AdaptiveMu, AConstantStaysPut) {
  for (const double value : averages(adaptive(), Shares(100, 0.37))) {
    EXPECT_DOUBLE_EQ(value, 0.37);
  }
}

TEST(AdaptiveMu, IsKeptBetweenItsBounds) {
  Smoother smoother = adaptive();
  double before = smoother.add({0.5, 0, 0}).cpu;
  for (int i = 1; i < 500; ++i) {
    const double sample = i % 7 < 3 ? 0.9 : 0.01 * (i % 10); // calm and swinging stretches
    const double after = smoother.add({sample, 0, 0}).cpu;
    if (std::abs(sample - before) > 0.001) {
      const double mu = (after - before) / (sample - before);
      EXPECT_GE(mu, least_mu - 1e-6);
      EXPECT_LE(mu, most_mu + 1e-6);
    }
    before = after;
  }
}

TEST(AdaptiveMu, EachResourceHasItsOwn) {
  Smoother smoother = adaptive();
  for (int i = 0; i < 12; ++i) {
    smoother.add({0.3, i % 2 == 0 ? 0.65 : 0.16, 0.3});
  }
  const Load before = *smoother.value();
  const Load after = smoother.add({0.95, before.mem + 0.1, 0.3});
  EXPECT_NEAR(after.cpu, 0.885, 1e-12);
  EXPECT_LT(after.mem - before.mem, 0.04);
  EXPECT_DOUBLE_EQ(after.net, 0.3);
}

/// The time of the first overload by a column of a table; empty: there is none.
std::string first_overload(const std::string& table, const char* time, const char* sampled, Smoother smoother) {
  std::string first;
  for_each_row(table, [&](const CsvReader& row) {
    const bool over = smoother.add(all_of(row.number(sampled) / 100)).cpu > 0.9;
    first = over && first.empty() ? row.text(time) : first;
  });
  return first;
}

TEST(AdaptiveMu, SeesThePublishedOverloadInTimeAndSeesThroughTheSwing) {
  EXPECT_EQ(first_overload("tab5_2_ewma", "t", "inst_b", adaptive()), "8") << "as with 0.6; with 0.4 at 10";
  EXPECT_EQ(first_overload("tab7_3_host59", "time", "cpu_pct", adaptive()), "") << "samples of 94.9 % and 94.8 %";
}

// What it costs: a peak at the end of a rise is an error to the same side.
TEST(AdaptiveMu, TakesThePublishedPeakForAnOverload) {
  EXPECT_EQ(first_overload("tab5_1_ewma", "t", "inst_b", Smoother(published_mu)), "");
  EXPECT_EQ(first_overload("tab5_1_ewma", "t", "inst_b", adaptive()), "8") << "as with 0.8";
}

} // namespace
} // namespace migralab::balance::test
