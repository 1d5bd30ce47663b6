// SPDX-License-Identifier: Apache-2.0
#include "migralab/experiment/design.hpp"

#include "support/golden.hpp"
#include "two_hosts.hpp"

#include <algorithm>
#include <cmath>

namespace migralab {
namespace {

using test::experiment_with;
using test::two_hosts;
using Order = std::vector<unsigned>;

std::set<unsigned> first_cells(unsigned count) {
  std::set<unsigned> cells;
  for (unsigned cell = 1; cell <= count; ++cell) {
    cells.insert(cell);
  }
  return cells;
}

/// Of an experiment of one leg.
Order order_of(unsigned cells, unsigned block, std::uint64_t seed = 1) {
  Experiment experiment;
  experiment.seed = seed;
  Order order;
  for (const PlannedTrial& trial : block_of(experiment, first_cells(cells), block, 1)) {
    order.push_back(trial.cell);
  }
  return order;
}

TEST(Block, IsEveryWantedCellOnce) {
  for (unsigned block = 1; block <= 50; ++block) {
    Order order = order_of(7, block);
    std::sort(order.begin(), order.end());
    EXPECT_EQ(order, (Order{1, 2, 3, 4, 5, 6, 7}));
  }
  EXPECT_TRUE(block_of(Experiment{}, {}, 1, 1).empty());
}

/// Written down once, on one machine: on every other it has to be the same, or no run could be resumed elsewhere.
TEST(Block, IsTheSameOnEveryMachine) {
  EXPECT_EQ(order_of(8, 1), (Order{2, 3, 8, 6, 7, 5, 1, 4}));
  EXPECT_EQ(order_of(8, 2), (Order{8, 4, 6, 1, 5, 2, 3, 7}));
  EXPECT_EQ(order_of(8, 1, 2), (Order{1, 8, 2, 6, 4, 7, 3, 5}));
  EXPECT_EQ(order_of(8, 1, 4294967295), (Order{5, 1, 3, 7, 4, 6, 8, 2}));
}

TEST(Block, DependsOnSeedAndNumberAlone) {
  EXPECT_EQ(order_of(20, 3), order_of(20, 3));
  EXPECT_NE(order_of(20, 3), order_of(20, 4));
  EXPECT_NE(order_of(20, 3, 1), order_of(20, 3, 2));
  EXPECT_NE(order_of(20, 2, 1), order_of(20, 1, 2)) << "seed and block are not the same thing";
}

/// Each of the 24 orders of 4 cells, in 24000 blocks: 1000 each but for chance (chi-square, 23 degrees of freedom; 58
/// is exceeded once in 10000 fair draws).
TEST(Block, HasEveryOrderEquallyOften) {
  std::map<Order, unsigned> seen;
  for (unsigned block = 1; block <= 24000; ++block) {
    ++seen[order_of(4, block)];
  }
  ASSERT_EQ(seen.size(), 24U);
  double chi_square = 0;
  for (const auto& [order, count] : seen) {
    chi_square += std::pow(count - 1000.0, 2) / 1000.0;
  }
  EXPECT_LT(chi_square, 58);
}

TEST(Block, WalksTheRouteOfEachCell) {
  const Experiment experiment = experiment_with("warm_up: 2\nfactors: {settle: [1s, 2s]}\n");
  const std::vector<PlannedTrial> trials = block_of(experiment, {1, 2}, 2, 5);
  ASSERT_EQ(trials.size(), 4U);
  for (unsigned i = 0; i < 4; ++i) {
    EXPECT_EQ(trials[i].number, 5 + i);
    EXPECT_EQ(trials[i].leg, 1 + i % 2);
    EXPECT_EQ(trials[i].cell, trials[i / 2 * 2].cell) << "the legs of a cell follow each other";
    EXPECT_EQ(trials[i].block, 2U);
    EXPECT_TRUE(trials[i].warm_up);
  }
  EXPECT_NE(trials[0].cell, trials[2].cell);
  EXPECT_FALSE(block_of(experiment, {1, 2}, 3, 9).front().warm_up);
}

TEST(Block, HasOneTrialACellWhereNothingMoves) {
  EXPECT_EQ(block_of(experiment_with("migration: none\n", "guest: web\n"), {1}, 1, 1).size(), 1U);
}

class Wanted : public testing::Test {
protected:
  [[nodiscard]] std::set<unsigned>
  at(unsigned block, const std::map<unsigned, std::vector<double>>& values = {}) const {
    return cells_wanted(experiment, cells, block, values);
  }
  void make(const std::string& more) {
    experiment = experiment_with(more + "factors: {settle: [1s, 2s, 3s]}\n");
    cells = cells_of(experiment, two_hosts);
  }

