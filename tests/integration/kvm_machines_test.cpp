// SPDX-License-Identifier: Apache-2.0
// Two KVM hosts that are machines, and an iSCSI server; the tests follow each other in one lab.
#include "support/golden.hpp"
#include "support/shared_lab.hpp"

namespace migralab::test {

namespace {

class KvmMachines : public SharedLabTest {
protected:
  KvmMachines() : SharedLabTest("kvm-machines") {}
  [[nodiscard]] Finished bring_up(const Cli& cli) const override {
    return cli.run(
        {"up", source_path("topologies/kvm-machines.lab.yaml"), "--set", "guests.*.disk.size=32MiB"}, Seconds(1200));
  }
};

TEST_P(KvmMachines, GuestsRunInMachines) {
  EXPECT_EQ(said("kvm2", "uname -n"), "kvm2\n");
  EXPECT_EQ(sh("kvm1", "pgrep -c qemu-system").output, "1\n");
  EXPECT_EQ(sh("kvm2", "pgrep -c qemu-system").output, "0\n");
  EXPECT_TRUE(cli().answers("kvm-machines"));
}

TEST_P(KvmMachines, AGuestGoesLiveAndAnswersBeforeAndAfter) {
  EXPECT_TRUE(succeeded(cli().run({"migrate", "web", "kvm2", "--check"}, Seconds(120))));
  EXPECT_TRUE(succeeded(cli().run({"migrate", "web", "kvm2"}, Seconds(600))));
  EXPECT_EQ(host_of("web"), "kvm2");
  EXPECT_TRUE(cli().answers("kvm-machines"));
}

TEST_P(KvmMachines, DownLeavesNothing) {
  expect_that_down_leaves_nothing();
}

MIGRALAB_BOTH_MODES(KvmMachines);

} // namespace
} // namespace migralab::test
