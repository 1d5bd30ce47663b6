// SPDX-License-Identifier: Apache-2.0
// Decisions of policies on files. No lab is needed.
#include "support/cli.hpp"
#include "support/golden.hpp"
#include "support/lab_test.hpp"

#include <algorithm>

namespace migralab::test {
namespace {

class BalanceVerb : public LabTest {
protected:
  Cli cli{GetParam()};

  /// The state at the overload of the published experiment 1.
  [[nodiscard]] std::string state() const {
    return cli.put("state.json", read_text(source_path("experiments/ferreira-2013-1.state.json")));
  }
};

TEST_P(BalanceVerb, DecidesAsPublished) {
  const Finished finished = cli.run({"balance", "decide", "--state", state(), "--json"});
  ASSERT_TRUE(succeeded(finished));
  const auto json = nlohmann::json::parse(finished.output);
  EXPECT_EQ(json.at("schema"), "migralab.balance/1");
  EXPECT_EQ(json.at("moves"), nlohmann::json::parse(R"([{"guest": "centos59_3", "from": "59", "to": "61"}])"));
  const auto& record = json.at("records").at(0);
  EXPECT_EQ(record.at("host"), "59");
  EXPECT_EQ(record.at("over"), nlohmann::json::parse(R"(["cpu"])"));
  const auto& first = record.at("guests").at(0);
  EXPECT_NEAR(first.at("cost").get<double>(), 11.82, 0.005);
  EXPECT_EQ(first.at("destinations").at(0).at("rule"), "taken");
  EXPECT_EQ(first.at("destinations").at(1).at("rule"), "unneeded");
}

TEST_P(BalanceVerb, ExplainsItselfInWords) {
  const Finished finished = cli.run({"balance", "decide", "--state", state()});
  ASSERT_TRUE(succeeded(finished));
  EXPECT_EQ(
      finished.output,
      "59 is overloaded: cpu 91.4 %, mem 46.0 %, net 0.0 %; limit 90.0 %, target 85.0 %\n"
      "  GUEST       VOLUME  COST   CPU %  MEM %  NET % WITHOUT IT\n"
      "  centos59_3  1.34    11.82  74.5   36.1   0.0               moves\n"
      "  centos59_2  1.78    17.67  54.2   35.6   0.0               not needed\n"
      "  centos59    2.82    54.10  61.6   -3.4   0.0               not needed\n"
      "  destinations of centos59_3, first choice first:\n"
      "    HOST  CPU %  MEM %  NET % WITH IT\n"
      "    61    62.9   34.3   0.0            taken\n"
      "    39    17.8   29.5   0.0            not the first choice\n"
      "\n"
      "move centos59_3 from 59 to 61\n");
  const Finished calm = cli.run({"balance", "decide", "--state", state(), "--policy", "none"});
  ASSERT_TRUE(succeeded(calm));
  EXPECT_EQ(calm.output, "nothing to do\n");
}

TEST_P(BalanceVerb, ParametersEvacuationAndAdvice) {
  const auto moves = [&](const Cli::Words& more) {
    Cli::Words words{"balance", "decide", "--state", state(), "--json"};
    words.insert(words.end(), more.begin(), more.end());
    const Finished finished = cli.run(words);
    EXPECT_TRUE(succeeded(finished));
    return nlohmann::json::parse(finished.output);
  };
  EXPECT_TRUE(moves({"--set", "overload=0.95"}).at("moves").empty());
  EXPECT_EQ(moves({"--set", "adaptive_mu=true"}).at("moves").size(), 1U) << "the averages are those of the file";
  const auto advised = moves({"--set", "advise=true"});
  EXPECT_TRUE(advised.at("moves").empty());
  EXPECT_EQ(advised.at("advice").size(), 1U);
  const auto emptied = moves({"--evacuate", "59"});
  EXPECT_EQ(emptied.at("moves").size(), 2U) << "two hosts, a guest to each";
  EXPECT_EQ(emptied.at("records").at(0).at("trigger"), "evacuating");
}

TEST_P(BalanceVerb, ReadsStandardInput) {
  const Finished finished = cli.run(
      {"balance", "decide", "--state", "-"},
      Seconds(60),
      R"({"hosts": [{"name": "h1", "cpu": 0.1, "mem": 0, "net": 0}], "guests": []})");
  ASSERT_TRUE(succeeded(finished));
  EXPECT_EQ(finished.output, "nothing to do\n");
  EXPECT_TRUE(refused(
      cli.run({"balance", "decide", "--state", "-"}, Seconds(60), "{\"hosts\": [}"),
      2,
      {"standard input:1:", "error: "}));
}

TEST_P(BalanceVerb, MistakesOfOptionsAndFileInOneGo) {
  const std::string broken =
      cli.put("broken.json", R"({"hosts": [{"name": "h1", "cpu": 2, "mem": 0, "net": 0}], "guests": []})");
  EXPECT_TRUE(refused(
      cli.run({"balance", "decide", "--state", broken, "--set", "overlod=0.8", "--set", "target=high"}),
      2,
      {"--set overlod=0.8: unknown parameter of policy 'ferreira-2013'; did you mean 'overload'?",
       "--set target=high: no share",
       "broken.json:1:34: error: 'cpu' of host 'h1' is 2, out of range",
       "hint: write a share from 0 to 1"}));
  EXPECT_TRUE(refused(
      cli.run({"balance", "decide", "--state", state(), "--policy", "fereira-2013"}),
      2,
      {"unknown policy 'fereira-2013'", "did you mean 'ferreira-2013'?"}));
  EXPECT_TRUE(refused(
      cli.run({"balance", "decide", "--state", state(), "--evacuate", "58"}),
      2,
      {"--evacuate 58: the state has no such host", "hosts: 39, 59, 61"}));
  EXPECT_TRUE(refused(
      cli.run({"balance", "decide", "--state", "nowhere.json"}),
      2,
      {"nowhere.json", "docs/balancing.md has the format"}));
}

TEST_P(BalanceVerb, ListsPolicies) {
  const Finished words = cli.run({"balance", "policies"});
  ASSERT_TRUE(succeeded(words));
  for (const char* text : {"ferreira-2013: ", "none: ", "random: ", "emptiest: ", "  overload ", "0.85"}) {
    EXPECT_NE(words.output.find(text), std::string::npos) << text << " in " << words.output;
  }
  const Finished json = cli.run({"balance", "policies", "--json"});
  ASSERT_TRUE(succeeded(json));
  const auto policies = nlohmann::json::parse(json.output).at("policies");
  const auto listed = [&](const char* name) {
    return std::any_of(policies.begin(), policies.end(), [&](const auto& policy) { return policy.at("name") == name; });
  };
  EXPECT_TRUE(listed("random"));
  EXPECT_TRUE(listed("thr-mmt")) << "those that run in simulated clusters only, too";
  EXPECT_EQ(policies.at(0).at("parameters").at(3).at("default"), "0.9");
}

MIGRALAB_BOTH_MODES(BalanceVerb);

} // namespace
} // namespace migralab::test
