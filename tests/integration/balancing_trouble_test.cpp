// SPDX-License-Identifier: Apache-2.0
// A balancer in trouble: an agent that stands still for so long that its connections are given up, and a disk that is
// full. What it tells afterwards has to be true.
#include "support/lab_test.hpp"
#include "support/mount_view.hpp"

#include <algorithm>
#include <csignal>
#include <thread>

namespace migralab::test {
namespace {

constexpr const char* topology = "lab: troubled\n"
                                 "networks:\n"
                                 "  lan: {subnet: 10.30.0.0/24}\n"
                                 "hosts:\n"
                                 "  h1: {memory: 256MiB, networks: [lan]}\n"
                                 "  h2: {memory: 256MiB, networks: [lan]}\n"
                                 "guests:\n"
                                 "  web: {memory: 96MiB, host: h1, networks: [lan]}\n";

using BalancingTrouble = LabTest;

void bring_up(const Cli& cli) {
  ASSERT_TRUE(succeeded(cli.run({"up", cli.put("troubled.lab.yaml", topology)}, Seconds(200))));
}

/// libvirt gives a connection up after some 35 s of silence; the migration takes longer, and needs nobody.
TEST_P(BalancingTrouble, AnAgentThatStoodStillTellsWhatBecameOfItsMigration) {
  const Cli cli(GetParam());
  bring_up(cli);
  Child balancer = cli.start(
      {"balance", "run", "--for", "20s", "--json", "--evacuate", "h1", "--set", "period=1s", "--bandwidth", "1MiB/s"});
  ASSERT_TRUE(balancer.wait_for_text("web leaves h1 for h2", Seconds(40))) << balancer.errors();
  std::this_thread::sleep_for(std::chrono::seconds(1));
  const auto found = descendants_with("agent-h1.json");
  ASSERT_EQ(found.size(), 1U);
  ASSERT_EQ(::kill(found.front(), SIGSTOP), 0);
  std::this_thread::sleep_for(std::chrono::seconds(45));
  ASSERT_EQ(::kill(found.front(), SIGCONT), 0);
  const Finished finished = balancer.wait(Seconds(240));
  ASSERT_TRUE(succeeded(finished));
  const auto summary = nlohmann::json::parse(finished.output);
  EXPECT_EQ(summary.at("moved"), 1) << finished.errors;
  EXPECT_EQ(summary.at("failed"), 0) << finished.errors;
  EXPECT_NE(finished.errors.find("waits for web, which is moving to h2"), std::string::npos) << finished.errors;
  EXPECT_EQ(cli.inspect("troubled").at("guests").at(0).at("host"), "h2");
}

MIGRALAB_BOTH_MODES(BalancingTrouble);

using RootBalancingTrouble = LabTest; // mounts

struct Torn {
  const Cli& cli;
  explicit Torn(const Cli& of) : cli(of) {}
  Torn(const Torn&) = delete;
  Torn& operator=(const Torn&) = delete;
  ~Torn() { static_cast<void>(cli.run({"down", "--all"}, Seconds(60))); }
};

TEST_P(RootBalancingTrouble, AFullDiskIsTold) {
  Cli cli(GetParam());
  const MountView view(
      {{.source = "tmpfs", .target = cli.state_home(), .type = "tmpfs", .options = "size=60m,mode=0755"}});
  cli.look_through(view);
  const Torn torn{cli}; // the view goes before the Cli, which could not find the lab any more
  bring_up(cli);
  Child balancer = cli.start({"balance", "run", "--for", "20s", "--set", "period=200ms"});
  ASSERT_TRUE(balancer.wait_for_text("h1 cpu", Seconds(30))) << balancer.errors();
  const std::filesystem::path filler = cli.state_home() / "filler";
  EXPECT_NE(cli.run_program({"/bin/dd", "if=/dev/zero", "of=" + filler.native(), "bs=64k"}).code, 0) << "full";
  const Finished finished = balancer.wait(Seconds(60));
  EXPECT_TRUE(refused(
      finished,
      1,
      {"could not write down all that happened",
       "it could not write to its log",
       "samples, decisions and moves are not complete",
       "hint: make room on the disk of " + (cli.lab_folder("troubled") / "balancer").native()}));
  EXPECT_TRUE(succeeded(cli.run({"down", "troubled"}, Seconds(60)))) << "a full disk keeps no lab";
}

INSTANTIATE_TEST_SUITE_P(
    Labs,
    RootBalancingTrouble,
    ::testing::Values(Mode::root),
    ::testing::PrintToStringParamName());

} // namespace
} // namespace migralab::test
