// SPDX-License-Identifier: Apache-2.0
// `balance replay`, `balance simulate` and `balance policies`: what they print, and what they say of every mistake. The
// one thing in their output that is measured, how long decisions take, is masked.
#include "migralab/process/command_runner.hpp"

#include "support/golden.hpp"
#include "support/scratch_folder.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

namespace migralab::test {
namespace {

using Json = nlohmann::json;

class SimulationVerbs : public testing::Test {
protected:
  [[nodiscard]] CommandResult run(std::vector<std::string> words) const {
    words.insert(words.begin(), {MIGRALAB_PROGRAM, "balance"});
    SystemRunner runner;
    return runner.run({.argv = words, .folder = folder.path(), .timeout = std::chrono::seconds(110)});
  }

  /// Of a run that must succeed.
  [[nodiscard]] std::string output(const std::vector<std::string>& words) const {
    const CommandResult result = run(words);
    EXPECT_TRUE(result.ok()) << result.errors;
    const std::regex time(R"((  |; )\d[\d.]* (ns|us|ms|s)(?= +mean| at most|\n))");
    const std::string masked = std::regex_replace(result.output, time, "$1TIME");
    return std::regex_replace(masked, std::regex("  +"), "  "); // a column may be as wide as a time
  }

  /// What a run that must be refused says.
  [[nodiscard]] std::string refusal(const std::vector<std::string>& words) const {
    const CommandResult result = run(words);
    EXPECT_EQ(result.status, 2) << result.errors;
    EXPECT_EQ(result.output, "");
    return result.errors;
  }

  void put_planetlab(const std::string& name, int guests = 4) const {
    for (int guest = 0; guest < guests; ++guest) {
      std::string text;
      for (int line = 0; line < 288; ++line) {
        text += std::to_string((line / 12 * 7 + guest * 31) % 101) + "\n";
      }
      folder.put(name + "/g" + std::to_string(guest), text);
    }
  }

  [[nodiscard]] static std::string bitbrains_header() {
    return "Timestamp [ms];\tCPU cores;\tCPU capacity provisioned [MHZ];\tCPU usage [MHZ];\tCPU usage [%];\tMemory "
           "capacity provisioned [KB];\tMemory usage [KB]\n";
  }
  [[nodiscard]] static std::string bitbrains_row(int second, const std::string& percent) {
    return std::to_string(1376314846 + second) + ";\t2;\t5000;\t1000;\t" + percent + ";\t4194304;\t2097152\n";
  }

  [[nodiscard]] static std::filesystem::path golden(const std::string& name) {
    return source_path("tests/program/simulation/" + name);
  }

