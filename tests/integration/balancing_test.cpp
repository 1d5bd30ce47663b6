// SPDX-License-Identifier: Apache-2.0
// A lab that is balanced: agents, a coordinator, real loads and real migrations; and what happens when they are killed.
#include "support/golden.hpp"
#include "support/lab_test.hpp"

#include <algorithm>
#include <csignal>
#include <thread>

namespace migralab::test {
namespace {

constexpr const char* topology = "lab: balancing\n"
                                 "networks:\n"
                                 "  lan: {subnet: 10.30.0.0/24}\n"
                                 "storage:\n"
                                 "  store: {type: iscsi, networks: [lan]}\n"
                                 "hosts:\n"
                                 "  h1: {memory: 512MiB, cpus: 2, networks: [lan]}\n"
                                 "  h2: {memory: 512MiB, cpus: 2, networks: [lan]}\n"
                                 "  h3: {memory: 512MiB, cpus: 2, networks: [lan]}\n"
                                 "clients:\n"
                                 "  client: {networks: [lan]}\n"
                                 "guests:\n"
                                 "  app: {memory: 96MiB, host: h1, networks: [lan]}\n"
                                 "  web: {memory: 96MiB, host: h1, networks: [lan]}\n"
                                 "  db: {memory: 96MiB, host: h2, networks: [lan]}\n";

/// Two guests of 35 % of a processor and more are an overload, one is not: a processor for each, so that they do not
/// take theirs from one another. A migration burdens both hosts for a sample or two, which is no overload (hold).
const Cli::Words limits{
    "--set",
    "period=1s",
    "--set",
    "overload=0.3",
    "--set",
    "target=0.28",
    "--set",
    "ceiling=0.3",
    "--set",
    "hold=3"};

class Balancing : public LabTest {
protected:
  void SetUp() override {
    LabTest::SetUp();
    if (!HasFatalFailure() && !IsSkipped()) {
      cli.emplace(GetParam());
      ASSERT_TRUE(succeeded(cli->run({"up", cli->put("balancing.lab.yaml", topology)}, Seconds(200))));
    }
  }

  /// Keeps a guest busy until the test ends.
  void load(const std::string& guest, const std::string& share) {
    loads_.push_back(cli->start({"workload", "cpu-load", "--on", guest, "load=" + share, "--seconds", "600"}));
    ASSERT_TRUE(loads_.back().wait_for_text("cpu-load runs on " + guest, Seconds(60))) << loads_.back().errors();
  }

