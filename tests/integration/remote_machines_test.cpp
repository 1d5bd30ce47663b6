// SPDX-License-Identifier: Apache-2.0
// A lab on hosts and a storage server that outlive it, each a machine with a kernel of its own; the tests follow each
// other in one lab.
#include "support/cluster.hpp"

#include <filesystem>

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

class RemoteMachines : public LabTest {
protected:
  void SetUp() override {
    LabTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) {
      return;
    }
    if (!cluster_) {
      cluster_ = std::make_unique<Cluster>(GetParam(), Cluster::Kind::machines);
      stands_ = cluster_->start();
      if (stands_) {
        stands_ = succeeded(cluster_->run({"up", cluster_->put("far.lab.yaml", far_lab)}, Seconds(1200)));
      }
    }
    ASSERT_TRUE(stands_);
  }
  static void TearDownTestSuite() {
    if (cluster_) {
      static_cast<void>(cluster_->run({"down", "far"}, Seconds(300)));
    }
    cluster_.reset();
  }

  static Cluster& cluster() { return *cluster_; }
  static Finished in_guest(const std::string& line) {
    return cluster().run({"exec", "web", "--", "sh", "-c", line}, Seconds(120));
  }
  static bool answers() {
    const std::string ask =
        "exec 3<>/dev/tcp/10.10.0.99/80 && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3";
    return cluster().run({"exec", "client", "--", "timeout", "30", "bash", "-c", ask}).output.find(" 200 ") !=
           std::string::npos;
  }

private:
  inline static std::unique_ptr<Cluster> cluster_;
  inline static ::testing::AssertionResult stands_ = ::testing::AssertionSuccess();
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
  EXPECT_TRUE(succeeded(cluster().run({"migrate", "web", "n2"}, Seconds(600))));
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
  EXPECT_TRUE(succeeded(cluster().run({"audit"}, Seconds(120))));
  EXPECT_TRUE(succeeded(cluster().run({"down", "far"}, Seconds(300))));
  EXPECT_EQ(cluster().left(), "");
  EXPECT_TRUE(succeeded(cluster().run({"audit"}, Seconds(120))));
}

MIGRALAB_BOTH_MODES(RemoteMachines);

} // namespace

} // namespace migralab::test
