// SPDX-License-Identifier: Apache-2.0
#include "migralab/experiment/extent.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

using Numbers = std::vector<unsigned>;

class Extent : public testing::Test {
protected:
  Extent() {
    experiment_.repetitions = 2;
    experiment_.warm_up = 1;
    experiment_.routes = {{.guest = "web", .hosts = {"h2", "h1"}}};
    cells_.resize(2);
    cells_[0].number = 1;
    cells_[1].number = 2;
  }

  /// A whole run in which each trial has the value that `value` gives it.
  template <typename Value> [[nodiscard]] std::vector<SeenTrial> run(Value value) const {
    std::vector<SeenTrial> seen;
    std::map<unsigned, std::vector<double>> values;
    for (unsigned block = 1;; ++block) {
      const std::set<unsigned> wanted = cells_wanted(experiment_, cells_, block, values);
      if (wanted.empty()) {
        return seen;
      }
      for (const PlannedTrial& plan : block_of(experiment_, wanted, block, static_cast<unsigned>(seen.size()) + 1)) {
        seen.push_back({plan, plan.warm_up ? std::nullopt : std::optional(value(plan))});
        if (!plan.warm_up) {
          values[plan.cell].push_back(*seen.back().value);
        }
      }
    }
  }
  [[nodiscard]] RunExtent of(const std::vector<SeenTrial>& seen) const { return extent_of(experiment_, cells_, seen); }

  Experiment experiment_;
  std::vector<Cell> cells_;
};

double steady(const PlannedTrial& plan) {
  return 10 + 0.001 * plan.number;
}

TEST_F(Extent, OfAWholeRun) {
  const RunExtent extent = of(run(steady));
  EXPECT_EQ(extent.planned, 12U) << "three blocks of two cells with two legs";
  EXPECT_FALSE(extent.at_most);
  EXPECT_TRUE(extent.missing.empty());
}

TEST_F(Extent, NamesTrialsThatAreNotThere) {
  std::vector<SeenTrial> seen = run(steady);
  std::erase_if(seen, [](const SeenTrial& trial) { return trial.plan.number == 3 || trial.plan.number >= 11; });
  const RunExtent extent = of(seen);
  EXPECT_EQ(extent.planned, 12U);
  EXPECT_EQ(extent.missing, (Numbers{3, 11, 12}));
  EXPECT_EQ(of({}).missing.size(), 12U);
}

TEST_F(Extent, FollowsTheStoppingRule) {
  experiment_.stop = {.metric = "total_time", .within = 0.05, .at_most = 10};
  const std::vector<SeenTrial> soon = run(steady);
  EXPECT_LT(soon.size(), 44U) << "known well enough before the rule's end";
  const RunExtent extent = of(soon);
  EXPECT_EQ(extent.planned, soon.size());
  EXPECT_FALSE(extent.at_most);
  EXPECT_TRUE(extent.missing.empty());
  const std::vector<SeenTrial> never = run([](const PlannedTrial& plan) { return plan.number % 4 < 2 ? 1.0 : 9.0; });
  EXPECT_EQ(never.size(), 44U);
  EXPECT_EQ(of(never).planned, 44U);
}

TEST_F(Extent, IsAtMostWhatTheRuleAllowsWhereItsTrialsAreNotThere) {
  experiment_.stop = {.metric = "total_time", .within = 0.05, .at_most = 10};
  std::vector<SeenTrial> seen = run(steady);
  const unsigned last = seen.back().plan.number;
  std::erase_if(seen, [&](const SeenTrial& trial) { return trial.plan.number == 4 || trial.plan.number == last - 1; });
  const RunExtent extent = of(seen);
  EXPECT_TRUE(extent.at_most);
  EXPECT_EQ(extent.planned, 44U);
  EXPECT_EQ(extent.missing, (Numbers{4, last - 1}));
}

} // namespace
} // namespace migralab