  ScratchFolder folder;
};

TEST_F(SimulationVerbs, ReplayOfPlanetLab) {
  put_planetlab("day");
  expect_golden(golden("replay-planetlab.txt"), output({"replay", "day", "--hosts", "4"}));
}

TEST_F(SimulationVerbs, ReplayOfBitbrainsFolderAndFile) {
  const std::string rows = bitbrains_header() + bitbrains_row(0, "25") + bitbrains_row(300, "95.5");
  folder.put("trace/1.csv", rows);
  folder.put("trace/2.csv", rows);
  expect_golden(golden("replay-bitbrains.txt"), output({"replay", "trace", "--policy", "ferreira-2013"}));
  EXPECT_TRUE(output({"replay", "trace/2.csv"}).starts_with("simulated, not measured: 1 guest of a Bitbrains trace, "));
}

TEST_F(SimulationVerbs, ReplayAsJson) {
  put_planetlab("day");
  const auto replay = [&](const std::string& policy) {
    return Json::parse(output({"replay", "day", "--json", "--policy", policy, "--set", "threshold=0.7"}));
  };
  const Json json = replay("thr-mmt");
  EXPECT_EQ(json.at("schema"), "migralab.balance-replay/1");
  EXPECT_EQ(json.at("simulated"), true);
  EXPECT_EQ(json.at("settings"), Json::parse(R"(["threshold=0.7"])"));
  EXPECT_EQ(json.at("hosts"), 4) << "one for each guest";
  EXPECT_GT(json.at("outcome").at("energy_kwh").get<double>(), 0);
  for (const char* key :
       {"migrations",
        "moved_mb",
        "slatah",
        "pdm",
        "slav",
        "esv_kwh",
        "over_90_s",
        "deviation",
        "ping_pong",
        "messages"}) {
    EXPECT_TRUE(json.at("outcome").contains(key)) << key;
  }
  EXPECT_GT(json.at("decision_ms").at("mean").get<double>(), 0);
  EXPECT_EQ(replay("thr-mmt").at("outcome"), json.at("outcome")) << "the same again";
}

TEST_F(SimulationVerbs, ReplayNamesEveryMistake) {
  put_planetlab("day");
  put_planetlab("hole");
  put_planetlab("short");
  put_planetlab("word");
  folder.put("hole/g1", "1\n\n" + std::string(572, '1'));
  folder.put("short/g2", "1\n2\n3\n");
  folder.put("word/g3", "12\n13%\n");
  folder.put("days/20110303/g", "1\n");
  folder.put("day.tar.xz", "");
  folder.put("notes", "no trace\n");
  std::filesystem::create_directory(folder.path() / "empty");
  const std::string rows = bitbrains_header() + bitbrains_row(0, "25") + bitbrains_row(300, "95.5");
  folder.put("gap/1.csv", rows + bitbrains_row(900, "1"));
  folder.put("uneven/1.csv", rows);
  folder.put("uneven/2.csv", rows + bitbrains_row(600, "1"));
  std::string text;
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"nowhere"},
           {"empty"},
           {"days"},
           {"day.tar.xz"},
           {"notes"},
           {"hole"},
           {"short"},
           {"word"},
           {"gap"},
           {"uneven"},
           {"day", "--policy", "thr-mtm"},
           {"day", "--set", "treshold=0.8"},
           {"day", "--set", "threshold=80"},
           {"day", "--policy", "ferreira-2013", "--set", "cooldwn=5min"},
           {"day", "--policy", "ferreira-2013", "--set", "period=5s"},
           {"short", "--set", "threshold=80"},
           {"day", "--hosts", "1"}}) {
    std::vector<std::string> all{"replay"};
    all.insert(all.end(), words.begin(), words.end());
    text += "$ migralab balance";
    for (const std::string& word : all) {
      text += " " + word;
    }
    text += "\n" + refusal(all) + "\n";
  }
  expect_golden(golden("replay-mistakes.txt"), text);
}

constexpr const char* small = R"(simulation: small
about: three guests that leap
interval: 10s
length: 5min
seeds: 7
quick: {length: 1min, seeds: 2}
hosts:
  h: {count: 2, cores: 2, core_mips: 1000, memory: 4GiB}
guests:
  web: {count: 3, core_mips: 800, memory: 256MiB, on: [h1], load: {pattern: steps, mean: 0.7, swing: 0.3, change: 0.2}}
policies:
  none:
  relieved: {policy: ferreira-2013}
  by-lot: {policy: random}
)";

TEST_F(SimulationVerbs, SimulatePrintsATableWithIntervals) {
  folder.put("small.sim.yaml", small);
  expect_golden(golden("simulate-small.txt"), output({"simulate", "small.sim.yaml"}));
}

TEST_F(SimulationVerbs, SimulateInItsQuickFormSaysWhyThereIsNoInterval) {
  folder.put("small.sim.yaml", small);
  expect_golden(golden("simulate-quick.txt"), output({"simulate", "small.sim.yaml", "--quick"}));
}

TEST_F(SimulationVerbs, SimulateWritesJsonAndCsv) {
  folder.put("small.sim.yaml", small);
  const Json json = Json::parse(output({"simulate", "small.sim.yaml", "--json", "--csv", "runs.csv"}));
  EXPECT_EQ(json.at("schema"), "migralab.balance-simulation/1");
  EXPECT_EQ(json.at("simulated"), true);
  EXPECT_EQ(json.at("runs").size(), 3U * 7U);
  const Json& relieved = json.at("policies").at(1);
  EXPECT_EQ(relieved.at("policy"), "ferreira-2013");
  EXPECT_LE(relieved.at("energy_kwh").at("low"), relieved.at("energy_kwh").at("median"));
  std::istringstream csv(read_text(folder.path() / "runs.csv"));
  std::string line;
  std::getline(csv, line);
  EXPECT_EQ(
      line,
      "scenario,simulated,policy,seed,energy_kwh,migrations,moved_mb,slatah,pdm,slav,esv_kwh,over_90_s,deviation,"
      "ping_pong,messages,gap,decision_ms");
  std::size_t lines = 0;
  while (std::getline(csv, line)) {
    EXPECT_TRUE(line.starts_with("small,true,")) << line;
    ++lines;
  }
  EXPECT_EQ(lines, 3U * 7U);
}

