// SPDX-License-Identifier: Apache-2.0
#include "analysis.hpp"

#include "sample_run.hpp"
#include "tables.hpp"

#include <gtest/gtest.h>

namespace migralab::test {
namespace {

/// A run of cells with the given levels, each with the given total times.
MeasuredRun run_of(
    const std::vector<std::string>& factors,
    const std::vector<std::pair<std::vector<std::string>, std::vector<double>>>& cells) {
  MeasuredRun run;
  run.run.experiment.name = "made";
  for (const std::string& factor : factors) {
    run.run.experiment.factors.push_back({factor, "migration." + factor, {}});
  }
  unsigned number = 0;
  for (const auto& [levels, values] : cells) {
    Cell& cell = run.run.cells.emplace_back();
    cell.number = static_cast<unsigned>(run.run.cells.size());
    for (std::size_t i = 0; i < levels.size(); ++i) {
      cell.levels.push_back({factors[i], levels[i]});
    }
    for (const double value : values) {
      MeasuredTrial& trial = run.trials.emplace_back();
      trial.outcome.plan = {.number = ++number, .cell = cell.number, .block = 1, .leg = 1, .warm_up = false};
      trial.outcome.accelerator = "kvm";
      trial.metrics = {{"total_time", "s", value}};
    }
  }
  return run;
}

TEST(Analyse, ComparesEachCellWithTheFirstLevelOfEachFactor) {
  const std::vector<double> some{1, 2, 3, 4, 5, 6};
  const MeasuredRun run = run_of(
      {"technique", "rate"},
      {{{"pre", "slow"}, some}, {{"pre", "fast"}, some}, {{"post", "slow"}, some}, {{"post", "fast"}, some}});
  const Analysis analysis = analyse(run);
  std::vector<std::string> pairs;
  for (const Comparison& one : analysis.comparisons) {
    pairs.push_back(
        one.differs + ": " + analysis.cells[one.second_cell].name + " / " + analysis.cells[one.first_cell].name);
  }
  const std::vector<std::string> expected{
      "rate: pre, fast / pre, slow",
      "technique: post, slow / pre, slow",
      "technique: post, fast / pre, fast",
      "rate: post, fast / post, slow"};
  EXPECT_EQ(pairs, expected);
}

TEST(Analyse, ComparesWithTheFirstCellWhereNoOtherIsLikeIt) {
  const MeasuredRun run = run_of({"a", "b"}, {{{"1", "x"}, {1, 2}}, {{"2", "y"}, {3, 4}}});
  const Analysis analysis = analyse(run);
  ASSERT_EQ(analysis.comparisons.size(), 1U);
  EXPECT_EQ(analysis.comparisons[0].differs, "");
  EXPECT_DOUBLE_EQ(analysis.comparisons[0].ratio.ratio, 3.5 / 1.5);
  EXPECT_EQ(analysis.comparisons[0].verdict(), "~") << "two values can show nothing";
}

TEST(Analyse, CorrectsForTheComparisonsOfAMetric) {
  const std::vector<double> low{1, 2, 3, 4, 5};
  const std::vector<double> high{6, 7, 8, 9, 10};
  const MeasuredRun run = run_of({"a"}, {{{"0"}, low}, {{"1"}, high}, {{"2"}, high}});
  const Analysis analysis = analyse(run);
  ASSERT_EQ(analysis.comparisons.size(), 2U);
  EXPECT_NEAR(analysis.comparisons[0].test.p, 2.0 / 252, 1e-12);
  EXPECT_NEAR(analysis.comparisons[0].p, 4.0 / 252, 1e-12);
  EXPECT_EQ(analysis.comparisons[0].verdict(), "2.67 times as much");
  EXPECT_FALSE(analysis.comparisons[0].ratio.interval.interval) << "five values carry none";
}

TEST(Analyse, LeavesFailuresAndWarmUpOutOfStatisticsButCountsThem) {
  const MeasuredRun run = sample_run();
  const Analysis analysis = analyse(run);
  ASSERT_EQ(analysis.cells.size(), 2U);
  EXPECT_EQ(analysis.cells[0].warm_up, 2U);
  std::size_t failed = 0;
  for (const CellFacts& cell : analysis.cells) {
    EXPECT_EQ(cell.find("total_time")->values.size(), cell.trials - cell.failed.size());
    failed += cell.failed.size();
  }
  EXPECT_EQ(failed, 1U);
}

TEST(Analyse, TakesTheLowerMedianForTypical) {
  const MeasuredRun run = run_of({}, {{{}, {5, 1, 4, 2}}});
  EXPECT_EQ(analyse(run).cells[0].typical, 4U) << "1 2 4 5: 2 was the fourth";
}

TEST(Analyse, SetsPredictionsBesideWhatWasMeasured) {
  MeasuredRun run = run_of({}, {{{}, {2, 4}}});
  run.trials[0].metrics.push_back({"model.geometric.total_time", "ms", 2200});
  run.trials[1].metrics.push_back({"model.geometric.total_time", "ms", 3600});
  const Analysis analysis = analyse(run);
  ASSERT_EQ(analysis.models.size(), 1U);
  EXPECT_EQ(analysis.models[0].model, "geometric");
  EXPECT_NEAR(analysis.models[0].error, 0, 1e-12) << "10 % too much, 10 % too little";
  EXPECT_NEAR(analysis.models[0].absolute_error, 0.1, 1e-12);
  EXPECT_TRUE(analysis.comparisons.empty());
}

TEST(CellTable, SaysHowManyValuesAnIntervalTakes) {
  const MeasuredRun run = run_of({}, {{{}, {1.5, 2.5}}});
  Analysis analysis = analyse(run);
  analysis.moves = true; // as with a migration
  const Table table = cell_table(analysis);
  ASSERT_EQ(table.rows.size(), 1U);
  EXPECT_EQ(table.rows[0][2].text, "2");
  EXPECT_EQ(table.rows[0][2].below, "n < 6");
}

TEST(LatencyHistogram, FindsQuantilesWithinAPercent) {
  LatencyHistogram histogram;
  for (int i = 1; i <= 1000; ++i) {
    histogram.add(std::chrono::microseconds(i));
  }
  for (const double p : {0.01, 0.5, 0.99, 1.0}) {
    const double expected = p * 1e6;
    EXPECT_NEAR(static_cast<double>(histogram.quantile(p)->count()), expected, expected * 0.01) << p;
  }
}

TEST(LatencyHistogram, CountsWhatWasNeverAnsweredAsSlowest) {
  LatencyHistogram histogram;
  for (int i = 0; i < 99; ++i) {
    histogram.add(std::chrono::milliseconds(1));
  }
  histogram.add_unanswered();
  EXPECT_TRUE(histogram.quantile(0.99));
  EXPECT_FALSE(histogram.quantile(0.995));
}

} // namespace
} // namespace migralab::test
