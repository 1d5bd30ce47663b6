// SPDX-License-Identifier: Apache-2.0
// `run`: from an experiment to a folder of results, and nothing else left.
#include "support/golden.hpp"
#include "support/lab_test.hpp"

#include <csignal>
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
                                         "settle: 500ms\n";

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
  for (const char* name :
       {"requests.csv",
        "job_samples.csv",
        "events.csv",
        "network.csv",
        "link_rates.csv",
        "trials.csv",
        "run.json",
        "index.html",
        "topology.lab.yaml",
        "experiment.exp.yaml"}) {
    EXPECT_TRUE(fs::exists(results / name) && fs::file_size(results / name) > 0) << name;
  }
  EXPECT_EQ(read_text(results / "experiment.exp.yaml"), short_experiment);
  EXPECT_EQ(first_line(results / "trials.csv").rfind("trial,accelerator,technique,guest,from,to,succeeded", 0), 0U);
  EXPECT_NE(first_line(results / "requests.csv").find("probe"), std::string::npos);

  const auto record = nlohmann::json::parse(read_text(results / "run.json"));
  ASSERT_EQ(record.at("trials").size(), 1U);
  const auto& trial = record.at("trials").at(0);
  EXPECT_EQ(trial.at("from"), "h1");
  EXPECT_EQ(trial.at("to"), "h2");
  EXPECT_TRUE(trial.at("succeeded"));
  EXPECT_GT(trial.at("total_s"), 0);
  EXPECT_TRUE(trial.at("hypervisor_downtime_ms").is_number());
  EXPECT_TRUE(trial.at("probes").at("udp").at("downtime_ms").is_number());
  EXPECT_TRUE(trial.at("probes").at("http").at("downtime_ms").is_number());
  for (const char* fact : {"qemu", "libvirt", "topology_sha256", "image_micro", "mode", "accelerator"}) {
    EXPECT_TRUE(record.at("provenance").contains(fact)) << fact;
  }
  EXPECT_EQ(record.at("provenance").at("mode"), ::testing::PrintToString(GetParam()));
  EXPECT_NE(run.output.find("h1"), std::string::npos) << run.output;
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

MIGRALAB_BOTH_MODES(Run);

} // namespace

} // namespace migralab::test
