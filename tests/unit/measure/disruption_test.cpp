// SPDX-License-Identifier: Apache-2.0
#include "migralab/measure/disruption.hpp"

#include "migralab/core/error.hpp"
#include "support/golden.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace migralab {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr Instant zero{5000s};

RateSeries each_second(const std::vector<double>& values) {
  RateSeries series{1s, {}};
  for (const double value : values) {
    series.points.push_back({zero + static_cast<Nanoseconds::rep>(series.points.size()) * 1s, value});
  }
  return series;
}

DisruptionWindow window(Nanoseconds began, Nanoseconds ended, Nanoseconds to) {
  return {.from = zero, .began = zero + began, .ended = zero + ended, .to = zero + to};
}

TEST(Disruption, ByHand) {
  // Baseline 100 (median), 98 (mean); then 50, 0, 96 in the disruption, 90 until twice its length, then 100.
  const RateSeries series = each_second({100, 100, 100, 100, 90, 50, 0, 96, 90, 90, 100, 100, 100});
  const auto disruption = disruption_of(series, window(5s, 8s, 13s));
  ASSERT_TRUE(disruption);
  EXPECT_DOUBLE_EQ(disruption->baseline_median, 100);
  EXPECT_DOUBLE_EQ(disruption->baseline_mean, 98);
  EXPECT_DOUBLE_EQ(disruption->total_loss_seconds, 0.5 + 1 + 0.1 + 0.1) << "96 is within 95 % of the median";
  EXPECT_DOUBLE_EQ(disruption->unresponsive, 0.125 + 1 + 0.001 + 0.001);
  EXPECT_DOUBLE_EQ(disruption->total_missing_seconds, 0);
  // At or below 0, 9.8, ... 49, 58.8, ... 88.2: the zero always, 50 from 60 % on, 90 never.
  const std::array<double, 10> below{1, 1, 1, 1, 1, 1, 2, 2, 2, 2};
  EXPECT_EQ(disruption->seconds_below, below);
  EXPECT_DOUBLE_EQ(*disruption->degradation_percent, (98.0 - (90 + 90 + 100 + 100 + 100) / 5.0) / 98 * 100);
}

TEST(Disruption, AFifteenSecondStopLosesFifteenSeconds) {
  std::vector<double> values(60, 200);
  std::fill(values.begin() + 20, values.begin() + 35, 0);
  const auto disruption = disruption_of(each_second(values), window(20s, 40s, 60s));
  EXPECT_DOUBLE_EQ(disruption->total_loss_seconds, 15);
  EXPECT_DOUBLE_EQ(disruption->unresponsive, 15);
  EXPECT_DOUBLE_EQ(disruption->seconds_below[0], 15);
  EXPECT_DOUBLE_EQ(disruption->seconds_below[9], 15);
  EXPECT_DOUBLE_EQ(*disruption->degradation_percent, 0);
}

TEST(Disruption, SpreadsWhatAProgramThatStoodStillReportsAtOnce) {
  RateSeries series = each_second({100, 100, 100, 100, 100, 100, 100});
  series.points.erase(series.points.begin() + 3, series.points.begin() + 6); // 3, 4, 5 s: one value for four seconds
  const auto disruption = disruption_of(series, window(3s, 7s, 7s));
  EXPECT_DOUBLE_EQ(disruption->total_missing_seconds, 3);
  EXPECT_DOUBLE_EQ(disruption->total_loss_seconds, 4 * 0.75);
  RateSeries one_missing = each_second({100, 100, 100, 100, 100});
  one_missing.points.erase(one_missing.points.begin() + 3);
  EXPECT_DOUBLE_EQ(disruption_of(one_missing, window(3s, 5s, 5s))->total_missing_seconds, 0) << "jitter, not a gap";
}

TEST(Disruption, NothingWithoutABaseline) {
  const RateSeries series = each_second({100, 100, 0, 100});
  EXPECT_FALSE(disruption_of(series, window(500ms, 3s, 4s))) << "no point ends before";
  EXPECT_FALSE(disruption_of(each_second({0, 0, 0, 5}), window(2s, 3s, 4s))) << "nothing was done before";
  EXPECT_FALSE(disruption_of({1s, {}}, window(2s, 3s, 4s)));
}

TEST(Disruption, RefusesAWindowOutOfOrder) {
  const RateSeries series = each_second({100, 100, 0, 100});
  EXPECT_THROW(static_cast<void>(disruption_of(series, window(3s, 2s, 4s))), Error);
  EXPECT_THROW(static_cast<void>(disruption_of(series, window(1s, 5s, 4s))), Error);
  EXPECT_THROW(static_cast<void>(disruption_of({0s, series.points}, window(1s, 2s, 4s))), Error);
}

TEST(Disruption, AgreesWithAnotherImplementation) {
  const json cases = json::parse(test::read_text(test::source_path("tests/unit/measure/disruption_reference.json")));
  EXPECT_EQ(cases.size(), 6U);
  const auto at = [](const json& milliseconds) { return zero + milliseconds.get<std::int64_t>() * 1ms; };
  for (const auto& [name, given] : cases.items()) {
    SCOPED_TRACE(name);
    RateSeries series{given.at("interval_ms").get<std::int64_t>() * 1ms, {}};
    for (const json& point : given.at("points")) {
      series.points.push_back({at(point[0]), point[1]});
    }
    DisruptionWindow window{
        .from = at(given.at("from_ms")),
        .began = at(given.at("began_ms")),
        .ended = at(given.at("ended_ms")),
        .to = at(given.at("to_ms"))};
    window.lengths = given.at("lengths").is_null() ? std::nullopt : std::optional(given.at("lengths").get<double>());
    const auto disruption = disruption_of(series, window);
    ASSERT_TRUE(disruption);
    const json& expected = given.at("expected");
    const auto near = [&](double actual, const json& wanted) {
      EXPECT_NEAR(actual, wanted.get<double>(), 1e-9 * std::max(1.0, std::abs(wanted.get<double>())));
    };
    near(disruption->baseline_median, expected.at("baseline_median"));
    near(disruption->baseline_mean, expected.at("baseline_mean"));
    near(disruption->total_loss_seconds, expected.at("total_loss_seconds"));
    near(disruption->unresponsive, expected.at("unresponsive"));
    near(disruption->total_missing_seconds, expected.at("total_missing_seconds"));
    for (std::size_t tenth = 0; tenth < 10; ++tenth) {
      near(disruption->seconds_below[tenth], expected.at("seconds_below")[tenth]);
    }
    ASSERT_EQ(disruption->degradation_percent.has_value(), !expected.at("degradation_percent").is_null());
    if (disruption->degradation_percent) {
      near(*disruption->degradation_percent, expected.at("degradation_percent"));
    }
  }
}

} // namespace
} // namespace migralab
