// SPDX-License-Identifier: Apache-2.0
// A lab on hosts and a storage server that outlive it, each a machine with a kernel of its own; the tests follow each
// other in one lab.
#include "support/far_lab.hpp"

#include <filesystem>
#include <thread>

namespace migralab::test {

namespace {

constexpr auto far_lab = R"(lab: far
networks: {lan: {rate: 500Mbit/s, mtu: 1450}}
storage: {store: {type: iscsi, ssh: as, chap: true}}
hosts:
  n1: {ssh: a1, memory: 200MiB}
  n2: {ssh: a2, memory: 200MiB}
clients: {client: }
guests:
  web: {memory: 128MiB, host: n1, disk: {storage: store, size: 32MiB}, networks: {lan: 10.10.0.99}, services: [http]}
)";

class RemoteMachines : public FarLabTest {
protected:
  RemoteMachines() : FarLabTest(Cluster::Kind::machines, far_lab) {}

  static bool answers() {
    const std::string ask =
        "exec 3<>/dev/tcp/10.10.0.99/80 && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3";
    return cluster().run({"exec", "client", "--", "timeout", "30", "bash", "-c", ask}).output.find(" 200 ") !=
           std::string::npos;
  }
};

TEST_P(RemoteMachines, AGuestRunsWithItsDiskOnAThirdMachine) {
  EXPECT_TRUE(answers());
  EXPECT_NE(cluster().on("as", "ls /sys/kernel/config/target/iscsi").output.find(".ml"), std::string::npos);
  EXPECT_NE(cluster().on("a2", "cat /sys/class/iscsi_session/*/targetname").output.find(":far.ml"), std::string::npos)
      << "both hosts have the disk";
  EXPECT_TRUE(succeeded(cluster().run({"storage", "verify"}, Seconds(300))));
}

TEST_P(RemoteMachines, ItGoesLiveAndKeepsWhatItWrote) {
  ASSERT_TRUE(succeeded(in_guest("echo word >/srv/word && sync")));
  EXPECT_TRUE(succeeded(migrate({"web", "n2"})));
  EXPECT_EQ(in_guest("cat /srv/word").output, "word\n");
  EXPECT_TRUE(answers());
}

TEST_P(RemoteMachines, AnAdoptedLabKeepsItsDisks) {
  for (const pid_t keeper : descendants_with(cluster().lab_folder("far").native())) {
    ::kill(keeper, SIGKILL);
  }
  std::filesystem::remove_all(cluster().lab_folder("far"));
  ASSERT_TRUE(succeeded(cluster().run({"adopt", "as"}, Seconds(600))));
  EXPECT_EQ(in_guest("cat /srv/word").output, "word\n");
}

TEST_P(RemoteMachines, DownLeavesNothing) {
  expect_that_down_leaves_nothing();
}

/// The other storage of the same server, each in a lab of its own: one machine is one storage server of a lab.
TEST_P(RemoteMachines, ItsNfsServerAndItsVblade) {
  ASSERT_TRUE(succeeded(cluster().on( // as its administrator would
      "as",
      "set -e; sed -i 's/^hosts:.*/hosts: files/' /etc/nsswitch.conf; mount -t nfsd nfsd /proc/fs/nfsd; "
      "mkdir -p /run/rpcbind; rpcbind -w; "
      "rpc.nfsd --no-nfs-version 4 --no-udp 8; rpc.mountd --no-nfs-version 4 --no-udp")));
  for (const char* type : {"nfs", "aoe"}) {
    SCOPED_TRACE(type);
    std::string text = far_lab;
    text.replace(text.find("iscsi"), 5, type);
    text.replace(text.find(", chap: true"), 12, "");
    ASSERT_TRUE(succeeded(bring_up(text)));
    EXPECT_TRUE(succeeded(in_guest("echo word >/srv/word && sync")));
    EXPECT_TRUE(succeeded(migrate({"web", "n2"})));
    EXPECT_EQ(in_guest("cat /srv/word").output, "word\n");
    expect_that_down_leaves_nothing();
  }
}

TEST_P(RemoteMachines, AHostRestartsWhileTheLabComesUp) {
  {
    Child up = cluster().start({"up", cluster().put("far.lab.yaml", far_lab)});
    ASSERT_TRUE(up.wait_for_text("] join n1", Seconds(120))) << up.errors();
    ASSERT_TRUE(succeeded(cluster().restart("a1")));
    const Finished finished = up.wait(Seconds(600));
    EXPECT_EQ(finished.code, 1) << ::testing::PrintToString(finished);
    EXPECT_NE(finished.errors.find("n1"), std::string::npos) << finished.errors;
  }
  Finished back;
  for (int attempt = 0; attempt < 20 && back.code != 0; ++attempt) {
    std::this_thread::sleep_for(Seconds(5));
    back = cluster().rejoin("a1");
  }
  ASSERT_TRUE(succeeded(back));
  EXPECT_TRUE(succeeded(cluster().run({"down", "far"}, Seconds(300))));
  EXPECT_EQ(cluster().left(), "");
  EXPECT_TRUE(succeeded(bring_up(far_lab))) << "as if nothing had been";
  EXPECT_TRUE(answers());
  expect_that_down_leaves_nothing();
}

MIGRALAB_BOTH_MODES(RemoteMachines);

} // namespace

} // namespace migralab::test
