// SPDX-License-Identifier: Apache-2.0
#include "links.hpp"

#include <cmath>
#include <gtest/gtest.h>

namespace migralab::simulated {
namespace {

using namespace std::chrono_literals;

constexpr Instant noon{std::chrono::hours(12)};
constexpr double unlimited = std::numeric_limits<double>::infinity();

class LinksTest : public testing::Test {
protected:
  /// Seconds from noon at which it is done are put into `done_`.
  Links::Id carry(const std::string& name, const std::vector<Cable>& path, double bytes, double cap = unlimited) {
    return links_.carry(path, bytes, cap, [this, name] {
      done_[name] = std::chrono::duration<double>(timeline_.now() - noon).count();
    });
  }

  Timeline timeline_{noon};
  Links links_{timeline_, {{"a.up", 100}, {"b.up", 100}, {"b.down", 100}, {"c.down", 100}, {"d.down", 30}}};
  std::map<std::string, double> done_;
};

TEST_F(LinksTest, OneAloneGetsTheWholeCable) {
  carry("one", {"a.up", "b.down"}, 500);
  timeline_.run_until(noon + 1min);
  EXPECT_NEAR(done_.at("one"), 5, 1e-6);
  EXPECT_NEAR(links_.carried().at("a.up"), 500, 1e-6);
}

TEST_F(LinksTest, TwoShareUntilOneIsDone) {
  carry("short", {"a.up", "b.down"}, 100);
  carry("long", {"a.up", "c.down"}, 300);
  timeline_.run_until(noon + 1min);
  EXPECT_NEAR(done_.at("short"), 2, 1e-6);
  EXPECT_NEAR(done_.at("long"), 4, 1e-6) << "2 s at half, 2 s alone";
}

TEST_F(LinksTest, WhatOneCannotUseTheOtherGets) {
  const auto slow = carry("slow", {"a.up", "d.down"}, 300);
  const auto fast = carry("fast", {"a.up", "b.down"}, 700);
  EXPECT_NEAR(links_.rate(slow), 30, 1e-6);
  EXPECT_NEAR(links_.rate(fast), 70, 1e-6);
  const auto capped = carry("capped", {"b.up", "c.down"}, 100, 20);
  EXPECT_NEAR(links_.rate(capped), 20, 1e-6);
  timeline_.run_until(noon + 1min);
  EXPECT_NEAR(done_.at("slow"), 10, 1e-6);
  EXPECT_NEAR(done_.at("fast"), 10, 1e-6);
}

TEST_F(LinksTest, WhatIsDroppedStops) {
  const auto one = carry("one", {"a.up", "b.down"}, 500);
  timeline_.run_until(noon + 2s);
  EXPECT_NEAR(links_.left(one), 300, 1e-6);
  EXPECT_NEAR(links_.through("a.up"), 100, 1e-6);
  links_.drop(one);
  timeline_.run_until(noon + 1min);
  EXPECT_TRUE(done_.empty());
  EXPECT_NEAR(links_.carried().at("a.up"), 200, 1e-6);
  EXPECT_EQ(links_.through("a.up"), 0);
}

TEST_F(LinksTest, NothingTakesNoTime) {
  carry("none", {"a.up", "b.down"}, 0);
  carry("here", {}, 1e12);
  timeline_.run_until(noon + 1s);
  EXPECT_EQ(done_.at("none"), 0);
  EXPECT_EQ(done_.at("here"), 0);
}

} // namespace
} // namespace migralab::simulated
