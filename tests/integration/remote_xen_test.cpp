// SPDX-License-Identifier: Apache-2.0
// A lab on Xen hosts that outlive it; the tests follow each other in one lab.
#include "support/far_lab.hpp"

#include <csignal>
#include <thread>

namespace migralab::test {

namespace {

constexpr auto far_lab = R"(lab: far
networks: {lan: {rate: 100Mbit/s}}
storage: {store: {type: iscsi, ssh: as, chap: true}}
hosts:
  n1: {ssh: a1, hypervisor: xen, memory: 320MiB}
  n2: {ssh: a2, hypervisor: xen, memory: 320MiB}
clients: {client: }
guests:
  web: {memory: 96MiB, host: n1, disk: {storage: store, size: 32MiB}, networks: {lan: 10.10.0.99}, services: [http]}
  old: {memory: 96MiB, host: n1, mode: pv}
  full: {memory: 96MiB, host: n1, mode: hvm}
)";

class RemoteXen : public FarLabTest {
protected:
  RemoteXen() : FarLabTest(Cluster::Kind::xen, far_lab) {}
};

TEST_P(RemoteXen, AGuestGoesLiveAndKeepsWhatItWrote) {
  ASSERT_TRUE(succeeded(in_guest("echo word >/srv/word && sync")));
  EXPECT_TRUE(succeeded(migrate({"web", "n2"})));
  EXPECT_EQ(in_guest("cat /srv/word").output, "word\n");
  EXPECT_NE(cluster().on("a2", "xl list").output.find("web "), std::string::npos);
}

TEST_P(RemoteXen, AParavirtualOneIsStoppedAndCopied) {
  EXPECT_TRUE(refused(migrate({"old", "n2"}), 2, {"mode pv", "stop-and-copy"}));
  EXPECT_TRUE(succeeded(migrate({"old", "n2", "--technique", "stop-and-copy"})));
  EXPECT_TRUE(succeeded(cluster().run({"exec", "old", "--", "true"}, Seconds(120))));
}

TEST_P(RemoteXen, OneInAnEmulatedMachineGoesLive) {
  EXPECT_TRUE(succeeded(migrate({"full", "n2"})));
  EXPECT_TRUE(succeeded(cluster().run({"exec", "full", "--", "true"}, Seconds(120))));
}

TEST_P(RemoteXen, AHostWhoseProcessorLacksSomethingIsRefused) {
  ASSERT_TRUE(succeeded(
      cluster().on("a1", "sed 's/ sse2 / /' /proc/cpuinfo >/run/cpuinfo && mount --bind /run/cpuinfo /proc/cpuinfo")));
  EXPECT_TRUE(refused(migrate({"web", "n1"}), 3, {"the processor of n1 lacks what that of n2 has", ": sse2"}));
  ASSERT_TRUE(succeeded(cluster().on("a1", "umount /proc/cpuinfo")));
}

/// Both ends may have something of the guest then.
TEST_P(RemoteXen, AMigrationIsKilledAndDownLeavesNothing) {
  {
    Child move = cluster().start({"migrate", "web", "n1"});
    std::this_thread::sleep_for(std::chrono::seconds(6));
    move.send(SIGKILL);
    static_cast<void>(move.wait(Seconds(5)));
  }
  expect_that_down_leaves_nothing();
}

MIGRALAB_BOTH_MODES(RemoteXen);

} // namespace

} // namespace migralab::test
