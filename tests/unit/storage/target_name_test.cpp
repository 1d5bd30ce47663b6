// SPDX-License-Identifier: Apache-2.0
#include "migralab/storage/storage.hpp"

#include "migralab/core/error.hpp"
#include "support/fake_runner.hpp"

#include <gtest/gtest.h>
#include <regex>

namespace migralab {
namespace {

TEST(TargetName, NamesLabAndServer) {
  EXPECT_EQ(target_name("quickstart", "store"), "iqn.2026-11.org.migralab:quickstart.store");
  EXPECT_NE(target_name("a", "b"), target_name("b", "a"));
}

TEST(TargetName, HasTheShapeOfAnIscsiQualifiedName) { // RFC 3720, 3.2.6.3.1; RFC 3722: lower case
  EXPECT_TRUE(
      std::regex_match(target_name("lab-1", "store-2"), std::regex(R"(iqn\.\d{4}-\d{2}(\.[a-z0-9-]+)+:[a-z0-9.:-]+)")));
}

TEST(Provision, OfNfsNamesServerAndFileOfItsExport) {
  test::FakeRunner runner;
  StorageServer server{
      .lab = "l", .name = "s", .portal = {0x0a0a0001}, .inside = {}, .folder = {}, .disks = "/disks", .logs = {}};
  server.disks = "/labs/l/disks/s";
  EXPECT_EQ(
      make_storage_backend(server, StorageSpec::Type::nfs, runner)
          ->provision(
              server, {.guest = "web", .storage = "s", .type = StorageSpec::Type::nfs}, "/labs/l/disks/s/web.img"),
      (DiskSource{NfsSource{.server = "10.10.0.1", .path = "/disks/web.img"}}));
}

TEST(Provision, AddsTheDiskAsALunOfTheServersTarget) {
  test::FakeRunner runner;
  const auto storage = make_storage_backend({}, StorageSpec::Type::iscsi, runner);
  const StorageServer server{
      .lab = "quickstart",
      .name = "store",
      .portal = {0x0a0a0001},
      .inside = {},
      .folder = {},
      .disks = "/disks",
      .logs = {}};
  const DiskPlan disk{.guest = "web", .storage = "store", .portal = {0x0a0a0001}, .lun = 2, .size = Bytes::mib(64)};
  const DiskSource source = storage->provision(server, disk, "/disks/web.img");
  EXPECT_EQ(
      source,
      (DiskSource{IscsiSource{
          .portal = "10.10.0.1", .port = 3260, .target = "iqn.2026-11.org.migralab:quickstart.store", .lun = 2}}));
  EXPECT_EQ(
      runner.log(),
      std::vector<std::string>{"tgtadm --lld iscsi --mode logicalunit --op new --tid 1 --lun 2 -b /run/disks/web.img"});
}

TEST(Release, TakesTheLunAwayAndIsContentWhenItIsGone) {
  test::FakeRunner runner;
  const auto storage = make_storage_backend({}, StorageSpec::Type::iscsi, runner);
  const StorageServer server{
      .lab = "l", .name = "s", .portal = {}, .inside = {}, .folder = {}, .disks = "/disks", .logs = {}};
  storage->release(server, {.guest = "web", .storage = "s", .lun = 2});
  EXPECT_EQ(
      runner.log(), std::vector<std::string>{"tgtadm --lld iscsi --mode logicalunit --op delete --tid 1 --lun 2"});
  runner.on("tgtadm", test::exited(22, "", "tgtadm: can't find the logical unit\n"));
  EXPECT_NO_THROW(storage->release(server, {.guest = "web", .storage = "s", .lun = 2}));
  runner.on("tgtadm", test::exited(22, "", "tgtadm: this logical unit is still active\n"));
  EXPECT_THROW(storage->release(server, {.guest = "web", .storage = "s", .lun = 2}), Error);
}

TEST(Provision, SaysWhatTgtadmSaid) {
  test::FakeRunner runner;
  runner.on("tgtadm", test::exited(22, "", "tgtadm: invalid request\n"));
  const auto storage = make_storage_backend({}, StorageSpec::Type::iscsi, runner);
  try {
    static_cast<void>(storage->provision(
        {.lab = "l", .name = "s", .portal = {}, .inside = {}, .folder = {}, .disks = "/disks", .logs = {}},
        {},
        "/disks/x"));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_STREQ(
        error.what(),
        "tgtadm --lld iscsi --mode logicalunit --op new --tid 1 --lun 1 -b /run/disks/x: exit 22: tgtadm: invalid "
        "request");
  }
}

} // namespace
} // namespace migralab
