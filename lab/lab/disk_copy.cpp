// SPDX-License-Identifier: Apache-2.0
// Files of disks that are in a storage server that is a machine.
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/lab/disks.hpp"
#include "migralab/storage/kernel_server.hpp"

#include <cstdlib>
#include <fmt/format.h>

namespace migralab {

namespace {

namespace fs = std::filesystem;

constexpr auto copy_limit = std::chrono::minutes(2);

/// A new folder, so that disks may be looked at from several hosts at once.
fs::path folder_for_copy(const LabFolder& folder) {
  const fs::path above = folder.path() / "machines";
  fs::create_directories(above);
  std::string own = above / "copy-XXXXXX";
  if (::mkdtemp(own.data()) == nullptr) {
    throw system_error(fmt::format("cannot make a folder in {}", above.native()));
  }
  return own;
}

void clear_away(const fs::path& folder) {
  std::error_code ignored; // `down` removes what stays
  fs::remove_all(folder, ignored);
}

std::uint64_t size_there(const StorageServer& server, const fs::path& file, CommandRunner& runner) {
  const std::string said = run_checked(runner, over_ssh(server.machine.value(), disk_size_command(file)));
  const std::string digits = said.substr(0, said.find('\n'));
  if (digits.empty() || digits.size() > 19 || digits.find_first_not_of("0123456789") != std::string::npos) {
    throw Error(fmt::format("{} tells no size of {}: '{}'", server.name, file.native(), digits));
  }
  return std::stoull(digits);
}

} // namespace

std::uint64_t disk_file_size(
    const LabFolder& folder,
    const Topology& topology,
    const DiskPlan& disk,
    const std::string& host,
    CommandRunner& runner) {
  const fs::path file = disk_file(folder, topology, disk, host);
  if (is_machine(topology, disk.storage)) {
    return size_there(storage_server(folder, topology, disk.storage), file, runner);
  }
  std::error_code problem;
  const std::uint64_t size = fs::file_size(file, problem);
  if (problem) {
    throw Error(fmt::format("the file of {}'s disk, {}, is not there any more", disk.guest, file.native()))
        .with_hint(
            "it was removed or renamed while the lab ran: put it back, or `migralab down` and `up` make it anew");
  }
  return size;
}

DiskCopy::DiskCopy(
    const LabFolder& folder,
    const Topology& topology,
    const DiskPlan& disk,
    const std::string& host,
    Depth depth,
    CommandRunner& runner)
    : file_(disk_file(folder, topology, disk, host)) {
  if (!is_machine(topology, disk.storage)) {
    return;
  }
  const fs::path there = file_;
  const StorageServer server = storage_server(folder, topology, disk.storage);
  own_ = folder_for_copy(folder);
  file_ = own_ / there.filename();
  try {
    if (depth == Depth::contents) {
      Command unpack{
          .argv = {"tar", "--extract", "--sparse", "--no-same-owner", "--file=-", "--directory=" + own_.native()},
          .input = run_checked(runner, over_ssh(server.machine.value(), pack_disk_command(there))),
          .timeout = copy_limit};
      run_checked(runner, unpack);
    } else {
      write_file(file_, "");
      fs::resize_file(file_, size_there(server, there, runner));
    }
  } catch (...) {
    clear_away(own_);
    throw;
  }
}

DiskCopy::~DiskCopy() {
  if (!own_.empty()) {
    clear_away(own_);
  }
}

void send_disk(const StorageServer& server, const fs::path& file, CommandRunner& runner) {
  std::string archive = run_checked(runner, pack_disk_command(file));
  run_checked(runner, over_ssh(server.machine.value(), unpack_disk_command(server, std::move(archive))));
}

} // namespace migralab
