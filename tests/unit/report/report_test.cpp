// SPDX-License-Identifier: Apache-2.0
#include "migralab/report/report.hpp"

#include "analysis.hpp"
#include "fake_gnuplot.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "page.hpp"
#include "sample_run.hpp"
#include "scratch.hpp"
#include "tables.hpp"

#include <algorithm>
#include <csignal>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sys/resource.h>

namespace migralab::test {
namespace {

const std::filesystem::path golden = source_path("tests/unit/report/golden");

WholeTrial from_memory() {
  return [record = sample_record()](unsigned number) { return record.trials.at(number - 1); };
}

TEST(RenderTable, IsAsAccepted) {
  expect_golden(golden / "table.txt", render_table(sample_run()));
}

TEST(RenderTable, OfASingleCellIsARowPerTrialWithTheMedians) {
  RunRecord record = sample_record();
  record.cells.resize(1);
  record.cells.front().levels.clear();
  std::erase_if(record.trials, [](const TrialOutcome& trial) { return trial.plan.cell != 1; });
  for (std::size_t i = 0; i < record.trials.size(); ++i) {
    record.trials[i].plan.number = static_cast<unsigned>(i) + 1;
  }
  expect_golden(golden / "table-one-cell.txt", render_table(measured(record)));
}

TEST(RenderTable, NamesTheEmulator) {
  EXPECT_NE(
      render_table(sample_run()).find("software emulation (TCG): correct, but not performance figures"),
      std::string::npos);
  RunRecord record = sample_record();
  for (TrialOutcome& trial : record.trials) {
    trial.accelerator = "kvm";
  }
  const std::string table = render_table(measured(record));
  EXPECT_EQ(table.find("emulation"), std::string::npos);
  EXPECT_NE(table.find("accelerator: kvm"), std::string::npos);
}

TEST(RenderTable, OfARunWithoutTrials) {
  RunRecord record = sample_record();
  record.trials.clear();
  const std::string table = render_table(measured(record));
  EXPECT_NE(table.find("two-techniques on quickstart: 0 of 20 trials in 2 cells"), std::string::npos) << table;
  EXPECT_NE(table.find("accelerator: tcg; software emulation"), std::string::npos) << "from the provenance";
  EXPECT_NE(table.find("There is no trial to make figures of\n"), std::string::npos) << table;
}

TEST(Emulation, IsMarkedInEveryFileOfTables) {
  FakeGnuplot gnuplot;
  const Scratch scratch;
  write_report(sample_run(), from_memory(), scratch.path(), gnuplot);
  const auto files = contents(scratch.path());
  std::size_t looked_at = 0;
  for (const auto& [name, text] : files) {
    if (name.ends_with(".csv")) {
      EXPECT_NE(text.find("accelerator"), std::string::npos) << name;
      EXPECT_NE(text.find("tcg"), std::string::npos) << name;
      ++looked_at;
    } else if (name.ends_with(".tex")) {
      EXPECT_NE(text.find("Software emulation (TCG)"), std::string::npos) << name;
      ++looked_at;
    }
  }
  EXPECT_GT(looked_at, 15U);
  const std::string& markdown = files.at("tables/tables.md");
  const auto occurrences = [&](const std::string& text) {
    std::size_t count = 0;
    for (std::size_t at = markdown.find(text); at != std::string::npos; at = markdown.find(text, at + 1)) {
      ++count;
    }
    return count;
  };
  EXPECT_EQ(occurrences("** Software emulation (TCG)"), printed_tables(analyse(sample_run())).size());
  EXPECT_NE(render_difference_csv(sample_run(), sample_run()).find(",tcg\n"), std::string::npos);
}

TEST(RenderJson, SaysWhatScriptsRelyOn) {
  const auto json = nlohmann::json::parse(render_json(sample_run()));
  EXPECT_EQ(json["schema"], "migralab.report/1");
  EXPECT_EQ(json["performance_figures"], false);
  EXPECT_EQ(json["trials"].size(), 20U);
  ASSERT_EQ(json["cells"].size(), 2U);
  const auto& pre_copy = json["cells"][0];
  EXPECT_EQ(pre_copy["levels"]["technique"], "pre-copy");
  EXPECT_EQ(pre_copy["trials"], 8);
  EXPECT_EQ(pre_copy["warm_up"], 2);
  EXPECT_EQ(pre_copy["failed"].get<int>() + json["cells"][1]["failed"].get<int>(), 1);
  EXPECT_EQ(pre_copy["metrics"]["total_time"]["unit"], "s");
  EXPECT_LT(pre_copy["metrics"]["total_time"]["median_interval"]["low"], 1.4);
  EXPECT_EQ(json["published"]["source"], "Nobody 2099, table 1");
  EXPECT_NEAR(json["published"]["values"][0]["deviation"], 1.4 / 1.5 - 1, 0.05) << "ms and s are reckoned together";
}

TEST(RenderJson, SurvivesTextThatIsNotUtf8) {
  MeasuredRun run = sample_run();
  run.trials[11].outcome.guests[0].migration->error = "bad \xff byte";
  EXPECT_TRUE(nlohmann::json::accept(render_json(run)));
}

TEST(Page, IsAsAccepted) {
  const MeasuredRun run = sample_run();
  const Analysis analysis = analyse(run);
  expect_golden(golden / "index.html", render_page(analysis, {}, {}, {"tables/metrics.csv"}));
}

TEST(Page, EscapesWhatItIsGiven) {
  MeasuredRun run = sample_run();
  const std::string attack = "<script>alert(1)</script>";
  run.run.experiment.name = run.run.experiment.about = run.run.created_at = attack;
  run.run.experiment.published->source = run.run.experiment.published->values[0].what = attack;
  run.run.provenance.emplace_back(attack, attack);
  run.damaged = {attack};
  for (Cell& cell : run.run.cells) {
    cell.levels[0].value = cell.levels[0].factor = attack;
  }
  for (MeasuredTrial& trial : run.trials) {
    trial.outcome.guests[0].migration->from = trial.outcome.guests[0].migration->error = attack;
    trial.outcome.accelerator = trial.outcome.link_rates[0].node = attack;
    trial.metrics.push_back({attack, attack, 1});
  }
  const Analysis analysis = analyse(run);
  EXPECT_EQ(render_page(analysis, {}, {}, {attack}).find("<script"), std::string::npos);
}

TEST(Page, InlinedDrawingsKeepTheirReferencesApart) {
  const std::string svg = inlined(
      "<?xml version=\"1.0\"?>\n<svg><path id='p'/><use xlink:href='#p'/><g clip-path=\"url(#c)\"/></svg>", "one");
  EXPECT_EQ(svg, "<svg><path id='one-p'/><use xlink:href='#one-p'/><g clip-path=\"url(#one-c)\"/></svg>");
}

TEST(WriteReport, WritesEveryFileAndAllTheSameTwice) {
  FakeGnuplot gnuplot;
  const Scratch scratch;
  write_report(sample_run(), from_memory(), scratch.path() / "a" / "b", gnuplot);
  write_report(sample_run(), from_memory(), scratch.path() / "c", gnuplot);
  const auto files = contents(scratch.path() / "a" / "b");
  EXPECT_EQ(files, contents(scratch.path() / "c"));
  for (const char* name :
       {"index.html",
        "report.json",
        "figures/total-time.svg",
        "figures/total-time.pdf",
        "figures/downtimes.svg",
        "figures/timeline-01.svg",
        "figures/switch-02.pdf",
        "figures/percentiles-02.svg",
        "tables/metrics.csv",
        "tables/cells.csv",
        "tables/comparisons.csv",
        "tables/published.csv",
        "tables/cells.tex",
        "tables/tables.md"}) {
    EXPECT_TRUE(files.contains(name)) << name;
  }
  EXPECT_EQ(files.at("figures/total-time.pdf").find("20261126"), std::string::npos) << "a time of making";
  const std::string& page = files.at("index.html");
  EXPECT_NE(page.find("<svg><g id='timeline-01-a'/></svg>"), std::string::npos);
  EXPECT_EQ(page.find("<?xml"), std::string::npos);
  EXPECT_EQ(page.find(scratch.path().native()), std::string::npos) << "a path of this machine";
  for (const Command& command : gnuplot.commands) {
    EXPECT_NE(command.input.find("Software emulation (TCG)"), std::string::npos) << "a figure without the warning";
  }
}

TEST(WriteReport, KeepsTheTablesWhenGnuplotIsMissing) {
  FakeGnuplot gnuplot;
  gnuplot.result = {CommandResult::End::not_started, 0, "", "no such file"};
  const Scratch scratch;
  try {
    write_report(sample_run(), from_memory(), scratch.path(), gnuplot);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::machine_lacks);
    EXPECT_EQ(error.hint(), "install the package gnuplot-nox");
  }
  EXPECT_TRUE(std::filesystem::exists(scratch.path() / "tables" / "metrics.csv"));
  EXPECT_FALSE(std::filesystem::exists(scratch.path() / "index.html"));
}

/// While it lives no file of this process gets longer than this, as on a disk that is nearly full.
class SmallFiles {
public:
  explicit SmallFiles(rlim_t most) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{most, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  SmallFiles(const SmallFiles&) = delete;
  SmallFiles& operator=(const SmallFiles&) = delete;
  ~SmallFiles() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }

private:
  rlimit before_ = {};
  sighandler_t handler_;
};

std::string hint_of_failure(const std::filesystem::path& folder) {
  FakeGnuplot gnuplot;
  const SmallFiles small(20'000); // there is room for some of the tables
  try {
    write_report(sample_run(), from_memory(), folder, gnuplot);
  } catch (const Error& error) {
    return error.hint();
  }
  return "no error";
}

TEST(WriteReport, LeavesNothingOfAReportThatFailed) {
  FakeGnuplot gnuplot;
  const Scratch scratch;
  EXPECT_EQ(hint_of_failure(scratch.path() / "new"), "make room for it, or name another folder with --output");
  EXPECT_FALSE(std::filesystem::exists(scratch.path() / "new"));

  write_report(sample_run(), from_memory(), scratch.path() / "old", gnuplot);
  std::ofstream(scratch.path() / "old" / "mine.txt") << "kept";
  std::ofstream(scratch.path() / "old" / "figures" / "of-a-cell-that-is-gone.svg") << "x";
  const auto before = contents(scratch.path() / "old");
  EXPECT_NE(hint_of_failure(scratch.path() / "old"), "no error");
  EXPECT_EQ(contents(scratch.path() / "old"), before) << "the old report, whole";
  write_report(sample_run(), from_memory(), scratch.path() / "old", gnuplot);
  const auto after = contents(scratch.path() / "old");
  EXPECT_TRUE(after.contains("mine.txt"));
  EXPECT_FALSE(after.contains("figures/of-a-cell-that-is-gone.svg"));
}

TEST(WriteReport, FromAFolderWithTheRealGnuplotIsIdenticalTwice) {
  if (find_program("gnuplot").empty()) {
    GTEST_SKIP() << "needs gnuplot";
  }
  SystemRunner runner;
  const Scratch scratch;
  write_sample_run(scratch.path() / "here" / "run");
  write_sample_run(scratch.path() / "there" / "another");
  for (const char* run : {"here/run", "there/another"}) {
    const std::filesystem::path folder = scratch.path() / run;
    write_report(read_measured(folder), whole_trials(folder), folder / "report", runner);
  }
  const auto files = contents(scratch.path() / "here" / "run" / "report");
  const auto others = contents(scratch.path() / "there" / "another" / "report");
  ASSERT_EQ(files.size(), others.size());
  for (const auto& [name, text] : files) {
    EXPECT_TRUE(others.contains(name) && others.at(name) == text) << name;
  }
  EXPECT_NE(files.at("figures/timeline-01.svg").find("udp: response time"), std::string::npos);
  EXPECT_EQ(files.at("figures/timeline-01.pdf").substr(0, 5), "%PDF-");
}

TEST(WriteReport, OfARunWithoutTrialsHasAPageToo) {
  RunRecord record = sample_record();
  record.trials.clear();
  FakeGnuplot gnuplot;
  const Scratch scratch;
  write_report(measured(record), from_memory(), scratch.path() / "report", gnuplot);
  EXPECT_TRUE(gnuplot.commands.empty()) << "there is nothing to draw";
  EXPECT_TRUE(std::filesystem::exists(scratch.path() / "report" / "index.html"));
}

TEST(ReadMeasured, NamesATrialThatIsDamagedAndLeavesItOut) {
  const Scratch scratch;
  write_sample_run(scratch.path() / "run");
  std::ofstream(scratch.path() / "run" / "trials" / "0005" / "requests.csv") << "guest,probe\nweb";
  std::filesystem::remove(scratch.path() / "run" / "trials" / "0006" / "trial.json");
  const MeasuredRun run = read_measured(scratch.path() / "run");
  EXPECT_EQ(run.trials.size(), 18U);
  ASSERT_EQ(run.damaged.size(), 2U);
  EXPECT_TRUE(run.damaged[0].starts_with("trial 5: ")) << run.damaged[0];
  EXPECT_TRUE(run.damaged[1].starts_with("trial 6: ")) << run.damaged[1];
  EXPECT_EQ(run.damaged[0].find(scratch.path().native()), std::string::npos) << run.damaged[0];
  EXPECT_NE(render_table(run).find("damaged, left out: trial 5: "), std::string::npos);
  EXPECT_NE(render_table(run).find("18 of 20 trials"), std::string::npos);
  EXPECT_TRUE(run.extent.missing.empty()) << "they are there, but damaged";
}

TEST(ReadMeasured, TakesNothingButThePathOutOfWhatItTells) {
  const Scratch scratch;
  write_sample_run(scratch.path() / "q");
  std::filesystem::remove(scratch.path() / "q/trials/0005/requests.csv");
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(scratch.path());
  const std::vector<std::string> damaged = read_measured("q").damaged;
  std::filesystem::current_path(before);
  EXPECT_EQ(damaged, std::vector<std::string>{"trial 5: trials/0005: requests.csv is missing"});
}

TEST(ReadMeasured, MissesATrialThatWasTakenAway) {
  const Scratch scratch;
  write_sample_run(scratch.path() / "run");
  std::filesystem::remove_all(scratch.path() / "run" / "trials" / "0020");
  const MeasuredRun run = read_measured(scratch.path() / "run");
  EXPECT_TRUE(run.damaged.empty());
  EXPECT_EQ(run.extent.missing, std::vector<unsigned>{20});
}

TEST(ReadMeasured, DoubtsWhatWasAskedForWhenItWasChanged) {
  const Scratch scratch;
  RunRecord record = sample_record();
  record.provenance.emplace_back("experiment_sha256", sha256_of_text(record.experiment.text));
  const std::string topology = read_text(source_path("topologies/quickstart.lab.yaml"));
  record.provenance.emplace_back("topology_sha256", sha256_of_text(topology));
  static_cast<void>(RunFolder::create(scratch.path() / "run", record, topology, ""));
  EXPECT_TRUE(read_measured(scratch.path() / "run").doubts.empty());
  std::ofstream(scratch.path() / "run" / "experiment.exp.yaml", std::ios::app) << "# more\n";
  EXPECT_EQ(
      read_measured(scratch.path() / "run").doubts,
      std::vector<std::string>{"experiment.exp.yaml was changed since the run began: run.json has another digest of "
                               "it. What it says now may "
                               "not be what was measured"});
}

TEST(ReadMeasured, ComesToTheSameAsWhatWasWritten) {
  const Scratch scratch;
  write_sample_run(scratch.path() / "run");
  EXPECT_EQ(render_json(read_measured(scratch.path() / "run")), render_json(sample_run()));
}

} // namespace
} // namespace migralab::test
