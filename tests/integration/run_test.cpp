// SPDX-License-Identifier: Apache-2.0
// `run`: from an experiment to a folder of results, and nothing else left, whatever happens in between.
#include "support/golden.hpp"
#include "support/lab_test.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <map>
#include <thread>

namespace migralab::test {

namespace {

namespace fs = std::filesystem;

class Run : public LabTest {};

constexpr const char* short_experiment = "experiment: short\n"
                                         "topology: quickstart.lab.yaml\n"
                                         "guest: web\n"
                                         "route: [h2]\n"
                                         "client: client\n"
                                         "load: {udp: {rate: 500/s}, http: {rate: 50/s}}\n"
                                         "settle: 500ms\n"
                                         "before: 1s\n"
                                         "after: 1s\n";

fs::path only_folder_in(const fs::path& folder) {
  fs::path only;
  for (const auto& entry : fs::directory_iterator(folder)) {
    EXPECT_TRUE(only.empty()) << "more than one folder of results in " << folder;
    only = entry.path();
  }
  return only;
}

std::string first_line(const fs::path& file) {
  const std::string text = read_text(file);
  return text.substr(0, text.find('\n'));
}

nlohmann::json trial_json(const fs::path& results, const std::string& number) {
  return nlohmann::json::parse(read_text(results / "trials" / number / "trial.json"));
}

std::size_t trials_in(const fs::path& results) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(results / "trials"), fs::directory_iterator()));
}

TEST_P(Run, LeavesResultsAndNothingElse) {
  const Cli cli(GetParam());
  static_cast<void>(cli.quickstart());
  const Machine before = Machine::now(cli.state_home());
  const Finished run =
      cli.run({"run", cli.put("short.exp.yaml", short_experiment), "--output", "results"}, Seconds(200));
  ASSERT_TRUE(succeeded(run));
  fs::remove(cli.state_home() / "migralab");
  EXPECT_EQ(what_changed_since(before, cli.state_home()), "");

  const fs::path results = only_folder_in(cli.folder() / "results");
  EXPECT_EQ(results.filename().native().rfind("short-", 0), 0U) << results;
  EXPECT_EQ(read_text(results / "experiment.exp.yaml"), short_experiment);
  EXPECT_TRUE(fs::exists(results / "report" / "index.html"));
  EXPECT_EQ(trials_in(results), 1U);
  for (const char* name :
       {"requests.csv", "job_samples.csv", "events.csv", "counters.csv", "processors.csv", "link_rates.csv"}) {
    const std::string text = read_text(results / "trials" / "0001" / name);
    EXPECT_GT(std::count(text.begin(), text.end(), '\n'), 1) << name;
  }
  EXPECT_NE(first_line(results / "trials" / "0001" / "requests.csv").find("probe"), std::string::npos);

  const nlohmann::json trial = trial_json(results, "0001");
  const auto& migration = trial.at("guests").at(0).at("migration");
  EXPECT_EQ(migration.at("from"), "h1");
  EXPECT_EQ(migration.at("to"), "h2");
  EXPECT_TRUE(migration.at("succeeded"));
  EXPECT_TRUE(migration.at("completed").contains("downtime"));
  EXPECT_EQ(trial.at("error"), "");
  const auto record = nlohmann::json::parse(read_text(results / "run.json"));
  for (const char* fact : {"qemu", "libvirt", "topology_sha256", "image_micro", "mode"}) {
    EXPECT_TRUE(record.at("provenance").contains(fact)) << fact;
  }
  EXPECT_EQ(record.at("provenance").at("mode"), ::testing::PrintToString(GetParam()));
  EXPECT_NE(run.output.find("h1"), std::string::npos) << run.output;
}

