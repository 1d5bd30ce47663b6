// SPDX-License-Identifier: Apache-2.0
// Labs on hosts that outlive them, in trouble: controllers are killed at every step, hosts go away, records are lost.
#include "support/remote_lab.hpp"

#include <thread>

namespace migralab::test {

namespace {

namespace fs = std::filesystem;

using RemoteTrouble = Remote;

TEST_P(RemoteTrouble, AnExperimentRunsThereAndLeavesNothing) {
  const std::string file = cluster().put("far.exp.yaml", R"(experiment: far
topology: far.lab.yaml
guest: web
route: [n2, n1]
repetitions: 1
client: client
load: {udp: {rate: 200/s}}
before: 1s
after: 1s
)");
  const Finished run = cluster().run({"run", file, "--output", cluster().folder() + "/runs"}, Seconds(300));
  ASSERT_TRUE(succeeded(run));
  EXPECT_NE(run.output.find("n1 -> n2    ok"), std::string::npos) << run.output;
  EXPECT_NE(run.output.find("n2 -> n1    ok"), std::string::npos) << run.output;
  EXPECT_EQ(cluster().left(), "");
}

TEST_P(RemoteTrouble, UpIsKilledAtEveryStep) {
  for (const char* step :
       {"connected to",
        "] node switch",
        "] bridges",
        "] uplink",
        "] join n1",
        "] join n2",
        "] hypervisor n1",
        "] put micro n1",
        "] put micro n2",
        "] guest web",
        "] answer web"}) {
    SCOPED_TRACE(step);
    {
      Child up = cluster().start({"up", file_});
      ASSERT_TRUE(up.wait_for_text(step, Seconds(120))) << up.errors();
      up.send(SIGKILL);
      static_cast<void>(up.wait(Seconds(5)));
    }
    expect_that_down_leaves_nothing();
  }
}

TEST_P(RemoteTrouble, AnInterruptedUpIsUndoneOnTheHostsToo) {
  for (const char* step : {"] join n1", "] put micro n2", "] guest web"}) {
    SCOPED_TRACE(step);
    Child up = cluster().start({"up", file_});
    ASSERT_TRUE(up.wait_for_text(step, Seconds(120))) << up.errors();
    up.send_to_group(SIGINT);
    EXPECT_TRUE(refused(up.wait(Seconds(60)), 130, {"interrupted"}));
    EXPECT_EQ(cluster().left(), "");
    EXPECT_FALSE(fs::exists(cluster().lab_folder("far")));
  }
}

TEST_P(RemoteTrouble, ADamagedRecordIsToldAndTheHostsAreClearedByWhatTheyRemember) {
  ASSERT_TRUE(succeeded(cluster().run({"up", file_}, Seconds(180))));
  fs::resize_file(cluster().lab_folder("far") / "lab.json", 20);
  EXPECT_TRUE(refused(cluster().run({"down", "far"}), 1, {"the lab's record is damaged", "down far --host ADDRESS"}));
  EXPECT_TRUE(succeeded(cluster().run({"down", "far", "--host", "a1"})));
  EXPECT_TRUE(succeeded(cluster().run({"down", "far", "--abandon"})));
  EXPECT_EQ(cluster().left(), "");
  EXPECT_EQ(cluster().run({"audit", "--host", "a1"}).output, "nothing of any lab is on a1\n");
}

TEST_P(RemoteTrouble, ALostTopologyIsToldAndTheHostsAreClearedByWhatTheyRemember) {
  ASSERT_TRUE(succeeded(cluster().run({"up", file_}, Seconds(180))));
  fs::remove(cluster().lab_folder("far") / "topology.lab.yaml");
  EXPECT_TRUE(refused(cluster().run({"down", "far"}), 1, {"topology.lab.yaml", "down far --host ADDRESS"}));
  EXPECT_TRUE(succeeded(cluster().run({"down", "far", "--host", "a2"})));
  EXPECT_TRUE(succeeded(cluster().run({"down", "far", "--abandon"})));
  EXPECT_EQ(cluster().left(), "");
}

TEST_P(RemoteTrouble, ALostLedgerLosesNothing) {
  ASSERT_TRUE(succeeded(cluster().run({"up", file_}, Seconds(180))));
  fs::remove(cluster().lab_folder("far") / "ledger.jsonl");
  expect_that_down_leaves_nothing();
}

TEST_P(RemoteTrouble, MigrateAndDownAreKilledAtAnyTime) {
  for (const int milliseconds : {50, 300, 700, 1500}) {
    SCOPED_TRACE(milliseconds);
    ASSERT_TRUE(succeeded(cluster().run({"up", file_, "--set", "networks.lan.rate=100Mbit/s"}, Seconds(180))));
    for (const Cli::Words& words : {Cli::Words{"migrate", "web", "n2"}, Cli::Words{"down", "far"}}) {
      Child child = cluster().start(words);
      std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
      child.send(SIGKILL);
      static_cast<void>(child.wait(Seconds(5)));
    }
    expect_that_down_leaves_nothing();
  }
}

TEST_P(RemoteTrouble, AHostThatIsAwayIsNamedAndCanBeClearedLater) {
  ASSERT_TRUE(succeeded(cluster().run({"up", file_}, Seconds(180))));
  cluster().stop_sshd("a2");
  const Finished down = cluster().run({"down", "far"});
  EXPECT_TRUE(refused(down, 1, {"not all of the lab could be removed", "n2: not known, it does not answer"}));
  EXPECT_EQ(cluster().run({"audit"}).code, 1);
  ASSERT_TRUE(succeeded(cluster().start_sshd("a2")));
  expect_that_down_leaves_nothing();
}

TEST_P(RemoteTrouble, AHostIsLostWhileTheLabComesUp) {
  Child up = cluster().start({"up", file_});
  ASSERT_TRUE(up.wait_for_text("] join n2", Seconds(60))) << up.errors();
  cluster().stop_sshd("a2");
  const Finished finished = up.wait(Seconds(180));
  EXPECT_TRUE(refused(finished, 1, {"not all of the lab could be removed", "n2: not known, it does not answer"}));
  EXPECT_EQ(cluster().run({"ls"}).output.find("up "), std::string::npos);
  ASSERT_TRUE(succeeded(cluster().start_sshd("a2")));
  expect_that_down_leaves_nothing();
}

TEST_P(RemoteTrouble, WithoutItsControllerALabCanBeTakenDown) {
  ASSERT_TRUE(succeeded(cluster().run({"up", file_}, Seconds(180))));
  for (const pid_t keeper : descendants_with(cluster().lab_folder("far").native())) {
    ::kill(keeper, SIGKILL);
  }
  fs::remove_all(cluster().lab_folder("far"));
  EXPECT_TRUE(refused(cluster().run({"down", "--host", "a1"}), 2, {"a1 remembers labs: say which one", "far ("}));
  EXPECT_TRUE(refused(cluster().run({"down", "nar", "--host", "a1"}), 2, {"a1 remembers no lab 'nar'", "far"}));
  EXPECT_TRUE(succeeded(cluster().run({"down", "far", "--host", "a1"})));
  EXPECT_EQ(cluster().left(), "");
}

// In a user namespace sshd cannot read who may log in.
INSTANTIATE_TEST_SUITE_P(Labs, RemoteTrouble, ::testing::Values(Mode::root), ::testing::PrintToStringParamName());

} // namespace

} // namespace migralab::test
