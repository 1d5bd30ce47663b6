// SPDX-License-Identifier: Apache-2.0
#include "backends.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/interrupt.hpp"
#include "migralab/storage/kernel_server.hpp"

namespace migralab {

void KernelStorage::run_there(const StorageServer& server, const Command& command) {
  with_context("storage server " + server.name, [&] {
    const Command there = over_ssh(server.machine.value(), command);
    if (server.prefix.empty()) {
      run_checked(runner_, there);
    } else if (const CommandResult result = runner_.run(there); !result.ok()) { // the command is a whole program
      throw_if_interrupted();
      throw Error(said_by(result));
    }
  });
}

void KernelStorage::start(const StorageServer& server) {
  run_there(server, start_server_command(server, type_));
}

DiskSource
KernelStorage::provision(const StorageServer& server, const DiskPlan& disk, const std::filesystem::path& file) {
  run_there(server, export_command(server, disk));
  return disk_source(server, disk, file);
}

void KernelStorage::release(const StorageServer& server, const DiskPlan& disk) {
  run_there(server, release_command(server, disk));
}

void KernelStorage::verify(
    const DiskSource& source,
    const std::filesystem::path& file,
    Depth depth,
    Nanoseconds limit) {
  client_->verify(source, file, depth, limit);
}

} // namespace migralab