TEST_P(Run, ItsReportIsMadeAgainByteForByteAlsoFromABundle) {
  const Cli cli(GetParam());
  static_cast<void>(cli.quickstart());
  const std::string file = cli.put("short.exp.yaml", short_experiment);
  ASSERT_TRUE(succeeded(cli.run({"run", file, "--output", "results"}, Seconds(200))));
  const fs::path results = only_folder_in(cli.folder() / "results");
  const auto report = [](const fs::path& folder) {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file()) {
        files[entry.path().lexically_relative(folder)] = read_text(entry.path());
      }
    }
    return files;
  };
  const auto first = report(results / "report");
  EXPECT_TRUE(first.contains("index.html") && first.contains("report.json") && first.contains("tables/metrics.csv"));
  fs::remove_all(results / "report");
  ASSERT_TRUE(succeeded(cli.run({"report", results}, Seconds(100))));
  EXPECT_EQ(report(results / "report"), first);

  const fs::path bundle = cli.folder() / "results.tar.xz";
  ASSERT_TRUE(succeeded(cli.run({"bundle", results, "-o", bundle}, Seconds(100))));
  ASSERT_TRUE(succeeded(cli.run({"report", bundle, "-o", cli.folder() / "again"}, Seconds(100))));
  EXPECT_EQ(report(cli.folder() / "again"), first);

  const Finished full = cli.run_program(
      {"/bin/sh", "-c", std::string(MIGRALAB_PROGRAM) + " report " + results.native() + " >/dev/full"}, Seconds(100));
  EXPECT_TRUE(refused(full, 1, {"cannot write to standard output"}));

  const Finished same = cli.run({"compare", results, bundle, "--json"}, Seconds(100));
  ASSERT_TRUE(succeeded(same));
  EXPECT_EQ(nlohmann::json::parse(same.output).at("schema"), "migralab.comparison/1");
  const Finished availability =
      cli.run({"availability", "--mtbf", "90d", "--mttr", "2h", "--migrations-every", "1d", "--from", results});
  EXPECT_TRUE(succeeded(availability));
  EXPECT_NE(availability.output.find("migration"), std::string::npos) << availability.output;
}

TEST_P(Run, AWorkloadThatTheImageLacksIsRefusedBeforeItIsMeasured) {
  const Cli cli(GetParam());
  static_cast<void>(cli.quickstart());
  const std::string file =
      cli.put("dbench.exp.yaml", std::string(short_experiment) + "workloads: {disk: {type: dbench, on: web}}\n");
  EXPECT_TRUE(refused(
      cli.run({"run", file, "--output", "results"}, Seconds(200)),
      2,
      {"workload disk: guest web (image micro) has no dbench"}));
  EXPECT_FALSE(fs::exists(cli.folder() / "results") && !fs::is_empty(cli.folder() / "results"));
}

TEST_P(Run, AWorkloadHasItsWindowOfATrial) {
  const Cli cli(GetParam());
  static_cast<void>(cli.quickstart());
  const std::string file = cli.put(
      "window.exp.yaml",
      std::string(short_experiment) + "workloads: {ask: {type: ping, on: client, begins: 600ms, lasts: 500ms}}\n");
  ASSERT_TRUE(succeeded(cli.run({"run", file, "--output", "results"}, Seconds(200))));
  const auto trial = trial_json(only_folder_in(cli.folder() / "results"), "0001");
  EXPECT_EQ(trial.at("error"), "");
  const auto& workload = trial.at("workloads").at(0);
  EXPECT_EQ(workload.at("error"), "") << "its end is no failure";
  const double began = workload.at("began_ns").get<double>() / 1e9;
  const double ended = workload.at("ended_ns").get<double>() / 1e9;
  EXPECT_GE(began, 0.6);
  EXPECT_LT(began, 2);
  EXPECT_GE(ended, began + 0.4);
  EXPECT_LT(ended, began + 2);
}

