// SPDX-License-Identifier: Apache-2.0
// Labs on hosts that outlive them: how they come up, whom they let in, what they leave alone.
#include "support/golden.hpp"
#include "support/remote_lab.hpp"

#include <csignal>

namespace migralab::test {

namespace {

namespace fs = std::filesystem;

TEST_P(Remote, ALabComesUpMovesItsGuestAndLeavesNothing) {
  const Finished up = cluster().run({"up", file_}, Seconds(180));
  ASSERT_TRUE(succeeded(up));
  EXPECT_NE(up.errors.find(" commands over ssh\n"), std::string::npos) << up.errors;
  EXPECT_TRUE(answers());
  EXPECT_TRUE(succeeded(cluster().run({"migrate", "web", "n2", "--check"})));
  EXPECT_TRUE(succeeded(cluster().run({"migrate", "web", "n2"})));
  EXPECT_EQ(host_of_web(), "n2");
  const std::string ledger = read_text(cluster().lab_folder("far") / "ledger.jsonl");
  for (const char* phase : {"intent", "done"}) {
    const std::string line = R"("host":"n2","act":"migrate web from n1","phase":")" + std::string(phase);
    EXPECT_NE(ledger.find(line), std::string::npos) << line << " in\n" << ledger;
  }
  EXPECT_TRUE(answers());
  EXPECT_EQ(cluster().run({"exec", "n2", "--", "echo", "it's there"}).output, "it's there\n");
  EXPECT_TRUE(succeeded(cluster().run({"ssh", "web", "--", "true"})));
  EXPECT_TRUE(succeeded(cluster().run({"shape", "lan", "rate=100Mbit/s", "delay=none"})));
  EXPECT_NE(cluster().on("a1", "tc qdisc show | grep ml.*u0").output.find("rate 100Mbit"), std::string::npos);
  const Finished audit = cluster().run({"audit"});
  EXPECT_TRUE(succeeded(audit));
  for (const char* item : {"n1", "n2", "guest", "interface", "/var/lib/migralab/"}) {
    EXPECT_NE(audit.output.find(item), std::string::npos) << item << " in\n" << audit.output;
  }
  expect_that_down_leaves_nothing();
}

TEST_P(Remote, ANetworkMayBeABridgeThatIsThere) {
  const std::string file = cluster().put("far.lab.yaml", R"(lab: far
networks: {lan: {subnet: 10.99.0.0/24, bridge: wire}}
hosts:
  n1: {ssh: a1, memory: 512MiB, networks: {lan: 10.99.0.111}}
  n2: {ssh: a2, memory: 512MiB, networks: {lan: 10.99.0.112}}
clients: {client: {networks: {lan: 10.99.0.201}}}
guests: {web: {memory: 96MiB, host: n1, networks: {lan: 10.99.0.99}}}
)");
  ASSERT_TRUE(succeeded(cluster().run({"up", file}, Seconds(180))));
  EXPECT_TRUE(answers("10.99.0.99"));
  EXPECT_TRUE(succeeded(cluster().run({"migrate", "web", "n2"})));
  EXPECT_TRUE(answers("10.99.0.99"));
  EXPECT_EQ(cluster().on("a1", "ls /sys/class/net | grep -c '^ml.*[bs]0$'").output, "0\n") << "none of its own";
  expect_that_down_leaves_nothing();
  EXPECT_EQ(cluster().on("a1", "ip -o address show dev wire | grep -c 10.99.0.111").output, "0\n");
  EXPECT_EQ(cluster().on("a1", "ip -o address show dev wire | grep -c 10.99.0.11/").output, "1\n");
  EXPECT_TRUE(refused(
      cluster().run({"up", file, "--set", "clients.client.networks.lan=10.99.0.12"}, Seconds(60)),
      3,
      {"the address of client on network lan, 10.99.0.12, is that of the machine of n2: give it a free one"}));
  EXPECT_TRUE(refused(
      cluster().run({"up", file, "--set", "networks.lan.bridge=br9"}, Seconds(60)),
      1,
      {"there is no bridge br9 on this host"}));
  EXPECT_EQ(cluster().left(), "");
}

TEST_P(Remote, WhatIsOfOthersIsNeverTouched) {
  ASSERT_TRUE(succeeded(cluster().on(
      "a1",
      "ip link add mlabcdefb0 type bridge && mkdir -p /var/lib/migralab/another /run/migralab/nfs/mlabcdef10.0.0.1 && "
      "echo lab "
      ">/var/lib/migralab/another/lab")));
  ASSERT_TRUE(succeeded(cluster().run({"up", file_}, Seconds(180))));
  const Finished audit = cluster().run({"audit"});
  EXPECT_TRUE(succeeded(audit));
  EXPECT_NE(audit.output.find("not ours"), std::string::npos) << audit.output;
  for (const char* item : {"mlabcdefb0", "/var/lib/migralab/another", "/run/migralab/nfs/mlabcdef10.0.0.1"}) {
    EXPECT_NE(audit.output.find(item), std::string::npos) << item << " in\n" << audit.output;
  }
  EXPECT_TRUE(succeeded(cluster().run({"down", "far"})));
  EXPECT_TRUE(succeeded(cluster().on("a1", "ip link show mlabcdefb0 && ls /var/lib/migralab/another/lab")));
  ASSERT_TRUE(
      succeeded(cluster().on("a1", "ip link delete mlabcdefb0; rm -r /var/lib/migralab/another /run/migralab/nfs")));
  EXPECT_EQ(cluster().left(), "");
}

TEST_P(Remote, AKilledUpNeedsNoDownBeforeTheNext) {
  {
    Child up = cluster().start({"up", file_});
    ASSERT_TRUE(up.wait_for_text("] guest web", Seconds(120))) << up.errors();
    up.send(SIGKILL);
    static_cast<void>(up.wait(Seconds(5)));
  }
  const Finished again = cluster().run({"up", file_}, Seconds(180));
  ASSERT_TRUE(succeeded(again));
  EXPECT_NE(again.errors.find("clearing what an earlier lab far left"), std::string::npos) << again.errors;
  EXPECT_TRUE(answers());
  EXPECT_TRUE(refused(cluster().run({"up", file_}), 1, {"lab far is already up"}));
  expect_that_down_leaves_nothing();
}

/// What is there is found by the names of its objects.
TEST_P(Remote, HostsThatHaveLostTheirRecordAreClearedAllTheSame) {
  ASSERT_TRUE(succeeded(cluster().run({"up", file_}, Seconds(180))));
  ASSERT_TRUE(succeeded(cluster().run({"migrate", "web", "n2"})));
  for (const char* host : {"a1", "a2"}) {
    ASSERT_TRUE(succeeded(cluster().on(host, "rm -r /var/lib/migralab/*-*-*")));
  }
  const Finished audit = cluster().run({"audit"});
  EXPECT_NE(audit.output.find("guest"), std::string::npos) << audit.output;
  expect_that_down_leaves_nothing();
}

TEST_P(Remote, ASubnetThatIsInUseThereIsRefused) {
  EXPECT_TRUE(refused(
      cluster().run(
          {"up", file_, "--set", "networks.lan.subnet=10.99.0.0/16", "--set", "guests.web.networks.lan=10.99.7.7"}),
      3,
      {"network lan is 10.99.0.0/16, and wire leads to 10.99.0.0/24 there: give the network another 'subnet'"}));
}

/// As when its machine has been switched off and on again, and as when its disk is lost, too.
TEST_P(Remote, ALostControllersLabIsAdopted) {
  ASSERT_TRUE(succeeded(cluster().run({"up", file_}, Seconds(180))));
  EXPECT_TRUE(refused(cluster().run({"adopt", "a1"}), 1, {"lab far is on record here already"})) << "it runs";
  ASSERT_TRUE(succeeded(cluster().run({"migrate", "web", "n2"})));
  const std::string begun = cluster().on("a2", "virsh -q list --uuid").output;
  for (const bool with_its_disk : {false, true}) {
    SCOPED_TRACE(with_its_disk);
    for (const pid_t keeper : descendants_with(cluster().lab_folder("far").native())) {
      ::kill(keeper, SIGKILL);
    }
    if (with_its_disk) {
      fs::remove_all(cluster().lab_folder("far"));
    }
    const Finished adopted = cluster().run({"adopt", "a1"}, Seconds(180));
    ASSERT_TRUE(succeeded(adopted));
    EXPECT_NE(adopted.errors.find("guest web runs on n2"), std::string::npos) << adopted.errors;
    EXPECT_EQ(cluster().on("a2", "virsh -q list --uuid").output, begun) << "it ran on";
    EXPECT_TRUE(answers());
  }
  EXPECT_TRUE(succeeded(cluster().run({"migrate", "web", "n1"})));
  expect_that_down_leaves_nothing();
}

TEST_P(Remote, AnUnknownHostKeyIsRefused) {
  cluster().use_config(cluster().put("strange.config", cluster().config("root", "/dev/null")));
  EXPECT_TRUE(refused(
      cluster().run({"up", file_}), 1, {"Host key verification failed", "hint: its host key is not known here"}));
  // Another one than it was: as if somebody else were there.
  ASSERT_TRUE(succeeded(cluster().on("a1", "ssh-keygen -q -t ed25519 -N '' -f /run/other")));
  const std::string key = cluster().on("a1", "cut -d' ' -f1,2 /run/other.pub").output;
  const std::string known = cluster().put("others", "10.99.0.11 " + key + "10.99.0.12 " + key);
  cluster().use_config(cluster().put("strange.config", cluster().config("root", known)));
  const Finished changed = cluster().run({"up", file_});
  EXPECT_TRUE(refused(changed, 1, {"Host key verification failed", "hint: its host key is another one"}));
  EXPECT_EQ(changed.errors.find("@@@"), std::string::npos) << changed.errors;
  EXPECT_TRUE(refused(cluster().run({"adopt", "a1"}), 1, {"hint: its host key is another one"}));
  cluster().use_config(cluster().folder() + "/ssh.config");
  EXPECT_EQ(cluster().left(), "");
}

TEST_P(Remote, AUserWithoutSudoAndAHostWithoutXenAreToldBeforeAnythingIsMade) {
  const std::string known = cluster().folder() + "/known";
  for (const char* host : {"a1", "a2"}) { // an account without a password is locked; their /etc is their own
    ASSERT_TRUE(succeeded(cluster().on(host, "usermod --password '*' " + test_account().name)));
  }
  cluster().use_config(cluster().put("user.config", cluster().config(test_account().name, known)));
  const Finished no_sudo = cluster().run({"up", file_});
  cluster().use_config(cluster().folder() + "/ssh.config");
  EXPECT_TRUE(refused(no_sudo, 3, {"n1 (a1): user " + test_account().name + " is not root there, and sudo wants"}));
  EXPECT_TRUE(refused(
      cluster().run({"up", file_, "--set", "hosts.*.hypervisor=xen", "--set", "networks.lan.mtu=1500"}),
      3,
      {"n1 (a1): the topology says hypervisor: xen, but no Xen runs there", "n2 (a2)"}));
  EXPECT_EQ(cluster().left(), "");
}

TEST_P(Remote, AUserWithSudoIsEnough) {
  const std::string user = test_account().name;
  for (const char* host : {"a1", "a2"}) {
    ASSERT_TRUE(succeeded(cluster().on(
        host,
        "usermod --password '*' " + user + " && echo '" + user +
            " ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/migralab-test && chmod 666 /run/libvirt/libvirt-sock")));
  }
  cluster().use_config(cluster().put("sudo.config", cluster().config(user, cluster().folder() + "/known")));
  EXPECT_TRUE(succeeded(cluster().run({"up", file_}, Seconds(180))));
  EXPECT_TRUE(answers());
  EXPECT_TRUE(succeeded(cluster().run({"migrate", "web", "n2"})));
  EXPECT_EQ(cluster().run({"exec", "n2", "--", "id", "-u"}).output, "0\n");
  EXPECT_TRUE(succeeded(cluster().run({"audit"})));
  expect_that_down_leaves_nothing();
  cluster().use_config(cluster().folder() + "/ssh.config");
  for (const char* host : {"a1", "a2"}) {
    EXPECT_TRUE(succeeded(cluster().on(host, "rm /etc/sudoers.d/migralab-test")));
  }
}

TEST_P(Remote, TheControllerNeedsNoRoot) {
  if (const std::string missing = lacking(Mode::rootless); !missing.empty()) {
    GTEST_SKIP() << missing;
  }
  const Cli user(Mode::rootless);
  ASSERT_TRUE(succeeded(user.run({"image", "build", "micro"}, Seconds(300)))); // the cluster's network leads nowhere
  const std::string file = user.put("far.lab.yaml", far_lab);
  cluster().hand_to(user);
  EXPECT_TRUE(succeeded(cluster().run({"up", file}, Seconds(180))));
  EXPECT_TRUE(answers());
  EXPECT_TRUE(succeeded(cluster().run({"migrate", "web", "n2"})));
  EXPECT_EQ(host_of_web(), "n2");
  EXPECT_TRUE(answers());
  expect_that_down_leaves_nothing();
  cluster().take_back();
}

TEST_P(Remote, AHostWhoseProcessorLacksSomethingIsTold) {
  ASSERT_TRUE(succeeded(cluster().on(
      "a2", "sed 's/ sse4_2 / /; s/ aes / /' /proc/cpuinfo >/run/cpuinfo && mount --bind /run/cpuinfo /proc/cpuinfo")));
  const Finished seen = cluster().run({"doctor", "--host", "a1", "--host", "a2"});
  ASSERT_TRUE(succeeded(cluster().on("a2", "umount /proc/cpuinfo")));
  const std::string line = seen.output.substr(std::min(seen.output.find("a1 to a2: processor"), seen.output.size()));
  for (const char* flag : {"lacks ", "sse4_2"}) {
    EXPECT_NE(line.substr(0, line.find('\n')).find(flag), std::string::npos) << seen.output;
  }
}

TEST_P(Remote, DoctorLooksAtHostsAndFromOneToTheOther) {
  const Finished seen = cluster().run({"doctor", "--host", "a1", "--host", "a2"});
  for (const char* line :
       {"a1: ssh",
        "a1: root",
        "a2: hypervisor",
        "a2: clock",
        "a1 to a2: migration ports",
        "a2 to a1: name",
        "a1: mtu"}) {
    EXPECT_NE(seen.output.find(line), std::string::npos) << line << " in\n" << seen.output;
  }
  EXPECT_TRUE(refused(cluster().run({"doctor", "--host", "nowhere.invalid"}), 3, {})) << "nothing works there";
}

// In a user namespace sshd cannot read who may log in; TheControllerNeedsNoRoot is the other half.
INSTANTIATE_TEST_SUITE_P(Labs, Remote, ::testing::Values(Mode::root), ::testing::PrintToStringParamName());

} // namespace

} // namespace migralab::test
