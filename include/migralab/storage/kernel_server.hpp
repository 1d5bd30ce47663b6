// SPDX-License-Identifier: Apache-2.0
// A storage server that is a machine: the kernel's iSCSI target (LIO), the kernel's NFS server, or vblade; on one that
// outlives the lab tgtd or ganesha where those run. And the files of what it serves. Commands for over_ssh() to its
// script (topologies/images/host/migralab-storage), pure.
#pragma once

#include "migralab/core/units.hpp"
#include "migralab/process/command.hpp"
#include "migralab/storage/storage.hpp"

#include <filesystem>
#include <string>

namespace migralab {

/// Where the files of disks are in such a machine that the lab boots, and what its NFS server exports.
inline constexpr const char* machine_disks = "/disks";

/// Opens the second disk and starts what serves. The secret of CHAP goes by standard input.
[[nodiscard]] Command start_server_command(const StorageServer& server, StorageSpec::Type type);

/// Serves a disk, and ends that.
[[nodiscard]] Command export_command(const StorageServer& server, const DiskPlan& disk);
[[nodiscard]] Command release_command(const StorageServer& server, const DiskPlan& disk);

/// A disk's file as an archive, without its holes (tar(1), --sparse): takes one from standard input there, or prints
/// one. `file` is below the server's disks.
[[nodiscard]] Command unpack_disk_command(const StorageServer& server, std::string archive);
[[nodiscard]] Command pack_disk_command(const std::filesystem::path& file);

/// Makes a disk's file of random bytes, and removes one.
[[nodiscard]] Command fill_disk_command(const StorageServer& server, const std::filesystem::path& file, Bytes size);
[[nodiscard]] Command remove_disk_command(const std::filesystem::path& file);

/// Prints the size of a disk's file in bytes.
[[nodiscard]] Command disk_size_command(const std::filesystem::path& file);

} // namespace migralab