  static Cli::Words balance(const Cli::Words& more, const std::string& time = "25s") {
    Cli::Words words{"balance", "run", "--for", time, "--json"};
    words.insert(words.end(), limits.begin(), limits.end());
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  /// The hosts on which each guest runs, by what each host's libvirtd says.
  [[nodiscard]] std::map<std::string, std::vector<std::string>> running() const {
    std::map<std::string, std::vector<std::string>> places;
    for (const std::string host : {"h1", "h2", "h3"}) {
      const Finished list =
          cli->run({"exec", host, "--", "virsh", "-q", "-c", "qemu:///system", "list", "--name", "--state-running"});
      EXPECT_TRUE(succeeded(list));
      std::istringstream names(list.output);
      for (std::string name; names >> name;) {
        places[name].push_back(host);
      }
    }
    return places;
  }

  void expect_each_guest_once() const {
    const auto places = running();
    EXPECT_EQ(places.size(), 3U);
    for (const auto& [guest, hosts] : places) {
      EXPECT_EQ(hosts.size(), 1U) << guest << " runs on " << ::testing::PrintToString(hosts);
    }
  }

  /// Ends the process of that role and node, and only that, while a guest moves through so slow a network that this
  /// lasts.
  void kill_while_a_guest_moves(const std::string& configuration) {
    ASSERT_TRUE(succeeded(cli->run({"shape", "lan", "rate=40Mbit/s"})));
    load("app", "35%");
    load("web", "45%");
    Child balancer = cli->start(balance({}, "30s"));
    ASSERT_TRUE(balancer.wait_for_text(" leaves h1 for ", Seconds(40))) << balancer.errors();
    std::this_thread::sleep_for(std::chrono::seconds(1));
    const auto found = descendants_with(configuration);
    ASSERT_EQ(found.size(), 1U) << configuration;
    ASSERT_EQ(::kill(found.front(), SIGKILL), 0);
    EXPECT_TRUE(balancer.wait_for_text("started anew", Seconds(10))) << balancer.errors();
    ASSERT_TRUE(succeeded(balancer.wait(Seconds(120))));
    expect_each_guest_once();
  }

  std::optional<Cli> cli;

private:
  std::vector<Child> loads_; // ended before the lab
};

using BalancingLong = Balancing;

TEST_P(Balancing, AGuestLeavesTheOverloadedHost) {
  load("app", "35%");
  load("web", "45%");
  load("db", "10%");
  const std::string output = (cli->folder() / "balanced").native();
  const Finished finished = cli->run(balance({"--output", output}), Seconds(120));
  ASSERT_TRUE(succeeded(finished));
  const auto summary = nlohmann::json::parse(finished.output);
  // The cheaper guest, to the fullest host that can take it, and not to the idle one.
  EXPECT_EQ(summary.at("moves"), nlohmann::json::parse(R"([{"guest": "app", "to": "h2", "times": 1}])"))
      << finished.errors;
  EXPECT_GT(summary.at("messages"), 8);
  EXPECT_GT(summary.at("bytes"), 1e6);
  EXPECT_EQ(running().at("app"), std::vector<std::string>{"h2"});
  expect_each_guest_once();
  EXPECT_NE(finished.errors.find("asked for by h1: app to h2"), std::string::npos) << finished.errors;
  EXPECT_NE(read_text(output + "/balance_moves.csv").find("app,h1,h2,"), std::string::npos);
  EXPECT_NE(read_text(output + "/balance_rounds.jsonl").find("\"verdict\":\"moves\""), std::string::npos);
  EXPECT_TRUE(descendants_with("migralab-balancer").empty());

  // A lab in balance is left alone.
  const Finished again = cli->run(balance({}, "6s"), Seconds(60));
  ASSERT_TRUE(succeeded(again));
  EXPECT_EQ(nlohmann::json::parse(again.output).at("moved"), 0) << again.errors;
}

TEST_P(Balancing, WhatOnlyLooksMovesNothing) {
  load("app", "35%");
  load("web", "45%");
  const Finished advice = cli->run(balance({"--set", "advise=true"}, "12s"), Seconds(60));
  ASSERT_TRUE(succeeded(advice));
  EXPECT_EQ(nlohmann::json::parse(advice.output).at("moved"), 0);
  EXPECT_NE(advice.errors.find("would move app"), std::string::npos) << advice.errors;
  const Finished none =
      cli->run({"balance", "run", "--for", "8s", "--policy", "none", "--set", "period=1s", "--json"}, Seconds(60));
  ASSERT_TRUE(succeeded(none));
  EXPECT_EQ(nlohmann::json::parse(none.output).at("moved"), 0);
  EXPECT_EQ(running().at("app"), std::vector<std::string>{"h1"});
}

TEST_P(Balancing, EmptiesAHost) {
  const Finished finished = cli->run(balance({"--evacuate", "h1"}, "40s"), Seconds(120));
  ASSERT_TRUE(succeeded(finished));
  const auto places = running();
  for (const auto& [guest, hosts] : places) {
    EXPECT_NE(hosts, std::vector<std::string>{"h1"}) << guest << "\n" << finished.errors;
  }
  expect_each_guest_once();
}

TEST_P(BalancingLong, AKilledAgentLosesNoGuest) {
  kill_while_a_guest_moves("agent-h1.json");
}

TEST_P(BalancingLong, AKilledCoordinatorLosesNoGuest) {
  kill_while_a_guest_moves("coordinator.json");
}

TEST_P(Balancing, AnInterruptStopsItAndLeavesGuestsWhereTheyAre) {
  ASSERT_TRUE(succeeded(cli->run({"shape", "lan", "rate=40Mbit/s"})));
  load("app", "35%");
  load("web", "45%");
  Child balancer = cli->start(balance({}, "5min"));
  ASSERT_TRUE(balancer.wait_for_text(" leaves h1 for ", Seconds(40))) << balancer.errors();
  balancer.send(SIGINT);
  const Finished finished = balancer.wait(Seconds(40));
  EXPECT_FALSE(finished.timed_out);
  EXPECT_TRUE(descendants_with("migralab-balancer").empty());
  expect_each_guest_once();
  EXPECT_EQ(running().at("app"), std::vector<std::string>{"h1"});
}

TEST_P(Balancing, MistakesAreToldBeforeAnythingStarts) {
  EXPECT_TRUE(
      refused(cli->run({"balance", "run", "--policy", "ferreira"}), 2, {"unknown policy 'ferreira'", "ferreira-2013"}));
  EXPECT_TRUE(refused(cli->run({"balance", "run", "--set", "mu=2"}), 2, {"mu=2"}));
  EXPECT_TRUE(refused(cli->run({"balance", "run", "--for", "never"}), 2, {"--for never", "--for 5min"}));
  EXPECT_TRUE(refused(cli->run({"balance", "run", "--evacuate", "h9"}), 2, {"h9", "h1"}));
  EXPECT_TRUE(refused(cli->run({"balance", "run", "nolab"}), 2, {"nolab"}));
}

MIGRALAB_BOTH_MODES(Balancing);
MIGRALAB_BOTH_MODES(BalancingLong);

} // namespace
} // namespace migralab::test
