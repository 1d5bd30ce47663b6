// SPDX-License-Identifier: Apache-2.0
// The same data, another implementation: reference.json is what SciPy says (reference.py made it).
#include "migralab/statistics/comparison.hpp"
#include "migralab/statistics/proportion.hpp"
#include "migralab/statistics/summary.hpp"

#include "support/golden.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

namespace migralab {
namespace {

using nlohmann::json;
using Values = std::vector<double>;

const json& reference() {
  static const json all = json::parse(test::read_text(test::source_path("tests/unit/statistics/reference.json")));
  return all;
}

Values sample(const json& name) {
  return reference().at("samples").at(name.get<std::string>()).at("values").get<Values>();
}

void expect_close(double actual, double expected, double relative = 1e-12) {
  EXPECT_NEAR(actual, expected, relative * std::max(1e-3, std::abs(expected)));
}

void expect_same(const IntervalOrRefusal& actual, const json& expected) {
  ASSERT_EQ(actual.interval.has_value(), !expected.is_null()) << actual.refusal;
  if (actual.interval) {
    EXPECT_EQ(actual.interval->low, expected.at("low").get<double>());
    EXPECT_EQ(actual.interval->high, expected.at("high").get<double>());
    expect_close(actual.interval->coverage, expected.at("coverage"));
  }
}

TEST(Reference, Summaries) {
  EXPECT_EQ(reference().at("samples").size(), 9U);
  for (const auto& [name, expected] : reference().at("samples").items()) {
    SCOPED_TRACE(name);
    const Values values = expected.at("values");
    expect_close(mean(values), expected.at("mean"));
    expect_close(standard_deviation(values), expected.at("standard_deviation"));
    for (const json& at : expected.at("quantiles")) {
      expect_close(quantile(values, at[0]), at[1]);
    }
    for (const json& at : expected.at("intervals")) {
      const double confidence = at.at("confidence");
      const auto of_mean = mean_interval(values, confidence).interval;
      ASSERT_TRUE(of_mean);
      expect_close(of_mean->low, at.at("mean")[0]);
      expect_close(of_mean->high, at.at("mean")[1]);
      expect_same(median_interval(values, confidence), at.at("median"));
      expect_same(quantile_interval(values, 0.75, confidence), at.at("upper_quartile"));
    }
  }
}

TEST(Reference, Comparisons) {
  EXPECT_EQ(reference().at("comparisons").size(), 7U);
  for (const json& expected : reference().at("comparisons")) {
    SCOPED_TRACE(expected.dump());
    const Values first = sample(expected.at("first"));
    const Values second = sample(expected.at("second"));
    const RankTest test = mann_whitney(first, second);
    EXPECT_EQ(test.method == RankTestMethod::exact, expected.at("exact").get<bool>());
    EXPECT_EQ(test.u, expected.at("u").get<double>());
    EXPECT_NEAR(test.p, expected.at("p").get<double>(), 1e-10 * expected.at("p").get<double>());
    expect_close(test.cliffs_delta, expected.at("cliffs_delta"));
    expect_close(hodges_lehmann_shift(first, second), expected.at("shift"));
  }
}

TEST(Reference, RatioOfMediansBetweenExactQuantiles) {
  const json& expected = reference().at("ratio");
  const Values first = sample(expected.at("first"));
  const Values second = sample(expected.at("second"));
  // 10000 resamples know a probability of 0.025 to 0.0016 (one sigma): the ends lie between the quantiles at 0.02 and
  // 0.03 of the bootstrap's exact distribution, whatever the seed.
  const json& exact = expected.at("exact_quantiles");
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const RatioOfMedians found = ratio_of_medians(first, second, {.seed = seed});
    ASSERT_TRUE(found.interval.interval) << found.interval.refusal;
    EXPECT_GE(found.interval.interval->low, exact[0][1].get<double>() * (1 - 1e-12));
    EXPECT_LE(found.interval.interval->low, exact[1][1].get<double>() * (1 + 1e-12));
    EXPECT_GE(found.interval.interval->high, exact[2][1].get<double>() * (1 - 1e-12));
    EXPECT_LE(found.interval.interval->high, exact[3][1].get<double>() * (1 + 1e-12));
  }
}

TEST(Reference, RatioOfMediansAsSciPysBootstrap) {
  for (const char* name : {"ratio", "even_ratio"}) {
    SCOPED_TRACE(name);
    const json& expected = reference().at(name);
    const auto found =
        ratio_of_medians(sample(expected.at("first")), sample(expected.at("second")), {.resamples = 100'000});
    ASSERT_TRUE(found.interval.interval) << found.interval.refusal;
    expect_close(found.interval.interval->low, expected.at("scipy")[0], 0.01);
    expect_close(found.interval.interval->high, expected.at("scipy")[1], 0.01);
  }
}

TEST(Reference, Wilson) {
  EXPECT_EQ(reference().at("wilson").size(), 6U);
  for (const json& expected : reference().at("wilson")) {
    SCOPED_TRACE(expected.dump());
    const Proportion found = wilson(expected.at("events"), expected.at("trials"), expected.at("confidence"));
    EXPECT_NEAR(found.interval.low, expected.at("interval")[0].get<double>(), 1e-14);
    EXPECT_NEAR(found.interval.high, expected.at("interval")[1].get<double>(), 1e-14);
  }
}

} // namespace
} // namespace migralab
