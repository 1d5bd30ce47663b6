// SPDX-License-Identifier: Apache-2.0
#include "backends.hpp"

#include "iscsi/tgt_socket.hpp"
#include "migralab/core/error.hpp"
#include "migralab/storage/secret.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

Command tgtadm(const StorageServer& server, std::vector<std::string> arguments) {
  std::vector<std::string> argv{"tgtadm", "--lld", "iscsi"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return {.argv = std::move(argv), .inside = server.inside, .timeout = std::chrono::seconds(10)};
}

} // namespace

std::string target_name(const StorageServer& server) {
  return target_name(server.prefix.empty() ? server.lab : fmt::format("{}.{}", server.lab, server.prefix), server.name);
}

std::string target_name(const std::string& lab, const std::string& server) {
  return fmt::format("iqn.2026-11.org.migralab:{}.{}", lab, server);
}

// tgtadm takes its options apart at commas, so it gets a path without any of the user's own folders in it.
constexpr const char* disks_link = "/run/disks";

void TgtStorage::start(const StorageServer& server) {
  std::filesystem::create_directories(server.disks);
  std::filesystem::create_directory_symlink(server.disks, server.folder / "run" / "disks");
  const Command new_target =
      tgtadm(server, {"--mode", "target", "--op", "new", "--tid", "1", "--targetname", target_name(server)});
  start_daemon(
      runner_, server, {"tgtd", "-f", "--iscsi", fmt::format("portal={}:3260", to_string(server.portal))}, [&] {
        return runner_.run(new_target).ok();
      });
  if (server.chap) {
    add_tgt_account(
        server.folder / "run" / "tgtd" / "socket.0",
        server.chap->user,
        read_secret(server.chap->secret_file),
        std::chrono::seconds(10));
    run_checked(
        runner_, tgtadm(server, {"--mode", "account", "--op", "bind", "--tid", "1", "--user", server.chap->user}));
  }
  run_checked(runner_, tgtadm(server, {"--mode", "target", "--op", "bind", "--tid", "1", "-I", "ALL"}));
}

DiskSource TgtStorage::provision(const StorageServer& server, const DiskPlan& disk, const std::filesystem::path& file) {
  const std::string lun = std::to_string(disk.lun);
  const std::filesystem::path seen = disks_link / file.lexically_relative(server.disks);
  run_checked(
      runner_,
      tgtadm(server, {"--mode", "logicalunit", "--op", "new", "--tid", "1", "--lun", lun, "-b", seen.native()}));
  if (disk.base) {
    run_checked(
        runner_,
        tgtadm(
            server, {"--mode", "logicalunit", "--op", "update", "--tid", "1", "--lun", lun, "--params", "readonly=1"}));
  }
  return disk_source(server, disk, file);
}

void TgtStorage::release(const StorageServer& server, const DiskPlan& disk) {
  const Command remove =
      tgtadm(server, {"--mode", "logicalunit", "--op", "delete", "--tid", "1", "--lun", std::to_string(disk.lun)});
  const CommandResult result = runner_.run(remove);
  if (result.errors.find("can't find the logical unit") == std::string::npos) {
    check(remove, result);
  }
}

} // namespace migralab
