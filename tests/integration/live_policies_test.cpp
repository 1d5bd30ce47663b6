// SPDX-License-Identifier: Apache-2.0
// Every policy for labs in a lab: agents, real loads, real migrations. What each decides is the business of other
// tests; here it does so on what agents tell.
#include "support/lab_test.hpp"

#include <map>

namespace migralab::test {
namespace {

/// 80 % of a processor on h1, which has two; nothing on the others.
constexpr const char* topology = "lab: policies\n"
                                 "networks:\n"
                                 "  lan: {subnet: 10.31.0.0/24}\n"
                                 "hosts:\n"
                                 "  h1: {memory: 512MiB, cpus: 2, networks: [lan]}\n"
                                 "  h2: {memory: 512MiB, cpus: 2, networks: [lan]}\n"
                                 "  h3: {memory: 512MiB, cpus: 2, networks: [lan]}\n"
                                 "guests:\n"
                                 "  app: {memory: 96MiB, host: h1, networks: [lan]}\n"
                                 "  web: {memory: 96MiB, host: h1, networks: [lan]}\n";

/// What they are set to so that they have something to do in this lab.
Cli::Words settings_of(const std::string& policy) {
  const Cli::Words limits{"overload=0.3", "target=0.28", "ceiling=0.3"};
  const Cli::Words early{"overload=0.3", "target=0.28", "ceiling=0.3", "watch=0.2"};
  const std::map<std::string, Cli::Words> all{
      {"choi-2008", early},
      {"wood-2007", {"overload=0.3", "target=0.28", "ceiling=0.3", "k=2", "n=3"}},
      {"drs-deviation", {"priority=5"}},
      {"watcher-deviation", {"spread=0.05"}},
      {"cloudstack-deviation", {}},
      {"hbal-score", {}},
      {"zhao-2009", {"weight=1"}}};
  const auto found = all.find(policy);
  Cli::Words words;
  for (const std::string& setting : found == all.end() ? limits : found->second) {
    words.insert(words.end(), {"--set", setting});
  }
  words.insert(words.end(), {"--set", "period=1s"});
  return words;
}

using LivePolicies = LabTest;

TEST_P(LivePolicies, EachMovesAGuestOffTheBusyHostAndLosesNone) {
  const Cli cli(GetParam());
  ASSERT_TRUE(succeeded(cli.run({"up", cli.put("policies.lab.yaml", topology)}, Seconds(200))));
  std::vector<Child> loads;
  for (const auto& [guest, share] : std::map<std::string, std::string>{{"app", "load=35%"}, {"web", "load=45%"}}) {
    loads.push_back(cli.start({"workload", "cpu-load", "--on", guest, share, "--seconds", "1500"}));
    ASSERT_TRUE(loads.back().wait_for_text("cpu-load runs on " + guest, Seconds(60))) << loads.back().errors();
  }
  const Finished listed = cli.run({"balance", "policies", "--json"});
  ASSERT_TRUE(succeeded(listed));
  const auto policies = nlohmann::json::parse(listed.output);
  std::size_t tried = 0;
  for (const auto& info : policies.at("policies")) {
    if (info.at("runs").at(0) != "live") {
      continue;
    }
    ++tried;
    const std::string policy = info.at("name");
    SCOPED_TRACE(policy);
    Cli::Words words{"balance", "run", "--for", "25s", "--json", "--policy", policy};
    const Cli::Words settings = settings_of(policy);
    words.insert(words.end(), settings.begin(), settings.end());
    const Finished finished = cli.run(words, Seconds(150));
    ASSERT_TRUE(succeeded(finished));
    const auto summary = nlohmann::json::parse(finished.output);
    EXPECT_EQ(summary.at("moved") > 0, policy != "none") << finished.errors;
    EXPECT_EQ(summary.at("failed"), 0) << finished.errors;
    const auto guests = cli.inspect("policies").at("guests");
    for (const auto& guest : guests) {
      EXPECT_EQ(guest.at("state"), "running") << guest.dump();
      if (guest.at("host") != "h1") {
        EXPECT_TRUE(succeeded(cli.run({"migrate", guest.at("name").get<std::string>(), "h1"}, Seconds(60))));
      }
    }
  }
  EXPECT_GE(tried, 12U);
}

MIGRALAB_BOTH_MODES(LivePolicies);

} // namespace
} // namespace migralab::test
