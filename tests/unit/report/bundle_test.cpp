// SPDX-License-Identifier: Apache-2.0
#include "migralab/report/report.hpp"

#include "migralab/core/error.hpp"
#include "plot.hpp"
#include "sample_run.hpp"
#include "scratch.hpp"
#include "table.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace migralab::test {
namespace {

TEST(Bundle, IsTheSameEachTimeAndComesToTheSameNumbers) {
  SystemRunner runner;
  const Scratch scratch;
  write_sample_run(scratch.path() / "run");
  std::filesystem::create_directories(scratch.path() / "run" / "report");
  std::ofstream(scratch.path() / "run" / "report" / "index.html") << "made";
  write_bundle(scratch.path() / "run", scratch.path() / "one.tar.xz", runner);
  std::filesystem::last_write_time(
      scratch.path() / "run" / "run.json", std::filesystem::file_time_type::clock::now() - std::chrono::hours(50));
  write_bundle(scratch.path() / "run", scratch.path() / "two.tar.xz", runner);
  EXPECT_TRUE(read_text(scratch.path() / "one.tar.xz") == read_text(scratch.path() / "two.tar.xz"));

  const std::filesystem::path run = unpack_bundle(scratch.path() / "one.tar.xz", scratch.path() / "there", runner);
  EXPECT_EQ(run, scratch.path() / "there" / "run");
  EXPECT_FALSE(std::filesystem::exists(run / "report")) << "a report is made, not packed";
  EXPECT_NE(read_text(run / "BUNDLE.md").find("QEMU emulator version 7.2"), std::string::npos);
  EXPECT_EQ(render_json(read_measured(run)), render_json(read_measured(scratch.path() / "run")));
}

TEST(Bundle, TellsWhatWasChangedSince) {
  SystemRunner runner;
  const Scratch scratch;
  write_sample_run(scratch.path() / "run");
  write_bundle(scratch.path() / "run", scratch.path() / "b.tar.xz", runner);
  const std::filesystem::path run = unpack_bundle(scratch.path() / "b.tar.xz", scratch.path() / "there", runner);
  std::ofstream(run / "trials" / "0001" / "events.csv", std::ios::app) << "\n";
  const MeasuredRun read = read_measured(run);
  ASSERT_FALSE(read.damaged.empty());
  EXPECT_EQ(read.damaged[0], "trials/0001/events.csv is not what it was when it was packed, says SHA256SUMS");
  ASSERT_FALSE(read.trials.empty());
  EXPECT_EQ(read.trials.front().outcome.plan.number, 2U) << "what is named as left out is in no figure";
}

TEST(Bundle, RefusesWhatIsNone) {
  SystemRunner runner;
  const Scratch scratch;
  std::ofstream(scratch.path() / "x.tar.xz") << "no archive";
  for (const char* name : {"x.tar.xz", "absent.tar.xz"}) {
    try {
      static_cast<void>(unpack_bundle(scratch.path() / name, scratch.path() / "there", runner));
      FAIL() << name;
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), ExitStatus::bad_input) << error.what();
    }
  }
}

TEST(Difference, OfARunAndItselfIsNone) {
  const MeasuredRun run = sample_run();
  const auto json = nlohmann::json::parse(render_difference_json(run, run));
  EXPECT_EQ(json["schema"], "migralab.comparison/1");
  EXPECT_TRUE(json["only_in_first"].empty());
  ASSERT_FALSE(json["comparisons"].empty());
  for (const auto& one : json["comparisons"]) {
    EXPECT_EQ(one["significant"], false) << one.dump();
  }
}

TEST(Difference, MatchesCellsByTheirLevelsAndListsTheOthers) {
  const MeasuredRun first = sample_run();
  RunRecord record = sample_record();
  for (TrialOutcome& trial : record.trials) {
    trial.guests[0].migration->ended += 700ms;
    trial.plan.cell = 3 - trial.plan.cell; // the cells stand the other way round ...
  }
  std::swap(record.cells[0].levels, record.cells[1].levels); // ... under the names that they had
  record.cells[0].levels[0].value = "hybrid";                // but for one
  const std::string table = render_difference_table(first, measured(record));
  EXPECT_NE(table.find("only in the first run: post-copy"), std::string::npos) << table;
  EXPECT_NE(table.find("only in the second run: hybrid"), std::string::npos) << table;
  const auto json = nlohmann::json::parse(render_difference_json(first, measured(record)));
  for (const auto& one : json["comparisons"]) {
    EXPECT_EQ(one["cell"], "pre-copy");
    if (one["metric"] == "total_time") {
      EXPECT_EQ(one["significant"], true);
      EXPECT_NEAR(one["ratio"], 2.1 / 1.4, 0.05);
    }
  }
}

TEST(LatexTable, EscapesAndUsesBooktabs) {
  const Table table{
      .name = "t",
      .caption = "50 % & more",
      .columns = {{"a_b", "", false}, {"x", "s"}},
      .rows = {{"[~]", {"1", "n < 6"}}}};
  const std::string text = latex_table(table, "TCG");
  EXPECT_NE(text.find("\\caption{50 \\% \\& more TCG}"), std::string::npos) << text;
  EXPECT_NE(
      text.find("a\\_b & x \\\\\n & (s) \\\\\n\\midrule\n{[}$\\sim$] & 1 \\\\\n & {\\scriptsize n $<$ 6} \\\\\n"),
      std::string::npos)
      << text;
}

TEST(WithoutDate, KeepsEveryOffset) {
  const std::string pdf = "a /CreationDate (D:20261126112940Z) b /CreationDate (D:20261126112940+01'00) c";
  const std::string fixed = without_date(pdf);
  EXPECT_EQ(fixed, "a /CreationDate (D:19700101000000Z) b /CreationDate (D:19700101000000+00'00) c");
  EXPECT_EQ(fixed.size(), pdf.size());
}

TEST(FigureCommand, QuotesWhatItIsGiven) {
  const Figure figure{
      .name = "f",
      .title = "it's\n`reboot` $HOME",
      .caption = "",
      .warning = "",
      .left = 5,
      .legend = {},
      .panels = {}};
  const Command command = figure_command(figure, Medium::screen);
  EXPECT_EQ(command.argv, (std::vector<std::string>{"gnuplot", "-d", "-"}));
  EXPECT_NE(command.input.find("'it''s `reboot` $HOME'"), std::string::npos) << command.input;
}

} // namespace
} // namespace migralab::test
