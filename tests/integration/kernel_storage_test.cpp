// SPDX-License-Identifier: Apache-2.0
// Storage servers that are machines: the kernel's iSCSI target, with CHAP, and the kernel's NFS server, each with a
// guest on hosts that are namespaces. The tests follow each other in one lab.
#include "support/golden.hpp"
#include "support/shared_lab.hpp"

#include <csignal>
#include <thread>

namespace migralab::test {

namespace {

constexpr auto lab = R"(lab: served
networks: {lan: {rate: 1Gbit/s}}
storage:
  lio: {type: iscsi, substrate: machine, chap: true}
  nfsd: {type: nfs, substrate: machine}
hosts: {h1: {memory: 512MiB}, h2: {memory: 512MiB}}
clients: {client: }
guests:
  web: {memory: 128MiB, host: h1, disk: {storage: lio, size: 32MiB}, services: [http]}
  files: {memory: 128MiB, host: h1, disk: {storage: nfsd, size: 32MiB}, services: [http]}
)";

class KernelStorage : public SharedLabTest {
protected:
  KernelStorage() : SharedLabTest("served") {}
  [[nodiscard]] Finished bring_up(const Cli& cli) const override {
    return cli.run({"up", cli.put("served.lab.yaml", lab)}, Seconds(900));
  }
  static std::string checksum(const std::string& guest) {
    return said(guest, "sync; echo 3 >/proc/sys/vm/drop_caches; md5sum </srv/data");
  }
  static void open_portal(bool open) {
    said("lio", std::string("echo ") + (open ? "1" : "0") + " >$(ls /sys/kernel/config/target/iscsi/*/tpgt_1/enable)");
  }
};

TEST_P(KernelStorage, KernelsOfTheirOwnServe) {
  EXPECT_EQ(said("lio", "cat /sys/kernel/config/target/iscsi/*/tpgt_1/enable"), "1\n");
  EXPECT_EQ(said("lio", "cat /sys/kernel/config/target/iscsi/*/tpgt_1/attrib/authentication"), "1\n");
  EXPECT_NE(said("nfsd", "cat /proc/fs/nfsd/versions").find("+3"), std::string::npos);
  EXPECT_EQ(said("nfsd", "ls /disks/files.img"), "/disks/files.img\n");
}

TEST_P(KernelStorage, EveryDiskIsVerifiedFromEveryHost) {
  const Finished finished = cli().run({"storage", "verify", "--json"}, Seconds(180));
  ASSERT_TRUE(succeeded(finished));
  const nlohmann::json disks = nlohmann::json::parse(finished.output).at("disks");
  EXPECT_EQ(disks.size(), 4U) << disks;
  for (const nlohmann::json& disk : disks) {
    EXPECT_TRUE(disk.at("ok")) << disk;
  }
}

TEST_P(KernelStorage, GuestsMoveAndFindWhatTheyWrote) {
  for (const char* guest : {"web", "files"}) {
    SCOPED_TRACE(guest);
    said(guest, "dd if=/dev/urandom of=/srv/data bs=64k count=60 2>/dev/null");
    const std::string before = checksum(guest);
    ASSERT_TRUE(succeeded(cli().run({"migrate", guest, "h2"}, Seconds(180))));
    EXPECT_EQ(checksum(guest), before);
    said(guest, "dd if=/dev/urandom bs=64k count=10 2>/dev/null >>/srv/data");
    const std::string after = checksum(guest);
    EXPECT_NE(after, before);
    ASSERT_TRUE(succeeded(cli().run({"migrate", guest, "h1"}, Seconds(180))));
    EXPECT_EQ(checksum(guest), after);
  }
}

TEST_P(KernelStorage, WhatCannotBeDoneThereIsRefused) {
  for (const Cli::Words& words :
       {Cli::Words{"storage", "resize", "web", "64MiB"},
        Cli::Words{"storage", "detach", "web"},
        Cli::Words{"storage", "attach", "files"}}) {
    EXPECT_TRUE(refused(cli().run(words), 2, {"a machine of its own", "storage servers that are namespaces only"}));
  }
}

TEST_P(KernelStorage, IsMeasuredAsOtherServersAre) {
  for (const char* store : {"lio", "nfsd"}) {
    Cli::Words words{"storage", "bench", "--size", "16MiB", "--seconds", "1", "--block", "4KiB", "--depth", "8"};
    words.insert(words.end(), {"--storage", store});
    EXPECT_TRUE(succeeded(cli().run(words, Seconds(240))));
    EXPECT_EQ(said(store, "ls /disks | grep -c _bench || true"), "0\n") << "the scratch disk is gone";
  }
}

TEST_P(KernelStorage, APortalThatComesBackCostsAGuestNothingButTime) {
  Child writing = write_lines("web", 30);
  std::this_thread::sleep_for(std::chrono::seconds(3));
  open_portal(false);
  EXPECT_TRUE(refused(
      cli().run({"migrate", "web", "h2"}),
      1,
      {"h2 cannot open the disk of guest web", "hint: nothing was moved; `migralab storage verify` tries"}));
  EXPECT_EQ(cli().run({"storage", "verify"}, Seconds(120)).code, 1);
  open_portal(true);
  const Finished written = writing.wait(Seconds(120));
  EXPECT_TRUE(succeeded(written));
  EXPECT_EQ(written.output, "30\n") << "nothing was lost, and nothing failed";
  EXPECT_TRUE(succeeded(cli().run({"storage", "verify"}, Seconds(120))));
}

TEST_P(KernelStorage, AMigrationWhoseProgramIsKilledLeavesTheGuest) {
  ASSERT_EQ(host_of("web"), "h1");
  Child migrate = cli().start({"migrate", "web", "h2", "--bandwidth", "1MiB/s"});
  std::this_thread::sleep_for(std::chrono::seconds(5));
  migrate.send(SIGKILL);
  EXPECT_EQ(migrate.wait(Seconds(5)).signal, SIGKILL) << "it was at work";
  EXPECT_EQ(said("web", "echo here"), "here\n");
  EXPECT_EQ(host_of("web"), "h1");
  EXPECT_TRUE(succeeded(cli().run({"migrate", "web", "h2"}, Seconds(120)))) << "nothing half is in the way";
}

/// Whoever answers at a machine's address, and has not the key that the machine told on its console, is not entered.
TEST_P(KernelStorage, AnotherHostKeyIsRefused) {
  const std::filesystem::path known = cli().lab_folder("served") / "ssh" / "known_hosts.lio";
  const std::string told = read_text(known);
  std::string other = told;
  other.at(told.size() - 10) = told.at(told.size() - 10) == 'A' ? 'B' : 'A';
  std::ofstream(known) << other;
  EXPECT_EQ(sh("lio", "exec pkill -f '^sshd: root'").code, 255) << "it ended the connection that stood";
  EXPECT_TRUE(refused(sh("lio", "true"), 255, {"Host key verification failed"}));
  std::ofstream(known) << told;
  EXPECT_TRUE(succeeded(sh("lio", "true")));
}

TEST_P(KernelStorage, DownLeavesNothing) {
  expect_that_down_leaves_nothing();
}

MIGRALAB_BOTH_MODES(KernelStorage);

} // namespace
} // namespace migralab::test
