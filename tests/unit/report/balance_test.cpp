// SPDX-License-Identifier: Apache-2.0
// The report of a run with a balancer.
#include "analysis.hpp"
#include "csv.hpp"
#include "fake_gnuplot.hpp"
#include "figures.hpp"
#include "page.hpp"
#include "sample_balance.hpp"
#include "scratch.hpp"
#include "tables.hpp"

#include <algorithm>

namespace migralab::test {
namespace {

const std::filesystem::path golden = source_path("tests/unit/report/golden");

MeasuredRun balance_run() {
  return measured(balance_record());
}

WholeTrial from_memory() {
  return [record = balance_record()](unsigned number) { return record.trials.at(number - 1); };
}

TEST(BalanceReport, ItsTerminalTableIsAsAccepted) {
  expect_golden(golden / "table-balance.txt", render_table(balance_run()));
}

TEST(BalanceReport, OfOneCellIsAsAccepted) {
  RunRecord record = balance_record();
  record.cells.erase(record.cells.begin());
  record.cells.front().levels.clear();
  record.experiment.published.reset();
  std::erase_if(record.trials, [](const TrialOutcome& trial) { return trial.plan.cell != 2; });
  expect_golden(golden / "table-balance-one-cell.txt", render_table(measured(record)));
}

TEST(BalanceReport, ItsPrintedTablesAreAsAccepted) {
  const MeasuredRun run = balance_run();
  std::string text;
  for (const Table& table : printed_tables(analyse(run))) {
    text += markdown_table(table, "") + "\n";
  }
  expect_golden(golden / "balance-tables.md", text);
}

TEST(BalanceReport, ItsFilesAreAsAccepted) {
  const MeasuredRun run = balance_run();
  std::string text;
  for (const auto& [name, table] : balance_csv_tables(analyse(run))) {
    text += name + "\n" + table;
  }
  expect_golden(golden / "balance-files.txt", text);
}

TEST(BalanceReport, EveryFigureAndTableIsThere) {
  FakeGnuplot gnuplot;
  const Scratch scratch;
  write_report(balance_run(), from_memory(), scratch.path(), gnuplot);
  const auto files = contents(scratch.path());
  for (const char* name :
       {"figures/load-01.svg",
        "figures/load-02.pdf",
        "figures/placement-02.svg",
        "tables/moves.csv",
        "tables/moves.tex",
        "tables/decisions.csv",
        "tables/weighed-guests.csv",
        "tables/balance.tex"}) {
    EXPECT_TRUE(files.contains(name)) << name;
  }
  EXPECT_EQ(
      std::count_if(files.begin(), files.end(), [](const auto& file) { return file.first.ends_with(".svg"); }), 4);
  for (const Command& command : gnuplot.commands) {
    EXPECT_NE(command.input.find("Software emulation (TCG)"), std::string::npos) << "a figure without the warning";
  }
  for (const auto& [name, text] : files) {
    if (name.ends_with(".csv")) {
      EXPECT_NE(text.find("tcg"), std::string::npos) << name;
    }
  }
  EXPECT_EQ(files.at("index.html").find("<qemu>"), std::string::npos) << "it is escaped";
}

TEST(BalanceReport, FromAFolderWithTheRealGnuplotIsIdenticalTwice) {
  if (find_program("gnuplot").empty()) {
    GTEST_SKIP() << "needs gnuplot";
  }
  SystemRunner runner;
  const Scratch scratch;
  const RunRecord record = balance_record();
  for (const char* name : {"one", "another"}) {
    const std::filesystem::path folder = scratch.path() / name;
    const RunFolder place = RunFolder::create(folder, record, balance_topology, "");
    for (const TrialOutcome& trial : record.trials) {
      place.write(trial);
    }
    const MeasuredRun run = read_measured(folder);
    EXPECT_TRUE(run.damaged.empty());
    EXPECT_EQ(render_json(run), render_json(balance_run()));
    write_report(run, whole_trials(folder), folder / "report", runner);
  }
  const auto files = contents(scratch.path() / "one" / "report");
  EXPECT_TRUE(files == contents(scratch.path() / "another" / "report"));
  for (const char* text : {"centos59-3 to h61", "centos59-3 from h59", "centos61 to h39: failed", "overload (90 %)"}) {
    EXPECT_NE(files.at("figures/load-02.svg").find(text), std::string::npos) << text;
  }
  EXPECT_EQ(files.at("figures/placement-02.pdf").substr(0, 5), "%PDF-");
}

TEST(BalanceReport, AMoveThatATrialDidNotMakeIsAZero) {
  const MeasuredRun run = balance_run();
  const Analysis analysis = analyse(run);
  const CellMetric* made = analysis.cells[1].find("balance.to.h61.centos59-3");
  ASSERT_NE(made, nullptr);
  EXPECT_EQ(made->values, (std::vector<double>{1, 0})) << "of the two trials that succeeded";
  const CellMetric* published = analysis.cells[0].find("balance.to.h39.centos59-3");
  ASSERT_NE(published, nullptr) << "nobody made it";
  EXPECT_EQ(published->values, (std::vector<double>{0, 0, 0}));
  ASSERT_EQ(analysis.published.size(), 3U);
  EXPECT_EQ(analysis.published[0].ours, 0.5);
  EXPECT_EQ(analysis.published[1].ours, 0);
}

TEST(BalanceReport, WithoutSamplesThereIsNothingToDraw) {
  const MeasuredRun run = balance_run();
  const Analysis analysis = analyse(run);
  for (const unsigned number : {4U, 6U}) {
    const TrialOutcome trial = from_memory()(number);
    EXPECT_FALSE(load_figure(analysis.cells[1], trial)) << number;
    EXPECT_FALSE(placement_figure(analysis.cells[1], trial)) << number;
  }
}

TEST(BalanceReport, OfAMoveThatWasTheFirstThingToldOfAGuest) {
  TrialOutcome trial = from_memory()(2);
  trial.balance->samples.clear();
  trial.balance->moves[1].ended.reset();
  const MeasuredRun run = balance_run();
  const Analysis analysis = analyse(run);
  EXPECT_FALSE(load_figure(analysis.cells[1], trial));
  const auto figure = placement_figure(analysis.cells[1], trial);
  ASSERT_TRUE(figure);
  EXPECT_NE(figure->panels[0].script.find("'centos61' 1"), std::string::npos);
}

TEST(BalanceReport, ItsJsonHasTheMoves) {
  const auto json = nlohmann::json::parse(render_json(balance_run()));
  const auto& moves = json["trials"][1]["balance"]["moves"];
  ASSERT_EQ(moves.size(), 3U);
  EXPECT_EQ(moves[0]["guest"], "centos59-3");
  EXPECT_EQ(moves[0]["round"], 1);
  EXPECT_EQ(moves[0]["at_s"], 25.5);
  EXPECT_EQ(moves[0]["total_s"], 3.5);
  EXPECT_EQ(moves[0]["downtime_s"], 0.081);
  EXPECT_EQ(moves[2]["result"], "refused");
  EXPECT_EQ(json["trials"][1]["balance"]["rounds"].size(), 4U);
  EXPECT_FALSE(json["trials"][5].contains("balance")) << "it failed before there was one";
}

TEST(BalanceReport, OfTwoRunsBesideEachOther) {
  const std::string table = render_difference_table(balance_run(), balance_run());
  EXPECT_NE(table.find("over the limit, h59"), std::string::npos) << table;
}

TEST(BalanceReport, OfARunWithoutTrials) {
  RunRecord record = balance_record();
  record.trials.clear();
  const MeasuredRun run = measured(record);
  EXPECT_NE(render_table(run).find("0 of 6 trials"), std::string::npos) << render_table(run);
  EXPECT_FALSE(render_page(analyse(run), {}, {}, {}).empty());
}

} // namespace
} // namespace migralab::test
