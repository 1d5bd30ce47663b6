// SPDX-License-Identifier: Apache-2.0
// No server: the file itself, in a folder that each host has for itself.
#include "backends.hpp"

#include "migralab/core/error.hpp"

#include <fmt/format.h>

namespace migralab {

std::filesystem::path local_disk_path(const std::string& guest) {
  return std::filesystem::path(local_disk_folder) / (guest + ".img");
}

void LocalStorage::start(const StorageServer& /*server*/) {}

DiskSource
LocalStorage::provision(const StorageServer& server, const DiskPlan& disk, const std::filesystem::path& file) {
  const std::uint64_t size = std::filesystem::file_size(file);
  const bool raw = !disk.base && disk.image.empty(); // else in a format of its own
  if (raw && size != disk.size.count) {
    throw Error(fmt::format("{} holds {} B, not the {} of its guest", file.native(), size, to_string(disk.size)));
  }
  return disk_source(server, disk, file);
}

// A hypervisor opens the very file: there is nothing of ours to take away.
void LocalStorage::release(const StorageServer&, const DiskPlan&) {}

// For the same reason nothing is between the two that could differ.
void LocalStorage::verify(const DiskSource&, const std::filesystem::path& file, Depth, Nanoseconds) {
  if (!std::filesystem::is_regular_file(file)) {
    throw Error(fmt::format("the disk's file {} is not there any more", file.native()))
        .with_hint("it was removed or renamed while the lab ran; `migralab down` and `up` make it anew");
  }
}

} // namespace migralab