TEST_P(Run, InterruptedWhileMeasuringTakesItsLabDown) {
  const Cli cli(GetParam());
  static_cast<void>(cli.quickstart());
  std::string text = short_experiment;
  text.replace(text.find("500ms"), 5, "20s");
  const Machine before = Machine::now(cli.state_home());
  Child run = cli.start({"run", cli.put("long.exp.yaml", text), "--output", "results"});
  ASSERT_TRUE(run.wait_for_text("] answer web", Seconds(150))) << run.errors();
  std::this_thread::sleep_for(std::chrono::milliseconds(700)); // it measures by now
  run.send_to_group(SIGINT);
  const Finished end = run.wait(Seconds(20));
  EXPECT_TRUE(refused(end, 130, {"interrupted"}));
  fs::remove(cli.state_home() / "migralab");
  EXPECT_EQ(what_changed_since(before, cli.state_home()), "");
}

TEST_P(Run, KilledGoesOnWithoutLosingOrDoublingATrial) {
  const Cli cli(GetParam());
  static_cast<void>(cli.quickstart());
  const Machine before = Machine::now(cli.state_home());
  const std::string file = cli.put("six.exp.yaml", std::string(short_experiment) + "repetitions: 6\n");
  Child run = cli.start({"run", file, "--output", "results"});
  ASSERT_TRUE(run.wait_for_text("trial 2/6", Seconds(150))) << run.errors();
  const fs::path results = only_folder_in(cli.folder() / "results");
  EXPECT_TRUE(refused(cli.run({"run", "--resume", results}), 1, {"another migralab measures into"}));
  ASSERT_TRUE(run.wait_for_text("trial 3/6", Seconds(60))) << run.errors();
  std::this_thread::sleep_for(std::chrono::milliseconds(1200)); // in the middle of another
  run.send(SIGKILL);
  static_cast<void>(run.wait(Seconds(5)));
  const std::string second = read_text(results / "trials" / "0002" / "trial.json");

  const Finished resumed = cli.run({"run", "--resume", results}, Seconds(200));
  ASSERT_TRUE(succeeded(resumed));
  EXPECT_NE(resumed.errors.find("was left by the run that ended here: it is down"), std::string::npos)
      << resumed.errors;
  EXPECT_EQ(trials_in(results), 6U);
  EXPECT_EQ(read_text(results / "trials" / "0002" / "trial.json"), second);
  for (unsigned block = 1; block <= 6; ++block) {
    EXPECT_EQ(trial_json(results, "000" + std::to_string(block)).at("block"), block);
  }
  const Finished again = cli.run({"run", "--resume", results}, Seconds(60));
  EXPECT_TRUE(succeeded(again));
  EXPECT_EQ(again.errors.find("guest web"), std::string::npos) << "nothing is left to run: " << again.errors;
  std::ofstream(results / "topology.lab.yaml", std::ios::app) << "# another lab\n";
  EXPECT_TRUE(refused(
      cli.run({"run", "--resume", results}), 2, {"topology.lab.yaml was changed since the run began", "hint: "}));
  fs::remove(cli.state_home() / "migralab");
  EXPECT_EQ(what_changed_since(before, cli.state_home()), "");
}

TEST_P(Run, AGuestThatDiesInMidTrialIsAnOutcome) {
  const Cli cli(GetParam());
  static_cast<void>(cli.quickstart());
  const Machine before = Machine::now(cli.state_home());
  const std::string file = cli.put("two.exp.yaml", std::string(short_experiment) + "repetitions: 2\n");
  Child run = cli.start({"run", file, "--output", "results"});
  ASSERT_TRUE(run.wait_for_text("] answer web", Seconds(150))) << run.errors();
  std::this_thread::sleep_for(std::chrono::milliseconds(700));
  const std::vector<pid_t> guests = descendants_with("guest=web");
  ASSERT_FALSE(guests.empty());
  ::kill(guests.front(), SIGKILL);
  const Finished end = run.wait(Seconds(200));
  EXPECT_EQ(end.code, 1) << end.errors;
  const fs::path results = only_folder_in(cli.folder() / "results");
  EXPECT_NE(trial_json(results, "0001").at("error").get<std::string>(), "");
  EXPECT_EQ(trial_json(results, "0002").at("error"), "") << "the next trial has a lab of its own";
  EXPECT_TRUE(fs::exists(results / "report" / "index.html"));
  fs::remove(cli.state_home() / "migralab");
  EXPECT_EQ(what_changed_since(before, cli.state_home()), "");
}

