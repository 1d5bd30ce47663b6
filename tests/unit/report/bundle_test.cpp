// SPDX-License-Identifier: Apache-2.0
#include "migralab/report/report.hpp"

#include "migralab/core/error.hpp"
#include "plot.hpp"
#include "sample_run.hpp"
#include "scratch.hpp"
#include "table.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <set>
#include <sys/stat.h>

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

TEST(Bundle, HasOnlyWhatARunIsMadeOf) {
  SystemRunner runner;
  const Scratch scratch;
  const std::filesystem::path run = scratch.path() / "run";
  write_sample_run(run);
  std::filesystem::create_directories(run / "report-of-yesterday");
  for (const char* stray : {"old.tar.xz", "report-of-yesterday/index.html", "trials/0001/requests.csv~", "lab.txt"}) {
    std::ofstream(run / stray) << "stray";
  }
  std::filesystem::create_symlink("/etc/hostname", run / "link");
  std::filesystem::create_symlink("/etc/hostname", run / "trials" / "0001" / "link");
  write_bundle(run, scratch.path() / "b.tar.xz", runner);
  const std::filesystem::path unpacked = unpack_bundle(scratch.path() / "b.tar.xz", scratch.path() / "there", runner);
  std::set<std::string> expected{"BUNDLE.md", "SHA256SUMS"};
  for (const std::filesystem::path& file : RunFolder::open(run).files()) {
    expected.insert(file.native());
  }
  std::set<std::string> found;
  for (const auto& [name, text] : contents(unpacked)) {
    found.insert(name);
  }
  EXPECT_EQ(found, expected);
  EXPECT_TRUE(read_measured(unpacked).damaged.empty());
}

TEST(Bundle, WithoutItsDigestsIsDoubted) {
  SystemRunner runner;
  const Scratch scratch;
  write_sample_run(scratch.path() / "run");
  write_bundle(scratch.path() / "run", scratch.path() / "b.tar.xz", runner);
  const std::filesystem::path run = unpack_bundle(scratch.path() / "b.tar.xz", scratch.path() / "there", runner);
  EXPECT_TRUE(read_measured(run).doubts.empty());
  std::filesystem::remove(run / "SHA256SUMS");
  const MeasuredRun read = read_measured(run);
  ASSERT_EQ(read.doubts.size(), 1U);
  EXPECT_NE(render_table(read).find("This bundle lost its SHA256SUMS"), std::string::npos) << render_table(read);
}

TEST(Bundle, NamesATrialThatWasTakenAwayOnce) {
  SystemRunner runner;
  const Scratch scratch;
  write_sample_run(scratch.path() / "run");
  write_bundle(scratch.path() / "run", scratch.path() / "b.tar.xz", runner);
  const std::filesystem::path run = unpack_bundle(scratch.path() / "b.tar.xz", scratch.path() / "there", runner);
  std::filesystem::remove_all(run / "trials" / "0007");
  EXPECT_EQ(read_measured(run).damaged, std::vector<std::string>{"trials/0007 is missing, says SHA256SUMS"});
}

/// What is said of an archive of a folder "run" that `spoil` was let loose on.
template <typename Spoil> std::string refusal_of_archive(Spoil&& spoil, std::vector<std::string> arguments = {}) {
  SystemRunner runner;
  const Scratch scratch;
  std::filesystem::create_directories(scratch.path() / "run");
  std::ofstream(scratch.path() / "run" / "run.json") << "{}";
  spoil(scratch.path() / "run");
  Command tar{.argv = {"tar", "--create", "--file", "a.tar"}, .folder = scratch.path()};
  tar.argv.insert(tar.argv.end(), arguments.begin(), arguments.end());
  tar.argv.emplace_back("run");
  run_checked(runner, tar);
  try {
    static_cast<void>(unpack_bundle(scratch.path() / "a.tar", scratch.path() / "there", runner));
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::bad_input);
    EXPECT_NE(error.hint(), "");
    EXPECT_FALSE(std::filesystem::exists(scratch.path() / "there")) << "something was written";
    const std::string text = error.what();
    return text.substr(text.rfind(": its member") + 2);
  }
  return "none";
}

TEST(Bundle, OfMoreThanPlainFilesIsNotUnpacked) {
  namespace fs = std::filesystem;
  EXPECT_EQ(refusal_of_archive([](const fs::path& /*run*/) {}), "none");
  EXPECT_EQ(
      refusal_of_archive([](const fs::path& run) { fs::create_symlink("/etc/passwd", run / "x"); }),
      "its member run/x -> /etc/passwd is a symbolic link");
  EXPECT_EQ(
      refusal_of_archive([](const fs::path& run) { ASSERT_EQ(::mkfifo((run / "x").c_str(), 0600), 0); }),
      "its member run/x is a pipe");
  EXPECT_NE(
      refusal_of_archive([](const fs::path& run) {
        fs::create_hard_link(run / "run.json", run / "x");
      }).find(" is a hard link"),
      std::string::npos);
  EXPECT_EQ(
      refusal_of_archive([](const fs::path& /*run*/) {}, {"--transform=s,run/run.json,run/../../x,"}),
      "its member run/../../x would be written outside of its folder");
  EXPECT_EQ(
      refusal_of_archive([](const fs::path& /*run*/) {}, {"--absolute-names", "--transform=s,run/run.json,/tmp/x,"}),
      "its member /tmp/x would be written outside of its folder");
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
      EXPECT_EQ(std::string(error.what()).find("tar: "), std::string::npos) << "words of tar's: " << error.what();
    }
  }
  write_sample_run(scratch.path() / "run");
  write_bundle(scratch.path() / "run", scratch.path() / "b.tar.xz", runner);
  std::filesystem::resize_file(scratch.path() / "b.tar.xz", 5000);
  try {
    static_cast<void>(unpack_bundle(scratch.path() / "b.tar.xz", scratch.path() / "there", runner));
    FAIL() << "half a bundle";
  } catch (const Error& error) {
    EXPECT_EQ(
        std::string(error.what()),
        "unpack " + (scratch.path() / "b.tar.xz").native() +
            ": it is no results bundle, or only a part of one: it cannot be read to its end");
  }
}

/// Lists well, and fails to write.
class FullDisk final : public CommandRunner {
public:
  CommandResult run(const Command& command) override {
    const bool lists = std::find(command.argv.begin(), command.argv.end(), "--list") != command.argv.end();
    return lists ? CommandResult{CommandResult::End::exited, 0, "", ""}
                 : CommandResult{CommandResult::End::exited, 2, "", "tar: x: Cannot write: No space left on device"};
  }
  int start(const Command&) override { return -1; }
  std::optional<CommandResult> ended(int) override { return std::nullopt; }
};

TEST(Bundle, ThatCannotBeWrittenOutIsNoWrongInput) {
  FullDisk runner;
  const Scratch scratch;
  std::ofstream(scratch.path() / "b.tar.xz") << "x";
  try {
    static_cast<void>(unpack_bundle(scratch.path() / "b.tar.xz", scratch.path() / "there", runner));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::failed);
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
