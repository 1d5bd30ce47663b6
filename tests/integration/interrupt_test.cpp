// SPDX-License-Identifier: Apache-2.0
// Ctrl-C and SIGTERM: the lab that was being made goes, others stay, a guest that was moving runs on.
#include "support/lab_test.hpp"

#include <csignal>
#include <thread>

namespace migralab::test {

namespace {

namespace fs = std::filesystem;

class Interrupt : public LabTest {};

TEST_P(Interrupt, DuringUpUndoesThatLabOnly) {
  const Cli cli(GetParam());
  ASSERT_TRUE(succeeded(cli.run({"up", cli.small("bystander")}, Seconds(60))));
  const Machine before = Machine::now(cli.state_home());
  const std::string file = cli.quickstart();
  struct Case {
    const char* after;
    int signal;
    bool group; // Ctrl-C in a terminal reaches every process of the foreground group
  };
  for (const Case& one :
       {Case{"[ 1/", SIGINT, true}, {"[ 6/", SIGTERM, false}, {"[14/", SIGINT, false}, {"[17/", SIGINT, true}}) {
    SCOPED_TRACE(one.after);
    Child up = cli.start({"up", file});
    ASSERT_TRUE(up.wait_for_text(one.after, Seconds(150))) << up.errors();
    one.group ? up.send_to_group(one.signal) : up.send(one.signal);
    EXPECT_TRUE(refused(up.wait(Seconds(20)), 130, {"interrupted"}));
    EXPECT_EQ(what_changed_since(before, cli.state_home()), "");
  }
  EXPECT_TRUE(succeeded(cli.run({"exec", "--lab", "bystander", "h1", "--", "true"})));
  EXPECT_TRUE(succeeded(cli.run({"down", "bystander"})));
}

/// The tools that make an image run in process groups of their own: they are ended too.
TEST_P(Interrupt, WhileTheImageIsBuilt) {
  MIGRALAB_SKIP_UNLESS(::geteuid() == 0 ? "" : "a slow apt-get is made by a mount, which needs root");
  Cli cli(GetParam());
  const std::string slow = cli.put("slow", "#!/bin/sh\nexec sleep 60\n");
  fs::permissions(slow, fs::perms(0755));
  const std::string file = cli.quickstart();
  cli.set("XDG_CACHE_HOME", cli.folder() / "home");
  const MountView view({{.source = slow, .target = program_path("apt-get"), .type = {}, .options = {}}});
  const Machine before = Machine::now(cli.state_home());
  cli.look_through(view);
  Child up = cli.start({"up", file});
  ASSERT_TRUE(up.wait_for_text("fetching", Seconds(30))) << up.errors();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  up.send_to_group(SIGINT);
  EXPECT_TRUE(refused(up.wait(Seconds(5)), 130, {"interrupted"}));
  EXPECT_EQ(what_changed_since(before, cli.state_home()), "");
}

/// Exit 130 or, when the migration was faster than the signal, 0: in both cases one copy of the guest runs and answers.
TEST_P(Interrupt, DuringMigrateLeavesOneRunningGuest) {
  const Cli cli(GetParam());
  const Machine before = Machine::now(cli.state_home());
  ASSERT_TRUE(succeeded(cli.run({"up", cli.quickstart()}, Seconds(150))));
  std::string host = "h1";
  for (const bool group : {true, false}) {
    SCOPED_TRACE(group);
    Child move = cli.start({"migrate", "web", host == "h1" ? "h2" : "h1"});
    for (int i = 0; i < 2000 && descendants_with("qemu-system-x86_64").size() < 2; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    group ? move.send_to_group(SIGINT) : move.send(SIGTERM);
    const Finished end = move.wait(Seconds(60));
    EXPECT_TRUE(end.code == 130 || end.code == 0) << ::testing::PrintToString(end);
    for (int i = 0; i < 500 && descendants_with("qemu-system-x86_64").size() > 1; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_EQ(descendants_with("qemu-system-x86_64").size(), 1U);
    const auto guest = cli.inspect("quickstart").at("guests").at(0);
    EXPECT_EQ(guest.at("state"), "running");
    EXPECT_TRUE(cli.answers("quickstart"));
    host = guest.at("host");
  }
  EXPECT_TRUE(succeeded(cli.run({"migrate", "web", host == "h1" ? "h2" : "h1"}, Seconds(100))));
  EXPECT_TRUE(succeeded(cli.run({"down"})));
  fs::remove(cli.state_home() / "migralab");
  EXPECT_EQ(what_changed_since(before, cli.state_home()), "");
}

MIGRALAB_BOTH_MODES(Interrupt);

} // namespace

} // namespace migralab::test
