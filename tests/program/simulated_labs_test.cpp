// SPDX-License-Identifier: Apache-2.0
// `substrate: simulated`: every shipped topology and experiment, by the built program, without privileges, processes or
// a machine that could carry the lab; and what it says of what a simulated lab has not.
#include "migralab/core/files.hpp"
#include "migralab/process/command_runner.hpp"

#include "support/golden.hpp"
#include "support/scratch_folder.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace migralab::test {
namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

std::vector<std::string> shipped(const std::string& folder, const std::string& ending) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(source_path(folder))) {
    const std::string name = entry.path().filename();
    if (name.ends_with(ending)) {
      names.push_back(name.substr(0, name.size() - ending.size()));
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

class Simulated : public testing::TestWithParam<std::string> {
protected:
  [[nodiscard]] CommandResult run(Words words) const {
    words.insert(words.begin(), MIGRALAB_PROGRAM);
    SystemRunner runner;
    return runner.run(
        {.argv = words,
         .environment = {{"XDG_STATE_HOME", folder.path() / "state"}, {"XDG_CACHE_HOME", folder.path() / "cache"}},
         .folder = folder.path(),
         .timeout = std::chrono::seconds(110)});
  }
  /// Of a run that must succeed.
  [[nodiscard]] std::string output(const Words& words) const {
    const CommandResult result = run(words);
    EXPECT_TRUE(result.ok()) << result.errors;
    return result.output;
  }
  [[nodiscard]] Json json(const Words& words) const { return Json::parse(output(words)); }

  ScratchFolder folder;
};

class SimulatedTopology : public Simulated {};

TEST_P(SimulatedTopology, ComesUpAndItsGuestsMove) {
  const std::string file = source_path("topologies/" + GetParam() + ".lab.yaml");
  EXPECT_NE(
      output({"up", file, "--set", "substrate=simulated", "--name", "model"}).find("simulated"), std::string::npos);
  const Json listed = json({"ls", "--json"}).at("labs").at(0);
  EXPECT_EQ(listed.at("state"), "up");
  EXPECT_EQ(listed.at("accelerator"), "simulated");
  EXPECT_NE(output({"inspect"}).find("guests run by nobody (simulated)"), std::string::npos);
  const Json seen = json({"inspect", "--json"});
  std::vector<std::string> hosts;
  for (const Json& node : seen.at("nodes")) {
    if (node.at("kind") == "host") {
      hosts.push_back(node.at("name"));
    }
  }
  if (!seen.at("guests").empty() && GetParam() != "mixed") { // its hosts are of two hypervisors
    const Json& guest = seen.at("guests").at(0);
    const std::string to = guest.at("host") == hosts.at(0) ? hosts.at(1) : hosts.at(0);
    const Json moved = json({"migrate", guest.at("name"), to, "--json"});
    EXPECT_TRUE(moved.at("succeeded"));
    EXPECT_EQ(moved.at("accelerator"), "simulated");
    EXPECT_GT(moved.at("total_time_ms").get<double>(), 50);
    EXPECT_EQ(json({"inspect", "--json"}).at("guests").at(0).at("host"), to);
  }
  EXPECT_EQ(output({"down"}), "lab model is down\n");
  EXPECT_TRUE(json({"ls", "--json"}).at("labs").empty());
}

INSTANTIATE_TEST_SUITE_P(Shipped, SimulatedTopology, testing::ValuesIn(shipped("topologies", ".lab.yaml")), test_name);

class SimulatedExperiment : public Simulated {};

TEST_P(SimulatedExperiment, RunsInSecondsAndSaysWhatItIs) {
  const std::string file = source_path("experiments/" + GetParam() + ".exp.yaml");
  const CommandResult result =
      run({"run", file, "--quick", "--set", "substrate=simulated", "--output", folder.path() / "runs"});
  EXPECT_TRUE(result.ok()) << result.errors << result.output;
  EXPECT_NE(result.output.find("simulated: all times are those of a model, nothing was measured"), std::string::npos)
      << result.output;
  const auto results = std::filesystem::directory_iterator(folder.path() / "runs")->path();
  std::size_t figures = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(results / "report")) {
    if (entry.path().extension() == ".svg") {
      ++figures;
      EXPECT_NE(read_file(entry.path()).find("Simulated"), std::string::npos) << entry.path();
    }
  }
  EXPECT_GT(figures, 0U);
  const std::string page = read_file(results / "report" / "index.html");
  EXPECT_NE(page.find("simulated: all times are those of a model"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Shipped,
    SimulatedExperiment,
    testing::ValuesIn(shipped("experiments", ".exp.yaml")),
    test_name);

class SimulatedRun : public Simulated {};

TEST_F(SimulatedRun, IsReportedAnewAsWhatItIs) {
  const std::string file = source_path("experiments/quickstart.exp.yaml");
  static_cast<void>(output({"run", file, "--quick", "--set", "substrate=simulated", "--output", "runs"}));
  const auto results = std::filesystem::directory_iterator(folder.path() / "runs")->path();
  const std::string tables = output({"report", results, "--output", "again"});
  EXPECT_NE(tables.find("simulated: all times are those of a model"), std::string::npos) << tables;
  const std::string page = read_file(folder.path() / "again" / "index.html");
  EXPECT_NE(page.find("simulated: all times are those of a model"), std::string::npos);
  EXPECT_EQ(page, read_file(results / "report" / "index.html")) << "as the run itself wrote it";
}

class SimulatedLab : public Simulated {
protected:
  void SetUp() override {
    static_cast<void>(output({"up", source_path("topologies/ferreira-2013.lab.yaml"), "--set", "substrate=simulated"}));
  }
  /// Exit code and words on stderr of what must be refused.
  void expect_refused(const Words& words, int code, const std::string& why) const {
    const CommandResult result = run(words);
    EXPECT_EQ(result.status, code) << result.errors;
    EXPECT_NE(result.errors.find(why), std::string::npos) << result.errors;
  }
};

TEST_F(SimulatedLab, IsBalancedByTheSameCode) {
  const Json summary = json({"balance", "run", "--for", "2min", "--evacuate", "h61", "--json", "--output", "tables"});
  EXPECT_EQ(summary.at("moved"), 2);
  EXPECT_EQ(summary.at("failed"), 0);
  const Json seen = json({"inspect", "--json"});
  for (const Json& guest : seen.at("guests")) {
    EXPECT_NE(guest.at("host"), "h61");
  }
  EXPECT_NE(read_file(folder.path() / "tables" / "balance_moves.csv").find("centos61,h61,"), std::string::npos);
  expect_refused({"balance", "run"}, 2, "say how long: --for 5min");
  expect_refused({"balance", "run", "--for", "25h"}, 2, "a day is simulated at most");
  EXPECT_TRUE(run({"audit"}).ok()) << "a lab that is up is nothing left over";
  expect_refused({"balance", "run", "--for", "1min", "--output", "tables"}, 2, "the folder is not empty");
}

TEST_F(SimulatedLab, HasNothingToEnter) {
  for (const Words& words :
       {Words{"exec", "centos59", "--", "true"},
        {"ssh", "centos59"},
        {"dirty-rate", "centos59"},
        {"storage", "verify"},
        {"shape", "lan", "rate=1Gbit/s"}}) {
    expect_refused(words, 2, "lab ferreira-2013 is simulated: there is nothing to enter");
  }
  expect_refused({"migrate", "centos59", "h61", "--check"}, 2, "--check means nothing in a simulated lab");
  expect_refused(
      {"run", source_path("experiments/quickstart.exp.yaml"), "--quick", "--keep", "--set", "substrate=simulated"},
      2,
      "--keep means nothing in a simulated lab");
}

TEST_F(SimulatedLab, ToldWhatIsWrong) {
  expect_refused({"migrate", "nobody", "h61"}, 2, "nobody");
  expect_refused({"migrate", "centos59", "h62"}, 2, "h61");
  expect_refused({"migrate", "centos59", "h59"}, 1, "guest centos59 is on h59 already");
  expect_refused(
      {"up", source_path("topologies/ferreira-2013.lab.yaml"), "--set", "substrate=simulated"},
      1,
      "there is a lab ferreira-2013 already");
  expect_refused(
      {"up", source_path("topologies/quickstart.lab.yaml"), "--set", "substrate=simulator"}, 2, "real, simulated");
}

} // namespace
} // namespace migralab::test
