// SPDX-License-Identifier: Apache-2.0
#include "migralab/simulation/random.hpp"

#include <array>
#include <cmath>
#include <gtest/gtest.h>

namespace migralab::simulation::test {
namespace {

TEST(Random, IsTheFixedAlgorithm) {
  // From the authors' C code and an independent implementation (Python's integers).
  Random zero(0);
  EXPECT_EQ(zero.next(), 0x99ec5f36cb75f2b4U);
  EXPECT_EQ(zero.next(), 0xbf6e1f784956452aU);
  EXPECT_EQ(zero.next(), 0x1a5f849d4933e6e0U);
  Random other(42);
  EXPECT_EQ(other.next(), 0x15780b2e0c2ec716U);
  EXPECT_EQ(other.next(), 0x6104d9866d113a7eU);
  EXPECT_EQ(other.next(), 0xae17533239e499a1U);
}

TEST(Random, BelowIsEvenAndWithinItsLimit) {
  Random random(7);
  std::array<int, 6> counts{};
  for (int i = 0; i < 60'000; ++i) {
    ++counts.at(random.below(counts.size()));
  }
  for (const int count : counts) {
    EXPECT_NEAR(count, 10'000, 400) << "four standard deviations";
  }
  EXPECT_EQ(random.below(1), 0U);
}

TEST(Random, AboutNormalHasTheMomentsOfOne) {
  Random random(3);
  double sum = 0;
  double squares = 0;
  int beyond_two = 0;
  constexpr int n = 40'000;
  for (int i = 0; i < n; ++i) {
    const double value = random.about_normal();
    sum += value;
    squares += value * value;
    beyond_two += std::abs(value) > 2 ? 1 : 0;
  }
  EXPECT_NEAR(sum / n, 0, 0.02);
  EXPECT_NEAR(squares / n, 1, 0.03);
  EXPECT_NEAR(beyond_two / double{n}, 0.0455, 0.005);
}

} // namespace
} // namespace migralab::simulation::test