  Experiment experiment;
  std::vector<Cell> cells;
};

TEST_F(Wanted, AreAllCellsAsOftenAsTheFileSays) {
  make("repetitions: 3\nwarm_up: 1\n");
  for (unsigned block = 1; block <= 4; ++block) {
    EXPECT_EQ(at(block), first_cells(3)) << block;
  }
  EXPECT_TRUE(at(5).empty());
  EXPECT_EQ(at(4, {{1, std::vector<double>(10, 1.0)}}), first_cells(3)) << "precise or not";
}

TEST_F(Wanted, AreThoseThatAreNotKnownWellEnough) {
  make("warm_up: 2\nrepetitions: 4\nstop: {metric: total_time, within: 10%, at_most: 12}\n");
  const std::vector<double> sure{100, 101, 99, 100, 102, 98};
  const std::vector<double> unsure{100, 160, 40, 100, 130, 70};
  EXPECT_EQ(at(6, {{1, sure}, {2, sure}, {3, sure}}), first_cells(3)) << "the least number of repetitions";
  EXPECT_EQ(at(7, {{1, sure}, {2, unsure}, {3, sure}}), (std::set<unsigned>{2}));
  EXPECT_EQ(at(7, {{1, sure}, {3, unsure}}), (std::set<unsigned>{3})) << "more trials of 2 would have no value either";
  EXPECT_TRUE(at(7, {{1, sure}, {2, sure}, {3, sure}}).empty());
  EXPECT_EQ(at(14, {{1, unsure}, {2, sure}, {3, sure}}), (std::set<unsigned>{1}));
  EXPECT_TRUE(at(15, {{1, unsure}, {2, unsure}, {3, unsure}}).empty()) << "12 at most, after 2 to warm up";
}

TEST_F(Wanted, AreNeverDoneWithFewerValuesThanAnIntervalNeeds) {
  make("stop: {metric: total_time, within: 50%}\n");
  const std::vector<double> five(5, 100.0);
  const std::vector<double> six(6, 100.0);
  EXPECT_EQ(at(3, {{1, five}, {2, five}, {3, six}}), (std::set<unsigned>{1, 2}));
}

TEST(RenderDesign, OfAFixedNumber) {
  const Experiment experiment = experiment_with(
      "warm_up: 1\nrepetitions: 2\nseed: 7\nfactors:\n  migration.technique: [pre-copy, stop-and-copy]\n"
      "  rate: {path: topology.networks.lan.rate, levels: [100Mbit/s, 1Gbit/s]}\n");
  test::expect_golden(
      test::source_path("tests/unit/experiment/fixed.design"),
      render_design(experiment, cells_of(experiment, two_hosts)));
}

TEST(RenderDesign, OfAStoppingRule) {
  const Experiment experiment = experiment_with(
      "stop: {metric: downtime.udp, within: 2.5%, at_most: 20}\n", "moves: {web: [h2, h1], db: [h2, h1]}\n");
  test::expect_golden(
      test::source_path("tests/unit/experiment/stopping.design"),
      render_design(experiment, cells_of(experiment, two_hosts)));
}

TEST(RenderDesign, WhereNothingMoves) {
  const Experiment experiment =
      experiment_with("migration: none\nbefore: 90min\nlimits: {trial: 2h}\nrepetitions: 3\n", "guest: web\n");
  test::expect_golden(
      test::source_path("tests/unit/experiment/still.design"),
      render_design(experiment, cells_of(experiment, two_hosts)));
}

} // namespace
} // namespace migralab
