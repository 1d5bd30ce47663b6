// SPDX-License-Identifier: Apache-2.0
// Two Xen hosts, which the lab boots, and an iSCSI server; the tests follow each other in one lab.
#include "support/golden.hpp"
#include "support/lab_test.hpp"

#include <csignal>
#include <memory>
#include <thread>

namespace migralab::test {

namespace {

constexpr auto lab = R"(lab: xen
networks: {lan: {rate: 100Mbit/s}}
storage: {store: {type: iscsi, chap: true}}
hosts:
  xen1: {hypervisor: xen, memory: 320MiB}
  xen2: {hypervisor: xen, memory: 320MiB}
clients: {client: }
guests:
  web: {memory: 128MiB, host: xen1, disk: {storage: store, size: 32MiB}, services: [http]}
  old: {memory: 128MiB, host: xen1, mode: pv}
)";

struct Shared {
  explicit Shared(Mode mode)
      : cli(mode), before(Machine::now(cli.state_home())),
        up(cli.run({"up", cli.put("xen.lab.yaml", lab)}, Seconds(600))) {}

  Cli cli;
  Machine before;
  Finished up;
};

class Xen : public LabTest {
protected:
  void SetUp() override {
    LabTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) {
      return;
    }
    if (shared_ == nullptr || mode_ != GetParam()) {
      shared_.reset();
      shared_ = std::make_unique<Shared>(GetParam());
      mode_ = GetParam();
    }
    ASSERT_TRUE(succeeded(shared_->up));
  }
  static void TearDownTestSuite() { shared_.reset(); }

  static const Cli& cli() { return shared_->cli; }
  static Finished exec(const std::string& node, Cli::Words command) {
    Cli::Words words{"exec", node, "--"};
    words.insert(words.end(), command.begin(), command.end());
    return cli().run(words);
  }
  static std::string host_of(const std::string& guest) {
    const nlohmann::json seen = cli().inspect("xen");
    for (const auto& one : seen.at("guests")) {
      if (one.at("name") == guest) {
        return one.at("host");
      }
    }
    return {};
  }

  static std::unique_ptr<Shared> shared_;
  static Mode mode_;
};

std::unique_ptr<Shared> Xen::shared_;
Mode Xen::mode_ = Mode::root;

TEST_P(Xen, HostsAreMachinesWithAHypervisorOfTheirOwn) {
  const Finished version = exec("xen1", {"cat", "/sys/hypervisor/type"});
  EXPECT_EQ(version.output, "xen\n") << ::testing::PrintToString(version);
  EXPECT_EQ(exec("xen2", {"uname", "-n"}).output, "xen2\n");
  EXPECT_EQ(exec("xen1", {"sh", "-c", "exit 7"}).code, 7);
  const Finished domains = exec("xen1", {"xl", "list"});
  EXPECT_NE(domains.output.find("web "), std::string::npos) << domains.output;
  EXPECT_NE(domains.output.find("old "), std::string::npos) << domains.output;
}

TEST_P(Xen, TheDomainOfTheHostItselfIsNoGuest) {
  const nlohmann::json seen = cli().inspect("xen");
  EXPECT_EQ(seen.at("guests").size(), 2U) << seen.dump(2);
  EXPECT_EQ(host_of("web"), "xen1");
}

/// Emulated, Xen lost vector registers when it changed between a guest and what the host itself runs.
TEST_P(Xen, ProgramsOfTheHostSurviveABusyGuest) {
  Child busy = cli().start({"workload", "cpu-load", "--on", "web", "--seconds", "30", "load=70%"});
  const Finished programs = exec(
      "xen1",
      {"sh",
       "-c",
       "for i in $(seq 40); do ls -l /usr/lib >/dev/null || echo lost one; done; "
       "dmesg | grep -E 'segfault|general protection|invalid opcode'"});
  EXPECT_EQ(programs.output, "") << ::testing::PrintToString(programs);
  EXPECT_TRUE(succeeded(busy.wait(Seconds(90))));
}

