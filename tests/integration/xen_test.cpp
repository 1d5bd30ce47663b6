// SPDX-License-Identifier: Apache-2.0
// Two Xen hosts, which the lab boots, a KVM host beside them, and an iSCSI server; the tests follow each other in one
// lab.
#include "support/shared_lab.hpp"

#include <csignal>
#include <sstream>
#include <thread>

namespace migralab::test {

namespace {

constexpr auto lab = R"(lab: xen
networks: {lan: {rate: 100Mbit/s}}
storage: {store: {type: iscsi, chap: true}}
hosts:
  xen1: {hypervisor: xen, memory: 320MiB}
  xen2: {hypervisor: xen, memory: 320MiB}
  kvm: {memory: 256MiB, networks: {lan: 10.10.0.99}}
clients: {client: }
guests:
  web: {memory: 128MiB, host: xen1, disk: {storage: store, size: 32MiB}, services: [http]}
  old: {memory: 128MiB, host: xen1, mode: pv}
)";

class Xen : public SharedLabTest {
protected:
  Xen() : SharedLabTest("xen") {}
  [[nodiscard]] Finished bring_up(const Cli& cli) const override {
    return cli.run({"up", cli.put("xen.lab.yaml", lab)}, Seconds(600));
  }
};

TEST_P(Xen, HostsAreMachinesWithAHypervisorOfTheirOwn) {
  EXPECT_EQ(said("xen1", "cat /sys/hypervisor/type"), "xen\n");
  EXPECT_EQ(said("xen2", "uname -n"), "xen2\n");
  EXPECT_EQ(sh("xen1", "exit 7").code, 7);
  const std::string domains = said("xen1", "xl list");
  EXPECT_NE(domains.find("web "), std::string::npos) << domains;
  EXPECT_NE(domains.find("old "), std::string::npos) << domains;
}

TEST_P(Xen, TheDomainOfTheHostItselfIsNoGuest) {
  const nlohmann::json seen = cli().inspect("xen");
  EXPECT_EQ(seen.at("guests").size(), 2U) << seen.dump(2);
  EXPECT_EQ(host_of("web"), "xen1");
}

/// Emulated, Xen lost vector registers when it changed between a guest and what the host itself runs.
TEST_P(Xen, ProgramsOfTheHostSurviveABusyGuest) {
  Child busy = cli().start({"workload", "cpu-load", "--on", "web", "--seconds", "30", "load=70%"});
  const Finished programs =
      sh("xen1",
         "for i in $(seq 40); do ls -l /usr/lib >/dev/null || echo lost one; done; "
         "dmesg | grep -E 'segfault|general protection|invalid opcode'");
  EXPECT_EQ(programs.output, "") << ::testing::PrintToString(programs);
  EXPECT_TRUE(succeeded(busy.wait(Seconds(90))));
}

TEST_P(Xen, TheWayIntoAHostIsOpenedAgain) {
  EXPECT_EQ(sh("xen1", "exec pkill -f '^sshd: root'").code, 255) << "it ended what it came by";
  EXPECT_TRUE(succeeded(sh("xen1", "true"))) << "by a connection of its own";
  std::string found;
  for (int tries = 0; tries < 60 && found.empty(); ++tries) { // libvirt's socket comes with the shared one
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    found = host_of("web");
  }
  EXPECT_EQ(found, "xen1");
}

TEST_P(Xen, APortalThatDiesAndComesBackCostsAGuestNothingButTime) {
  Child writing = write_lines("web", 15);
  std::this_thread::sleep_for(std::chrono::seconds(3));
  said("store", "ip link set dev lan down");
  std::this_thread::sleep_for(std::chrono::seconds(12)); // longer than open-iscsi's pings
  said("store", "ip link set dev lan up");
  const Finished written = writing.wait(Seconds(150));
  EXPECT_TRUE(succeeded(written));
  EXPECT_EQ(written.output, "15\n") << "nothing was lost, and nothing failed";
}

TEST_P(Xen, WhatXenCannotIsRefusedBeforeAnythingMoves) {
  EXPECT_TRUE(refused(cli().run({"migrate", "old", "xen2"}), 2, {"mode pv", "shadow paging", "stop-and-copy"}));
  EXPECT_TRUE(
      refused(cli().run({"migrate", "web", "xen2", "--technique", "post-copy"}), 3, {"post-copy", "Xen has none"}));
  const std::string why = "xen1 is a xen host and kvm a kvm host";
  EXPECT_TRUE(refused(cli().run({"migrate", "web", "kvm"}), 2, {why, "with the same hypervisor"}));
  const Finished checked = cli().run({"migrate", "web", "kvm", "--check"});
  EXPECT_EQ(checked.code, 2);
  EXPECT_NE(checked.output.find(why), std::string::npos) << checked.output;
  EXPECT_EQ(host_of("web"), "xen1");
  EXPECT_EQ(host_of("old"), "xen1");
}

TEST_P(Xen, APvhGuestGoesLiveUnderProbes) {
  EXPECT_TRUE(cli().answers("xen"));
  const Finished checked = cli().run({"migrate", "web", "xen2", "--check"});
  EXPECT_TRUE(succeeded(checked));
  // Datagrams to its echo service, one after the other: answers, silences of a second, and the last answer in a row.
  Child probes = cli().start(
      {"exec",
       "--lab",
       "xen",
       "client",
       "--",
       "bash",
       "-c",
       "exec 3<>/dev/udp/10.10.0.14/7; answers=0 silences=0 row=0; while [ ! -e /run/enough ]; do echo word >&3; "
       "if [ -n \"$(timeout 1 head -n 1 <&3)\" ]; then answers=$((answers + 1)) row=$((row + 1)); else "
       "silences=$((silences + 1)) row=0; "
       "fi; "
       "sleep 0.05; done; rm /run/enough; echo $answers $silences $row"});
  std::this_thread::sleep_for(std::chrono::seconds(2));
  const Finished moved = cli().run({"migrate", "web", "xen2"}, Seconds(180));
  EXPECT_TRUE(succeeded(moved));
  EXPECT_EQ(host_of("web"), "xen2");
  std::this_thread::sleep_for(std::chrono::seconds(3));
  EXPECT_TRUE(succeeded(sh("client", "touch /run/enough")));
  const Finished probed = probes.wait(Seconds(30));
  EXPECT_TRUE(succeeded(probed));
  int answers = 0;
  int silences = 0;
  int row = 0;
  std::istringstream(probed.output) >> answers >> silences >> row;
  EXPECT_GT(answers, 40) << probed.output << "it answers while it is copied";
  EXPECT_LT(silences, 15) << probed.output << "it stands still for seconds, emulated, not for as long as it is copied";
  EXPECT_GT(row, 5) << probed.output << "and answers there";
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
  EXPECT_EQ(sh("xen1", "xl list web").code, 1) << "what had arrived is gone";
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
  expect_that_down_leaves_nothing();
}

MIGRALAB_BOTH_MODES(Xen);

} // namespace
} // namespace migralab::test
