// SPDX-License-Identifier: Apache-2.0
#include "migralab/statistics/comparison.hpp"

#include "migralab/core/error.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>

namespace migralab {
namespace {

using Values = std::vector<double>;

TEST(MannWhitney, ExactByHand) {
  // All 3 values above all 4: one of C(7, 3) = 35 orders on each side.
  const RankTest test = mann_whitney(Values{10, 11, 12}, Values{1, 2, 3, 4});
  EXPECT_EQ(test.method, RankTestMethod::exact);
  EXPECT_EQ(test.u, 12);
  EXPECT_DOUBLE_EQ(test.p, 2.0 / 35);
  EXPECT_DOUBLE_EQ(test.least_p, 2.0 / 35);
  EXPECT_EQ(test.cliffs_delta, 1);
}

TEST(MannWhitney, FourOfEachAreTheFewestForFivePercent) {
  EXPECT_GT(mann_whitney(Values{4, 5, 6}, Values{1, 2, 3}).p, 0.05);
  EXPECT_LT(mann_whitney(Values{5, 6, 7, 8}, Values{1, 2, 3, 4}).p, 0.05);
  EXPECT_DOUBLE_EQ(mann_whitney(Values{5, 6, 7, 8}, Values{1, 2, 3, 4}).least_p, 2.0 / 70);
}

TEST(MannWhitney, OfASampleWithItselfFindsNothing) {
  const Values values{1, 2, 3, 4, 5, 6};
  const RankTest test = mann_whitney(values, values);
  EXPECT_EQ(test.method, RankTestMethod::normal);
  EXPECT_EQ(test.p, 1);
  EXPECT_EQ(test.cliffs_delta, 0);
  EXPECT_EQ(mann_whitney(Values(5, 3.0), Values(6, 3.0)).p, 1);
}

TEST(MannWhitney, IsTheSameTheOtherWayRound) {
  const Values first{1, 4, 6, 9, 12.5};
  const Values second{2, 3, 5, 7, 8, 10, 11};
  const RankTest one = mann_whitney(first, second);
  const RankTest other = mann_whitney(second, first);
  EXPECT_DOUBLE_EQ(one.p, other.p);
  EXPECT_EQ(one.u + other.u, 35);
  EXPECT_DOUBLE_EQ(one.cliffs_delta, -other.cliffs_delta);
}

TEST(MannWhitney, SeesOnlyTheOrder) {
  const Values first{1, 4, 6, 9};
  const Values second{2, 3, 5, 7, 8};
  const Values first_cubed{1, 64, 216, 729};
  const Values second_cubed{8, 27, 125, 343, 512};
  EXPECT_EQ(mann_whitney(first, second).p, mann_whitney(first_cubed, second_cubed).p);
}

TEST(MannWhitney, ExactAndNormalAgreeWhereTheyMeet) {
  Values first;
  Values second;
  for (int i = 0; i < 50; ++i) {
    first.push_back(2 * i + 0.5);
    second.push_back(2 * i - 8);
  }
  const double exact = mann_whitney(first, second).p;
  first.push_back(49.75); // the 51st, in the middle: the normal distribution's turn
  const RankTest next = mann_whitney(first, second);
  EXPECT_EQ(next.method, RankTestMethod::normal);
  EXPECT_NEAR(next.p, exact, 0.1 * exact);
}

TEST(MannWhitney, RejectsEqualDistributionsAsOftenAsItSays) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> uniform;
  constexpr int rounds = 4000;
  int rejected = 0;
  for (int i = 0; i < rounds; ++i) {
    Values first(6);
    Values second(8);
    std::generate(first.begin(), first.end(), [&] { return uniform(random); });
    std::generate(second.begin(), second.end(), [&] { return uniform(random); });
    rejected += mann_whitney(first, second).p <= 0.05 ? 1 : 0;
  }
  // The exact test at 6 and 8 has size 0.0426; three sigma of 4000 rounds.
  EXPECT_NEAR(static_cast<double>(rejected) / rounds, 0.0426, 0.0096);
}

TEST(HodgesLehmann, FindsAShift) {
  EXPECT_DOUBLE_EQ(hodges_lehmann_shift(Values{11, 12, 13, 19}, Values{1, 2, 3, 9}), 10);
  EXPECT_DOUBLE_EQ(hodges_lehmann_shift(Values{5}, Values{2}), 3);
}

Values skewed(std::size_t n, double scale, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::lognormal_distribution<double> distribution(0, 0.4);
  Values values(n);
  std::generate(values.begin(), values.end(), [&] { return scale * distribution(random); });
  return values;
}

TEST(RatioOfMedians, OfTheSameSeedIsTheSame) {
  const Values first = skewed(12, 2, 1);
  const Values second = skewed(15, 1, 2);
  const auto once = ratio_of_medians(first, second);
  const auto again = ratio_of_medians(first, second);
  EXPECT_EQ(once.interval.interval->low, again.interval.interval->low);
  EXPECT_EQ(once.interval.interval->high, again.interval.interval->high);
  EXPECT_TRUE(once.interval.interval->holds(once.ratio));
  Values shuffled = first;
  std::reverse(shuffled.begin(), shuffled.end());
  const auto reversed = ratio_of_medians(shuffled, second);
  EXPECT_EQ(once.interval.interval->low, reversed.interval.interval->low);
}

TEST(RatioOfMedians, ScalesWithTheValues) {
  const Values first = skewed(12, 2, 1);
  const Values second = skewed(15, 1, 2);
  Values tenfold = first;
  std::for_each(tenfold.begin(), tenfold.end(), [](double& value) { value *= 16; }); // exact in binary
  EXPECT_DOUBLE_EQ(
      ratio_of_medians(tenfold, second).interval.interval->low,
      16 * ratio_of_medians(first, second).interval.interval->low);
}

TEST(RatioOfMedians, CoversTheTrueRatio) {
  constexpr int rounds = 300;
  int held = 0;
  for (int i = 0; i < rounds; ++i) {
    const auto seed = static_cast<std::uint64_t>(i);
    const auto found =
        ratio_of_medians(skewed(20, 1.5, 2 * seed + 1), skewed(20, 1, 2 * seed + 2), {.resamples = 1000, .seed = seed});
    held += found.interval.interval->holds(1.5) ? 1 : 0;
  }
  // The percentile bootstrap of a median of 20 covers a little more than it says; three sigma of 300 rounds.
  EXPECT_GE(static_cast<double>(held) / rounds, 0.95 - 0.038);
}

TEST(RatioOfMedians, RefusesWhatTheDataCannotCarry) {
  const auto few = ratio_of_medians(Values{1, 2, 3, 4, 5}, skewed(10, 1, 1));
  EXPECT_GT(few.ratio, 0);
  EXPECT_FALSE(few.interval.interval);
  EXPECT_EQ(few.interval.refusal, "a 95 % interval of the ratio of medians takes 6 values of each, there are 5 and 10");
  EXPECT_EQ(few.interval.needed, 6U);
  const auto zero = ratio_of_medians(Values{1, 2, 3, 4, 5, 0}, skewed(10, 1, 1));
  EXPECT_EQ(zero.interval.refusal, "a ratio of medians takes values above 0");
  EXPECT_EQ(zero.interval.needed, 0U);
}

TEST(RatioOfMedians, TakesEnoughResamples) {
  try {
    (void)ratio_of_medians(skewed(10, 1, 1), skewed(10, 1, 2), {.resamples = 100});
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "statistics: 100 resamples; it takes 1000");
  }
}

TEST(Holm, CorrectsStepByStep) {
  // 4 x 0.01, 3 x 0.02, 2 x 0.03, 1 x 0.04, never falling.
  const std::vector<double> corrected = holm(Values{0.04, 0.01, 0.03, 0.02});
  EXPECT_DOUBLE_EQ(corrected[1], 0.04);
  EXPECT_DOUBLE_EQ(corrected[3], 0.06);
  EXPECT_DOUBLE_EQ(corrected[2], 0.06);
  EXPECT_DOUBLE_EQ(corrected[0], 0.06);
  EXPECT_EQ(holm(Values{0.9, 0.8})[0], 1);
  EXPECT_TRUE(holm(Values{}).empty());
}

} // namespace
} // namespace migralab