TEST_F(SimulationVerbs, SimulateNamesMistakes) {
  std::string crowded = small;
  crowded.replace(crowded.find(", on: [h1]"), 10, "");
  crowded.replace(crowded.find("256MiB"), 6, "3GiB");
  folder.put("crowded.sim.yaml", crowded);
  folder.put(
      "trace.sim.yaml",
      "simulation: t\nhosts: {h: {cores: 1, core_mips: 1, memory: 1GiB}}\ntrace: gone\n"
      "policies: {none: }\n");
  std::string text;
  for (const std::string file : {"nowhere.sim.yaml", "crowded.sim.yaml", "trace.sim.yaml"}) {
    text += "$ migralab balance simulate " + file + "\n" + refusal({"simulate", file}) + "\n";
  }
  expect_golden(golden("simulate-mistakes.txt"), text);
}

TEST_F(SimulationVerbs, ComparePutsPoliciesBesideEachOtherOnScenariosAndTraces) {
  folder.put("small.sim.yaml", small);
  put_planetlab("day");
  const std::vector<std::string> words{
      "compare",
      "small.sim.yaml",
      "day",
      "--hosts",
      "4",
      "--policy",
      "none",
      "--policy",
      "ferreira-2013",
      "--policy",
      "zhao-2009:weight=1,seed=3"};
  expect_golden(golden("compare.txt"), output(words));
}

TEST_F(SimulationVerbs, CompareSaysWhenThereAreTooFewSeedsForSoManyComparisons) {
  std::string six = small;
  folder.put("six.sim.yaml", six.replace(six.find("seeds: 7"), 8, "seeds: 6"));
  const auto legend = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words{"compare", "six.sim.yaml", "--policy", "ferreira-2013:advise=true"};
    words.insert(words.end(), more.begin(), more.end());
    const std::string text = output(words);
    return text.substr(text.rfind('\n', text.size() - 2) + 1);
  };
  const std::string none = "no differences from ferreira-2013:advise=true can be marked: ";
  EXPECT_EQ(
      legend({"--policy", "emptiest:advise=true", "--quick"}),
      none + "2 of each, and for 11 comparisons it takes 6 seeds\n");
  const std::vector<std::string> two{"--policy", "emptiest:advise=true", "--policy", "khanna-2006:advise=true"};
  EXPECT_TRUE(legend(two).starts_with("* differs from ferreira-2013:advise=true: p < 0.05")) << "one could be";
  std::vector<std::string> three = two;
  three.insert(three.end(), {"--policy", "random:advise=true"});
  EXPECT_EQ(legend(three), none + "6 of each, and for 33 comparisons it takes 7 seeds, or fewer policies\n");
}

TEST_F(SimulationVerbs, CompareTellsDifferencesAsJsonAndRunsAsCsv) {
  folder.put("small.sim.yaml", small);
  std::string again = small;
  folder.put("again.sim.yaml", again.replace(again.find("small"), 5, "again"));
  const Json json = Json::parse(output(
      {"compare",
       "small.sim.yaml",
       "again.sim.yaml",
       "--policy",
       "none",
       "--policy",
       "ferreira-2013",
       "--json",
       "--csv",
       "runs.csv"}));
  EXPECT_EQ(json.at("schema"), "migralab.balance-comparison/1");
  EXPECT_EQ(json.at("baseline"), "none");
  ASSERT_EQ(json.at("scenarios").size(), 2U);
  const Json& differences = json.at("scenarios").at(0).at("differences");
  const auto over_90 = std::find_if(
      differences.begin(), differences.end(), [](const Json& one) { return one.at("measure") == "over_90_s"; });
  ASSERT_NE(over_90, differences.end());
  EXPECT_LT(over_90->at("shift"), 0) << "it relieves hosts";
  EXPECT_LT(over_90->at("p"), 0.05);
  EXPECT_GE(over_90->at("p_corrected"), over_90->at("p"));
  EXPECT_EQ(json.at("scenarios").at(1).at("differences"), differences) << "the same scenario";
  const std::string csv = read_text(folder.path() / "runs.csv");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 2 * 2 * 7);
}

