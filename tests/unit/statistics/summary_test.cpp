// SPDX-License-Identifier: Apache-2.0
#include "migralab/statistics/summary.hpp"

#include "migralab/core/error.hpp"
#include "migralab/statistics/proportion.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>

namespace migralab {
namespace {

using Values = std::vector<double>;

std::string complaint(const auto& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(Summary, SaysWhereAndHowWide) {
  const Summary summary = summary_of(Values{3, 1, 4, 1, 5, 9, 2, 6});
  EXPECT_EQ(summary.n, 8U);
  EXPECT_DOUBLE_EQ(summary.mean, 3.875);
  EXPECT_DOUBLE_EQ(summary.median, 3.5);
  EXPECT_DOUBLE_EQ(summary.first_quartile, 1.75);
  EXPECT_DOUBLE_EQ(summary.third_quartile, 5.25);
  EXPECT_EQ(summary.minimum, 1);
  EXPECT_EQ(summary.maximum, 9);
  ASSERT_TRUE(summary.of_median.interval);
  EXPECT_EQ(summary.of_median.interval->low, 1);
  EXPECT_EQ(summary.of_median.interval->high, 9);
  EXPECT_DOUBLE_EQ(summary.of_median.interval->coverage, 1 - 2.0 / 256);
  EXPECT_TRUE(summary.outliers.empty());
}

TEST(Summary, OfOneValueHasNoIntervals) {
  const Summary summary = summary_of(Values{7});
  EXPECT_EQ(summary.median, 7);
  EXPECT_EQ(summary.standard_deviation, 0);
  EXPECT_EQ(summary.of_mean.refusal, "an interval of the mean takes 2 values, there are 1");
  EXPECT_EQ(summary.of_mean.needed, 2U);
  EXPECT_EQ(summary.of_median.refusal, "a 95 % interval of the median takes 6 values, there are 1");
  EXPECT_EQ(summary.of_median.needed, 6U);
}

TEST(Summary, RefusesAnIntervalThatTheDataCannotCarry) {
  const Values five{1, 2, 3, 4, 5};
  EXPECT_FALSE(median_interval(five).interval);
  EXPECT_TRUE(median_interval(five, 0.9).interval);
  EXPECT_EQ(
      quantile_interval(five, 0.99, 0.95).refusal,
      "a 95 % interval of the 99 % quantile takes 368 values, there are 5");
}

TEST(Summary, KnowsHowManyValuesAQuantileTakes) {
  EXPECT_EQ(values_needed(0.5, 0.95), 6U);
  EXPECT_EQ(values_needed(0.5, 0.99), 8U);
  EXPECT_EQ(values_needed(0.9, 0.95), 36U);
  EXPECT_EQ(values_needed(0.1, 0.95), 36U);
  EXPECT_EQ(values_needed(0.95, 0.95), 72U);
  EXPECT_EQ(values_needed(0.99, 0.95), 368U);
}

TEST(Summary, TheNumberNeededIsTheLeastThatHasAnInterval) {
  for (const double probability : {0.05, 0.25, 0.5, 0.75, 0.9}) {
    const std::size_t needed = values_needed(probability, 0.95);
    const double tail = std::pow(std::max(probability, 1 - probability), static_cast<double>(needed));
    EXPECT_LE(tail, 0.025);
    EXPECT_GT(tail / std::max(probability, 1 - probability), 0.025);
  }
}

TEST(Summary, CoverageIsNeverLessThanAskedFor) {
  Values values;
  for (int n = 1; n <= 80; ++n) {
    values.push_back(n);
    for (const double probability : {0.25, 0.5, 0.8}) {
      const IntervalOrRefusal found = quantile_interval(values, probability, 0.95);
      if (found.interval) {
        EXPECT_GE(found.interval->coverage, 0.95) << n << " values, p " << probability;
        EXPECT_LE(found.interval->low, found.interval->high);
      }
    }
  }
}

TEST(Summary, IntervalsCoverAsOftenAsTheySay) {
  std::mt19937_64 random(42);
  std::normal_distribution<double> normal(10, 3);
  constexpr int rounds = 4000;
  int median_held = 0;
  int mean_held = 0;
  double coverage = 0;
  for (int i = 0; i < rounds; ++i) {
    Values values(11);
    std::generate(values.begin(), values.end(), [&] { return normal(random); });
    const auto of_median = median_interval(values).interval;
    ASSERT_TRUE(of_median);
    coverage = of_median->coverage;
    median_held += of_median->holds(10) ? 1 : 0;
    mean_held += mean_interval(values).interval->holds(10) ? 1 : 0;
  }
  EXPECT_NEAR(coverage, 0.98828125, 1e-12); // 1 - 2 P(B(11, 1/2) <= 1)
  // Three sigma of 4000 rounds.
  EXPECT_NEAR(static_cast<double>(median_held) / rounds, coverage, 0.0052);
  EXPECT_NEAR(static_cast<double>(mean_held) / rounds, 0.95, 0.0104);
}

TEST(Summary, OrderOfTheValuesDoesNotMatter) {
  Values values{0.1, 0.2, 0.3, 1e9, -1e9, 7.7, 3.3, 1e-9, 12, 0.7};
  const Summary before = summary_of(values);
  std::mt19937_64 random(1);
  for (int i = 0; i < 20; ++i) {
    std::shuffle(values.begin(), values.end(), random);
    const Summary after = summary_of(values);
    EXPECT_EQ(before.mean, after.mean);
    EXPECT_EQ(before.standard_deviation, after.standard_deviation);
    EXPECT_EQ(before.median, after.median);
    EXPECT_EQ(before.of_mean.interval->low, after.of_mean.interval->low);
    EXPECT_EQ(before.of_median.interval->high, after.of_median.interval->high);
    EXPECT_EQ(before.outliers.size(), after.outliers.size());
  }
}

TEST(Summary, OutliersAreReportedAndKept) {
  const Values values{10.1, 10.2, 10.3, 10.4, 10.5, 10.6, 10.7, 10.8, 11.6, 17.5, 3.2};
  const Summary summary = summary_of(values); // quartiles 10.25 and 10.75, fences 9.5..11.5 and 8.75..12.25
  ASSERT_EQ(summary.outliers.size(), 3U);
  EXPECT_EQ(summary.outliers[0].index, 8U);
  EXPECT_FALSE(summary.outliers[0].far);
  EXPECT_EQ(summary.outliers[1].value, 17.5);
  EXPECT_TRUE(summary.outliers[1].far);
  EXPECT_EQ(summary.outliers[2].value, 3.2);
  EXPECT_EQ(summary.n, 11U);
  EXPECT_EQ(summary.maximum, 17.5);
  EXPECT_EQ(summary.minimum, 3.2);
}

TEST(Summary, EqualValuesHaveNoOutliersAndNoWidth) {
  const Values values(10, 4.0);
  EXPECT_TRUE(outliers(values).empty());
  EXPECT_EQ(median_interval(values).interval->half_width(), 0);
  EXPECT_TRUE(precision_of(values, 0.05).reached);
}

TEST(Precision, SaysWhenEnoughWasMeasured) {
  const Values steady{100, 101, 99, 100.5, 99.5, 100.2, 99.8, 100.1};
  const Precision enough = precision_of(steady, 0.05);
  EXPECT_TRUE(enough.reached);
  EXPECT_EQ(enough.expected_n, 8U);
  EXPECT_NEAR(*enough.relative_half_width, 0.01, 1e-3);

  const Values wild{100, 150, 50, 120, 80, 110, 90, 100};
  const Precision not_yet = precision_of(wild, 0.05);
  EXPECT_FALSE(not_yet.reached);
  EXPECT_DOUBLE_EQ(*not_yet.relative_half_width, 0.5);
  EXPECT_EQ(not_yet.expected_n, 800U); // ten times as narrow takes a hundred times as many
}

TEST(Precision, WithTooFewValuesSaysHowManyItTakes) {
  const Precision none = precision_of(Values{1, 2, 3}, 0.05);
  EXPECT_FALSE(none.reached);
  EXPECT_FALSE(none.relative_half_width);
  EXPECT_EQ(none.expected_n, 6U);
}

TEST(Precision, OfAMedianOfZeroHasNoRelativeWidth) {
  const Precision spread = precision_of(Values{-3, -2, -1, 0, 1, 2, 3}, 0.05);
  EXPECT_FALSE(spread.reached);
  EXPECT_FALSE(spread.relative_half_width);
  EXPECT_EQ(spread.expected_n, 8U);
  EXPECT_TRUE(precision_of(Values(7, 0.0), 0.05).reached);
}

TEST(Summary, RefusesWhatIsNoSample) {
  EXPECT_EQ(complaint([] { (void)median(Values{}); }), "statistics: there are no values");
  EXPECT_EQ(
      complaint([] {
        (void)summary_of(Values{1, std::nan("")});
      }),
      "statistics: value 2 of 2 is nan, not a number");
  EXPECT_EQ(
      complaint([] { (void)mean(Values{std::numeric_limits<double>::infinity()}); }),
      "statistics: value 1 of 1 is inf, not a number");
  EXPECT_EQ(
      complaint([] {
        (void)median_interval(Values{1, 2}, 95);
      }),
      "statistics: the confidence is 95; it lies between 0 and 1, both excluded");
  EXPECT_EQ(
      complaint([] {
        (void)quantile(Values{1, 2}, 50);
      }),
      "statistics: a quantile's probability is 50; it lies between 0 and 1");
  EXPECT_EQ(
      complaint([] {
        (void)precision_of(Values{1, 2}, 0);
      }),
      "statistics: the wanted precision is 0; it is above 0");
}

TEST(Wilson, OfNoneAndOfAll) {
  EXPECT_EQ(wilson(0, 10).interval.low, 0);
  EXPECT_NEAR(wilson(0, 10).interval.high, 0.277532799862889, 1e-12); // z^2 / (n + z^2)
  EXPECT_EQ(wilson(10, 10).interval.high, 1);
  EXPECT_EQ(wilson(3, 12).share, 0.25);
}

TEST(Wilson, OfEventsAndOfTheirAbsenceMirrorEachOther) {
  for (std::size_t events = 0; events <= 20; ++events) {
    const Interval of = wilson(events, 20).interval;
    const Interval not_of = wilson(20 - events, 20).interval;
    EXPECT_NEAR(of.low, 1 - not_of.high, 1e-14);
    EXPECT_LE(of.low, static_cast<double>(events) / 20);
    EXPECT_GE(of.high, static_cast<double>(events) / 20);
  }
}

TEST(Wilson, RefusesWhatIsNoShare) {
  EXPECT_EQ(complaint([] { (void)wilson(0, 0); }), "statistics: a share of no trials is asked for");
  EXPECT_EQ(complaint([] { (void)wilson(3, 2); }), "statistics: 3 events in 2 trials");
}

} // namespace
} // namespace migralab
