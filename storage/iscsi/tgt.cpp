// SPDX-License-Identifier: Apache-2.0
#include "migralab/storage/storage.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

constexpr auto start_limit = std::chrono::seconds(15);

Command tgtadm(const StorageServer& server, std::vector<std::string> arguments) {
  std::vector<std::string> argv{"tgtadm", "--lld", "iscsi"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return {.argv = std::move(argv), .inside = server.inside, .timeout = std::chrono::seconds(10)};
}

std::string tail_note(const StorageServer& server) {
  const std::string tail = log_tail(server.log);
  return tail.empty() ? "" : fmt::format("\n{} ends with:\n{}", server.log.native(), tail);
}

} // namespace

std::string target_name(const std::string& lab, const std::string& server) {
  return fmt::format("iqn.2026-11.org.migralab:{}.{}", lab, server);
}

void TgtStorage::start(const StorageServer& server) {
  const int daemon = runner_.start(
      {.argv = {"tgtd", "-f", "--iscsi", fmt::format("portal={}:3260", to_string(server.portal))},
       .inside = server.inside,
       .log = server.log});
  CommandResult last;
  wait_until(fmt::format("answer from tgtd of {}", server.name), start_limit, std::chrono::milliseconds(5), [&] {
    if (const auto end = runner_.ended(daemon)) {
      throw Error(
          fmt::format("tgtd of {} ended at its start: {}{}", server.name, describe_end(*end), tail_note(server)));
    }
    last = runner_.run(tgtadm(
        server,
        {"--mode", "target", "--op", "new", "--tid", "1", "--targetname", target_name(server.lab, server.name)}));
    return last.ok();
  });
  run_checked(runner_, tgtadm(server, {"--mode", "target", "--op", "bind", "--tid", "1", "-I", "ALL"}));
}

IscsiSource
TgtStorage::provision(const StorageServer& server, const DiskPlan& disk, const std::filesystem::path& file) {
  const Command command = tgtadm(
      server,
      {"--mode", "logicalunit", "--op", "new", "--tid", "1", "--lun", std::to_string(disk.lun), "-b", file.native()});
  try {
    run_checked(runner_, command);
  } catch (const Error& error) {
    throw Error(error.what() + tail_note(server), error.status());
  }
  return {.portal = to_string(disk.portal), .target = target_name(server.lab, server.name), .lun = disk.lun};
}

} // namespace migralab
