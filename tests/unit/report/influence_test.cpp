// SPDX-License-Identifier: Apache-2.0
// The classes of Alkmim 2009, figure 4.1, with the numbers printed there.
#include "analysis.hpp"
#include "page.hpp"
#include "sample_run.hpp"
#include "tables.hpp"

#include <algorithm>

namespace migralab::test {
namespace {

struct Printed {
  const char* metric;
  const char* unit;
  double local;
  double iscsi;
};

/// A run with a cell for each level of storage, in which every trial had these values.
MeasuredRun run_of(const std::vector<Printed>& values, const std::vector<std::string>& levels) {
  MeasuredRun run;
  run.run.experiment.name = "made";
  run.run.experiment.factors.push_back({"storage", "topology.storage.store.type", levels});
  for (const char* workload : {"disk", "memory", "cpu", "ping"}) {
    run.run.experiment.workloads.push_back({workload, "made", "vm"});
  }
  unsigned number = 0;
  for (const std::string& level : levels) {
    Cell& cell = run.run.cells.emplace_back();
    cell.number = static_cast<unsigned>(run.run.cells.size());
    cell.levels = {{"storage", level}};
    for (unsigned block = 1; block <= 8; ++block) {
      MeasuredTrial& trial = run.trials.emplace_back();
      trial.outcome.plan = {.number = ++number, .cell = cell.number, .block = block, .leg = 1, .warm_up = false};
      trial.outcome.accelerator = "kvm";
      for (const Printed& value : values) {
        const double middle = level == "local" ? value.local : value.iscsi;
        trial.metrics.push_back({value.metric, value.unit, middle * (1 + (block - 4.5) * 1e-5)});
      }
    }
  }
  return run;
}

const std::vector<Printed> figure_4_1{
    {"disk.throughput.whole", "MB/s", 36.0246, 18.9599},
    {"disk.latency_max.whole", "ms", 154.092, 207.913},
    {"memory.throughput.whole", "MB/s", 271.73, 270.66},
    {"cpu.events.whole", "1/s", 9952.45, 9899.59},
    {"ping.round_trip.whole", "ms", 110.9, 186.7},
    {"udp.response_p50.whole", "ms", 1, 2}}; // not in the figure: it shows what the workloads told

TEST(Influence, IsOfThePublishedClasses) {
  const MeasuredRun run = run_of(figure_4_1, {"local", "iscsi"});
  const Table table = influence_table(analyse(run));
  std::vector<std::string> rows;
  for (const auto& row : table.rows) {
    rows.push_back(row[1].text + ", " + row[2].text + ": " + row[5].text + ", " + row[6].text);
  }
  EXPECT_EQ(
      rows,
      (std::vector<std::string>{
          "local to iscsi, disk.throughput: -47 %, high",
          "local to iscsi, disk.latency_max: +35 %, considerable",
          "local to iscsi, memory.throughput: -0.4 %, negligible",
          "local to iscsi, cpu.events: -0.5 %, negligible",
          "local to iscsi, ping.round_trip: +68 %, high"}));
  EXPECT_EQ(table.rows[0][6].below, "");
}

TEST(Influence, SaysWhatMayBeChance) {
  MeasuredRun run = run_of(figure_4_1, {"local", "iscsi"});
  std::erase_if(run.trials, [](const MeasuredTrial& trial) { return trial.outcome.plan.block > 2; });
  const Table table = influence_table(analyse(run));
  ASSERT_EQ(table.rows.size(), 5U);
  EXPECT_EQ(table.rows[0][6].below, "not significant") << "two values of each can show nothing";
}

TEST(Influence, IsOfFactorsWithTwoLevelsOnly) {
  const MeasuredRun run = run_of(figure_4_1, {"local", "iscsi", "nfs"});
  EXPECT_TRUE(influence_table(analyse(run)).empty());
}

TEST(Influence, IsShownOfWorkloadsWhereGuestsMoveToo) {
  const MeasuredRun run = sample_run(); // one technique against the other, dbench meanwhile
  MeasuredRun with_workload = run;
  with_workload.run.experiment.workloads.push_back({"disk", "dbench", "web"});
  const Analysis analysis = analyse(with_workload);
  const Table table = influence_table(analysis);
  const auto shows = [&](const std::string& metric) {
    return std::any_of(table.rows.begin(), table.rows.end(), [&](const auto& row) { return row[2].text == metric; });
  };
  EXPECT_TRUE(shows("total migration time"));
  EXPECT_TRUE(shows("disk.throughput"));
  EXPECT_FALSE(shows("UDP echoes"));
  EXPECT_NE(render_page(analysis, {}, {}, {}).find("<h2 id=\"influence\">"), std::string::npos);
}

} // namespace
} // namespace migralab::test