TEST_P(Xen, TheWayIntoAHostIsOpenedAgain) {
  EXPECT_EQ(exec("xen1", {"pkill", "-f", "^sshd: root"}).code, 255) << "it ended what it came by";
  EXPECT_TRUE(succeeded(exec("xen1", {"true"}))) << "by a connection of its own";
  std::string found;
  for (int tries = 0; tries < 60 && found.empty(); ++tries) { // libvirt's socket comes with the shared one
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    const nlohmann::json seen = cli().inspect("xen");
    for (const auto& guest : seen.at("guests")) {
      if (guest.at("name") == "web" && guest.at("host").is_string()) {
        found = guest.at("host");
      }
    }
  }
  EXPECT_EQ(found, "xen1");
}

TEST_P(Xen, WhatXenCannotIsRefusedBeforeAnythingMoves) {
  EXPECT_TRUE(refused(cli().run({"migrate", "old", "xen2"}), 2, {"mode pv", "shadow paging", "stop-and-copy"}));
  EXPECT_TRUE(
      refused(cli().run({"migrate", "web", "xen2", "--technique", "post-copy"}), 3, {"post-copy", "Xen has none"}));
  EXPECT_EQ(host_of("web"), "xen1");
  EXPECT_EQ(host_of("old"), "xen1");
}

TEST_P(Xen, APvhGuestGoesLiveAndAnswersBeforeAndAfter) {
  EXPECT_TRUE(cli().answers("xen"));
  const Finished checked = cli().run({"migrate", "web", "xen2", "--check"});
  EXPECT_TRUE(succeeded(checked));
  const Finished moved = cli().run({"migrate", "web", "xen2"}, Seconds(180));
  EXPECT_TRUE(succeeded(moved));
  EXPECT_EQ(host_of("web"), "xen2");
  EXPECT_TRUE(cli().answers("xen"));
}

/// libxl has no way to give a migration up; the lab has.
TEST_P(Xen, AnInterruptedMigrationLeavesTheGuestWhereItWas) {
  ASSERT_EQ(host_of("web"), "xen2");
  Child move = cli().start({"migrate", "web", "xen1"});
  std::this_thread::sleep_for(std::chrono::seconds(6)); // of some twenty that it takes through 100 Mbit/s
  move.send_to_group(SIGINT);
  const Finished end = move.wait(Seconds(90));
  EXPECT_EQ(end.code, 130) << ::testing::PrintToString(end);
  EXPECT_EQ(host_of("web"), "xen2");
  EXPECT_TRUE(cli().answers("xen")) << "it goes on";
  EXPECT_EQ(exec("xen1", {"xl", "list", "web"}).code, 1) << "what had arrived is gone";
}

TEST_P(Xen, APvGuestIsStoppedAndCopied) {
  const Finished moved = cli().run({"migrate", "old", "xen2", "--technique", "stop-and-copy"}, Seconds(180));
  EXPECT_TRUE(succeeded(moved));
  EXPECT_EQ(host_of("old"), "xen2");
}

TEST_P(Xen, AuditListsWhatIsOnTheHosts) {
  const Finished audit = cli().run({"audit", "xen"});
  EXPECT_TRUE(succeeded(audit));
  EXPECT_NE(audit.output.find("web (running"), std::string::npos) << audit.output;
  EXPECT_NE(audit.output.find("/dev/migralab/web"), std::string::npos) << audit.output;
}

TEST_P(Xen, DownLeavesNothing) {
  EXPECT_TRUE(succeeded(cli().run({"down", "xen"})));
  EXPECT_TRUE(succeeded(cli().run({"audit", "xen"})));
  std::filesystem::remove(cli().state_home() / "migralab"); // empty: no lab is left
  EXPECT_EQ(what_changed_since(shared_->before, cli().state_home()), "");
}

MIGRALAB_BOTH_MODES(Xen);

} // namespace
} // namespace migralab::test
