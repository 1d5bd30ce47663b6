// SPDX-License-Identifier: Apache-2.0
#include "migralab/coordination/replay_window.hpp"

#include <gtest/gtest.h>
#include <random>
#include <set>

namespace migralab::coordination {
namespace {

using Verdict = ReplayWindow::Verdict;

TEST(ReplayWindow, TakesEachNumberOnce) {
  ReplayWindow window;
  EXPECT_EQ(window.take(1), Verdict::fresh);
  EXPECT_EQ(window.take(1), Verdict::repeated);
  EXPECT_EQ(window.take(3), Verdict::fresh);
  EXPECT_EQ(window.take(2), Verdict::fresh);
  EXPECT_EQ(window.take(2), Verdict::repeated);
  EXPECT_EQ(window.take(3), Verdict::repeated);
}

TEST(ReplayWindow, ItsEdges) {
  ReplayWindow window;
  EXPECT_EQ(window.take(100), Verdict::fresh);
  EXPECT_EQ(window.take(100 - 63), Verdict::fresh);
  EXPECT_EQ(window.take(100 - 64), Verdict::too_old);
  EXPECT_EQ(window.take(100 + 63), Verdict::fresh);
  EXPECT_EQ(window.take(100), Verdict::repeated);
  EXPECT_EQ(window.take(164 + 64), Verdict::fresh) << "everything before is out of sight";
  EXPECT_EQ(window.take(164), Verdict::too_old);
  EXPECT_EQ(window.take(165), Verdict::fresh);
  EXPECT_EQ(window.take(0), Verdict::too_old);
  EXPECT_EQ(window.take(~0ULL), Verdict::fresh);
  EXPECT_EQ(window.take(~0ULL), Verdict::repeated);
}

TEST(ReplayWindow, AgreesWithASetOfAllNumbers) {
  std::mt19937 random(1);
  for (int run = 0; run < 100; ++run) {
    ReplayWindow window;
    std::set<std::uint64_t> seen;
    std::uint64_t highest = 0;
    for (int i = 0; i < 1000; ++i) {
      const std::uint64_t base = highest > 80 ? highest - 80 : 0;
      const std::uint64_t number = base + 1 + random() % 100;
      const Verdict expected = highest >= number + 64  ? Verdict::too_old
                               : seen.contains(number) ? Verdict::repeated
                                                       : Verdict::fresh;
      ASSERT_EQ(window.take(number), expected) << number << " after " << highest;
      seen.insert(number);
      highest = std::max(highest, number);
    }
  }
}

} // namespace
} // namespace migralab::coordination
