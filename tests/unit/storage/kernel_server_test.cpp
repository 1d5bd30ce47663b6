// SPDX-License-Identifier: Apache-2.0
// Storage servers that are machines: what they are told.
#include "migralab/storage/kernel_server.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "support/fake_runner.hpp"
#include "support/scratch_folder.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

StorageServer server_of_lab() {
  return {
      .lab = "l",
      .name = "s",
      .portal = {0x0a0a0001},
      .inside = {},
      .folder = {},
      .disks = machine_disks,
      .logs = {},
      .interface = "lan",
      .shelf = 2,
      .machine = SshTarget{.destination = "root@169.254.77.2", .control = "/run/s/ssh.sock"}};
}

DiskPlan disk_of(StorageSpec::Type type) {
  return {.guest = "web", .storage = "s", .type = type, .lun = 3};
}

TEST(KernelServer, EveryKindIsToldWhatItNeeds) {
  const StorageServer server = server_of_lab();
  using Type = StorageSpec::Type;
  EXPECT_EQ(
      to_string(start_server_command(server, Type::iscsi)),
      "migralab-storage start iscsi iqn.2026-11.org.migralab:l.s 10.10.0.1:3260");
  EXPECT_EQ(to_string(start_server_command(server, Type::nfs)), "migralab-storage start nfs '*'");
  EXPECT_EQ(
      to_string(export_command(server, disk_of(Type::iscsi))),
      "migralab-storage export iscsi web.img iqn.2026-11.org.migralab:l.s 3");
  EXPECT_EQ(to_string(export_command(server, disk_of(Type::nfs))), "migralab-storage export nfs web.img");
  EXPECT_EQ(to_string(release_command(server, disk_of(Type::aoe))), "migralab-storage release aoe web.img 2 3 lan");
}

TEST(KernelServer, TheSecretOfChapIsOnNoCommandLine) {
  const test::ScratchFolder folder;
  write_file(folder.path() / "secret", "twelve-letters-and-more\n");
  StorageServer server = server_of_lab();
  server.chap = ChapLogin{.user = "me", .secret_file = folder.path() / "secret"};
  const Command command = start_server_command(server, StorageSpec::Type::iscsi);
  EXPECT_EQ(to_string(command), "migralab-storage start iscsi iqn.2026-11.org.migralab:l.s 10.10.0.1:3260 me");
  EXPECT_EQ(command.input, "twelve-letters-and-more");
  EXPECT_EQ(start_server_command(server, StorageSpec::Type::nfs).input, "") << "CHAP is of iSCSI";
}

TEST(KernelServer, IsCommandedByTheConnectionToTheMachine) {
  test::FakeRunner runner;
  const StorageServer server = server_of_lab();
  const auto storage = make_storage_backend(server, StorageSpec::Type::nfs, runner);
  EXPECT_EQ(
      storage->provision(server, disk_of(StorageSpec::Type::nfs), "/disks/web.img"),
      (DiskSource{NfsSource{.server = "10.10.0.1", .path = "/disks/web.img"}}))
      << "for clients it is as any other";
  ASSERT_EQ(runner.log().size(), 1U);
  EXPECT_TRUE(runner.log().front().starts_with("ssh ")) << runner.log().front();
  EXPECT_TRUE(runner.log().front().ends_with("'migralab-storage export nfs web.img'")) << runner.log().front();
}

TEST(KernelServer, WhatItSaysComesWithItsName) {
  test::FakeRunner runner;
  runner.on("ssh", test::exited(1, "", "the kernel does not take '1' for /sys/kernel/config/x\n"));
  const StorageServer server = server_of_lab();
  try {
    make_storage_backend(server, StorageSpec::Type::iscsi, runner)->start(server);
    FAIL() << "no error";
  } catch (const Error& error) {
    const std::string said = error.what();
    EXPECT_TRUE(said.starts_with("storage server s: ")) << said;
    EXPECT_NE(said.find("the kernel does not take '1' for /sys/kernel/config/x"), std::string::npos) << said;
  }
}

TEST(KernelServer, ADisksFileTravelsWithoutItsHoles) {
  EXPECT_EQ(
      to_string(pack_disk_command("/disks/web.img")), "tar --create --sparse --file=- --directory=/disks web.img");
  const Command unpack = unpack_disk_command(server_of_lab(), "archive");
  EXPECT_EQ(to_string(unpack), "tar --extract --sparse --no-same-owner --file=- --directory=/disks");
  EXPECT_EQ(unpack.input, "archive");
}

} // namespace
} // namespace migralab