TEST_P(Run, AFullDiskInMidRunLeavesWhatWasMeasured) {
  if (GetParam() == Mode::rootless) {
    return; // the small file system of this test is one that root mounts
  }
  Cli cli(GetParam());
  static_cast<void>(cli.quickstart());
  const fs::path small = cli.folder() / "small";
  fs::create_directory(small);
  const MountView view({{.source = "tmpfs", .target = small, .type = "tmpfs", .options = "size=3m"}});
  cli.look_through(view);
  const std::string file = cli.put("many.exp.yaml", std::string(short_experiment) + "repetitions: 40\n");
  const Finished run = cli.run({"run", file, "--output", small / "results"}, Seconds(200));
  EXPECT_TRUE(refused(run, 1, {"write trial", "No space left on device", "go on with: migralab run --resume"}));
  const fs::path results = only_folder_in(view.seen_from_outside(small / "results"));
  ASSERT_GE(trials_in(results), 1U);
  EXPECT_EQ(trial_json(results, "0001").at("error"), "");
  EXPECT_TRUE(cli.run({"ls"}).output.find("quickstart") == std::string::npos);
}

TEST_P(Run, RefusesWhatIsNoRun) {
  const Cli cli(GetParam());
  EXPECT_TRUE(refused(cli.run({"run"}), 2, {"run takes an experiment (*.exp.yaml), or --resume"}));
  EXPECT_TRUE(refused(cli.run({"run", "--resume", cli.folder()}), 2, {"is no folder of results: it has no run.json"}));
  EXPECT_TRUE(refused(cli.run({"run", "--resume", cli.folder(), "--dry-run"}), 2, {"--resume", "--dry-run"}));
  fs::create_directory(cli.folder() / "old");
  static_cast<void>(cli.put("old/run.json", R"({"schema": "migralab.run/1"})"));
  EXPECT_TRUE(refused(
      cli.run({"run", "--resume", cli.folder() / "old"}),
      2,
      {"was written by another version of migralab", "run/1", "run/3"}));
}

TEST_P(Run, ResultsThatAreNoneAreToldSo) {
  const Cli cli(GetParam());
  fs::create_directory(cli.folder() / "empty");
  EXPECT_TRUE(refused(
      cli.run({"report", cli.folder() / "empty"}),
      2,
      {"is no folder of results: it has no run.json", "hint: give the folder that `migralab run` named"}));
  static_cast<void>(cli.put("notes.txt", "no archive"));
  EXPECT_TRUE(refused(cli.run({"report", cli.folder() / "notes.txt"}), 2, {"it is no results bundle"}));
  fs::create_directory(cli.folder() / "raw");
  static_cast<void>(cli.put("raw/run.json", "{\x1b[2J"));
  EXPECT_TRUE(refused(
      cli.run({"report", cli.folder() / "raw", "-o", cli.folder() / "raw"}), 2, {"raw has the raw data of a run"}));
  EXPECT_TRUE(refused(
      cli.run({"report", cli.folder() / "raw", "-o", cli.folder() / "raw" / "trials" / "x"}),
      2,
      {"has the raw data of a run"}));
  EXPECT_TRUE(
      refused(cli.run({"report", cli.folder() / "raw"}), 2, {"run.json is damaged: it is no JSON from line 1 on"}));
}

MIGRALAB_BOTH_MODES(Run);

} // namespace

} // namespace migralab::test
