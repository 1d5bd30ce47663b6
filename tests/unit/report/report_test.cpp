// SPDX-License-Identifier: Apache-2.0
#include "migralab/report/report.hpp"

#include "migralab/core/error.hpp"
#include "page.hpp"
#include "sample_run.hpp"
#include "support/golden.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <set>

namespace migralab::test {
namespace {

/// Answers as gnuplot would, and remembers what it was asked.
class FakeGnuplot final : public CommandRunner {
public:
  CommandResult run(const Command& command) override {
    commands.push_back(command);
    return result;
  }
  int start(const Command&) override { return -1; }
  std::optional<CommandResult> ended(int) override { return std::nullopt; }

  CommandResult result{CommandResult::End::exited, 0, "<?xml version=\"1.0\"?>\n<svg><g/></svg>\n", ""};
  std::vector<Command> commands;
};

class Folder {
public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "migralab-report-XXXXXX").native();
    if (::mkdtemp(pattern.data()) == nullptr) {
      throw system_error("cannot make a temporary folder");
    }
    path_ = pattern;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored; // a leftover in /tmp must not fail a test
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

std::map<std::string, std::string> contents(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files[entry.path().filename().native()] = read_text(entry.path());
  }
  return files;
}

const std::filesystem::path golden = source_path("tests/unit/report/golden");

TEST(RenderTable, IsAsAccepted) {
  expect_golden(golden / "table.txt", render_table(sample_run()));
}

TEST(RenderTable, FitsAHundredColumnsAndNamesTheEmulator) {
  const std::string table = render_table(sample_run());
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 100U) << line;
  }
  EXPECT_NE(table.find("software emulation (TCG): correct, but not performance figures"), std::string::npos);
  RunOutcome run = sample_run();
  run.accelerator = "kvm";
  EXPECT_EQ(render_table(run).find("emulation"), std::string::npos);
  EXPECT_NE(render_table(run).find("accelerator: kvm"), std::string::npos);
}

TEST(RenderTable, OfARunWithoutTrialsOrProbes) {
  RunOutcome run;
  run.experiment = "nothing";
  run.lab = "lab";
  EXPECT_NE(render_table(run).find("nothing on lab: 0 trials"), std::string::npos);
}

TEST(RenderJson, IsAsAccepted) {
  expect_golden(golden / "run.json", render_json(sample_run()));
}

TEST(RenderJson, SaysWhatScriptsRelyOn) {
  const auto json = nlohmann::json::parse(render_json(sample_run()));
  EXPECT_EQ(json["schema"], "migralab.run/1");
  EXPECT_EQ(json["performance_figures"], false);
  EXPECT_EQ(json["trials"].size(), 3U);
  EXPECT_EQ(json["trials"][0]["hypervisor_downtime_ms"], 45.0);
  EXPECT_EQ(json["trials"][0]["probes"]["udp"]["downtime_ms"], 52.5);
  EXPECT_EQ(json["trials"][1]["moved_bytes"], 41000000) << "memory_processed where data_processed is missing";
  EXPECT_EQ(json["trials"][2]["probes"]["udp"]["never_returned"], true);
  EXPECT_EQ(json["medians"]["trials"], 2) << "failed migrations have no times to compare";
  EXPECT_EQ(json["medians"]["total_s"], 1.35);
}

TEST(RenderJson, SurvivesTextThatIsNotUtf8) {
  RunOutcome run = sample_run();
  run.trials[2].migration.error = "bad \xff byte";
  EXPECT_TRUE(nlohmann::json::accept(render_json(run)));
}

TEST(RenderPage, IsAsAccepted) {
  expect_golden(golden / "index.html", render_page(sample_run(), "<svg></svg>\n"));
}

TEST(RenderPage, EscapesWhatItIsGiven) {
  EXPECT_EQ(html_escaped("<a href=\"x\">'&'</a>"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
  RunOutcome run = sample_run();
  const std::string attack = "<script>alert(1)</script>";
  run.experiment = run.lab = run.accelerator = attack;
  run.provenance.emplace_back(attack, attack);
  run.traces[0].probe = attack;
  for (TrialOutcome& trial : run.trials) {
    trial.migration.from = trial.migration.to = trial.migration.error = attack;
    trial.network_bytes.push_back({attack, 1});
  }
  EXPECT_EQ(render_page(run, "<svg></svg>").find("<script"), std::string::npos);
}

TEST(WriteReport, WritesEveryFileAndAllTheSameTwice) {
  FakeGnuplot gnuplot;
  const Folder folder;
  write_report(sample_run(), folder.path() / "a" / "b", gnuplot);
  write_report(sample_run(), folder.path() / "c", gnuplot);
  const auto files = contents(folder.path() / "a" / "b");
  EXPECT_EQ(files, contents(folder.path() / "c"));
  std::set<std::string> names;
  for (const auto& [name, content] : files) {
    names.insert(name);
  }
  const std::set<std::string> expected{
      "events.csv",
      "index.html",
      "job_samples.csv",
      "link_rates.csv",
      "network.csv",
      "requests.csv",
      "run.json",
      "timeline.svg",
      "trials.csv"};
  EXPECT_EQ(names, expected);
  EXPECT_NE(files.at("index.html").find("<svg><g/></svg>"), std::string::npos);
  EXPECT_EQ(files.at("index.html").find("<?xml"), std::string::npos);
  ASSERT_EQ(gnuplot.commands.size(), 2U);
  EXPECT_EQ(gnuplot.commands[0].input, gnuplot.commands[1].input);
}

TEST(WriteReport, KeepsTheFactsWhenGnuplotIsMissing) {
  FakeGnuplot gnuplot;
  gnuplot.result = {CommandResult::End::not_started, 0, "", "no such file"};
  const Folder folder;
  try {
    write_report(sample_run(), folder.path(), gnuplot);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::machine_lacks);
    EXPECT_EQ(error.hint(), "install the package gnuplot-nox");
  }
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "requests.csv"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "index.html"));
}

TEST(WriteReport, WithTheRealGnuplotIsIdenticalTwice) {
  if (find_program("gnuplot").empty()) {
    GTEST_SKIP() << "needs gnuplot";
  }
  SystemRunner runner;
  const Folder folder;
  write_report(sample_run(), folder.path() / "first", runner);
  write_report(sample_run(), folder.path() / "second", runner);
  const auto files = contents(folder.path() / "first");
  EXPECT_EQ(files, contents(folder.path() / "second"));
  EXPECT_NE(files.at("timeline.svg").find("udp: latency of replies"), std::string::npos);
  EXPECT_NE(files.at("timeline.svg").find("network migration: throughput"), std::string::npos);

  // Also where there is nothing to show.
  RunOutcome empty;
  empty.experiment = "it's empty";
  write_report(empty, folder.path() / "empty", runner);
}

} // namespace
} // namespace migralab::test
