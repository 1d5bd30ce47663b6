// SPDX-License-Identifier: Apache-2.0
// ATA over Ethernet (AoE, revision 11 of its specification): a vblade(8) for each disk, on the storage network's
// interface. No IP, no login: whoever is on the network has the disk.
#include "backends.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

std::string name_of(const AoeSource& source) {
  return fmt::format("e{}.{}", source.shelf, source.slot);
}

} // namespace

// There is no server without a disk.
void VbladeStorage::start(const StorageServer& server) {
  std::filesystem::create_directories(server.disks);
}

DiskSource
VbladeStorage::provision(const StorageServer& server, const DiskPlan& disk, const std::filesystem::path& file) {
  DiskSource source = disk_source(server, disk, file);
  const auto& blade = std::get<AoeSource>(source);
  const std::filesystem::path log = server.logs / fmt::format("vblade.{}.log", name_of(blade));
  const int daemon = runner_.start(
      {.argv = {"vblade", std::to_string(blade.shelf), std::to_string(blade.slot), server.interface, file.native()},
       .inside = server.inside,
       .log = log});
  // It says nothing when it is ready, and is so at once: what could go wrong has gone wrong by then.
  constexpr auto settled = std::chrono::milliseconds(200);
  const Deadline deadline(settled);
  wait_until("vblade", std::chrono::seconds(5), std::chrono::milliseconds(20), [&] {
    if (const auto end = runner_.ended(daemon)) {
      throw Error(
          fmt::format("vblade of {} ended at its start: {}\n{}", server.name, describe_end(*end), log_tail(log)));
    }
    return deadline.passed();
  });
  return source;
}

/// Its process is known by its arguments: shelf and slot are the lab's own in the server's network.
void VbladeStorage::release(const StorageServer& server, const DiskPlan& disk) {
  const auto blade = std::get<AoeSource>(disk_source(server, disk, {}));
  const Command end{
      .argv =
          {"pkill", "-x", "-f", fmt::format("([^ ]*/)?vblade {} {} {} .*", blade.shelf, blade.slot, server.interface)},
      .inside = server.inside};
  const CommandResult result = runner_.run(end);
  if (!result.ok() && result.status != 1) { // 1: no such process
    check(end, result);
  }
  Command look = end; // two of the same number would both answer
  look.argv.front() = "pgrep";
  wait_until(
      "end of vblade", std::chrono::seconds(5), std::chrono::milliseconds(20), [&] { return !runner_.run(look).ok(); });
}

void VbladeStorage::verify(const DiskSource& source, const std::filesystem::path&, Depth, Nanoseconds) {
  throw Error(fmt::format(
      "AoE disk {} can be opened by machines with a kernel of their own only", name_of(std::get<AoeSource>(source))));
}

} // namespace migralab