TEST_F(SimulationVerbs, CompareTakesTheFirstPolicyAsBaselineWhereNoneIsNotThere) {
  folder.put("small.sim.yaml", small);
  const Json json = Json::parse(
      output({"compare", "small.sim.yaml", "--policy", "khanna-2006", "--policy", "ferreira-2013", "--json"}));
  EXPECT_EQ(json.at("baseline"), "khanna-2006");
}

TEST_F(SimulationVerbs, CompareDrawsAFigureOfEachScenario) {
  if (find_program("gnuplot").empty()) {
    GTEST_SKIP() << "needs gnuplot";
  }
  folder.put("small.sim.yaml", small);
  std::string again = small;
  folder.put("again.sim.yaml", again.replace(again.find("small"), 5, "again"));
  const CommandResult result = run(
      {"compare",
       "small.sim.yaml",
       "again.sim.yaml",
       "--policy",
       "none",
       "--policy",
       "khanna-2006",
       "--figures",
       "drawn"});
  EXPECT_TRUE(result.ok()) << result.errors;
  EXPECT_NE(result.errors.find("figures are in drawn"), std::string::npos) << result.errors;
  for (const std::string name : {"small", "again"}) {
    const std::string svg = read_text(folder.path() / "drawn" / (name + ".svg"));
    for (const std::string& word : {std::string("none"), std::string("khanna-2006"), name}) {
      EXPECT_NE(svg.find(word), std::string::npos) << word << " in " << name;
    }
    EXPECT_NE(svg.find("imulated"), std::string::npos) << name;
    EXPECT_TRUE(read_text(folder.path() / "drawn" / (name + ".pdf")).starts_with("%PDF-")) << name;
  }
}

TEST_F(SimulationVerbs, CompareNamesMistakes) {
  folder.put("small.sim.yaml", small);
  std::string text;
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"nowhere.sim.yaml"},
           {"small.sim.yaml", "--policy", "thr-mtm", "--baseline", "thr-mtm"},
           {"small.sim.yaml", "--policy", "none", "--policy", "thr-mmt:treshold=0.7"},
           {"small.sim.yaml", "--policy", "none", "--policy", "thr-mmt", "--policy", "thr-mmt"},
           {"small.sim.yaml", "./small.sim.yaml"},
           {"small.sim.yaml", "--baseline", "nobody"},
           {"small.sim.yaml", "--hosts", "5"}}) {
    std::vector<std::string> all{"compare"};
    all.insert(all.end(), words.begin(), words.end());
    text += "$ migralab balance";
    for (const std::string& word : all) {
      text += " " + word;
    }
    text += "\n" + refusal(all) + "\n";
  }
  expect_golden(golden("compare-mistakes.txt"), text);
}

TEST_F(SimulationVerbs, PoliciesTellWhereTheyRun) {
  const Json policies = Json::parse(output({"policies", "--json"})).at("policies");
  const auto named = [&](const char* name) {
    return *std::find_if(policies.begin(), policies.end(), [&](const Json& one) { return one.at("name") == name; });
  };
  EXPECT_EQ(named("ferreira-2013").at("runs"), Json::parse(R"(["live", "simulated"])"));
  EXPECT_EQ(named("thr-mmt").at("runs"), Json::parse(R"(["simulated"])"));
  EXPECT_EQ(named("wood-2007-gray").at("runs"), Json::parse(R"(["simulated"])"));
  EXPECT_NE(named("hbal-score").at("source"), "");
  expect_golden(golden("policies.txt"), output({"policies"}));
}

} // namespace
} // namespace migralab::test
