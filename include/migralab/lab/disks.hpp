// SPDX-License-Identifier: Apache-2.0
// Where a lab's disks and its storage servers' secrets are on the machine.
#pragma once

#include "migralab/lab/lab_state.hpp"
#include "migralab/plan/plan.hpp"
#include "migralab/storage/storage.hpp"
#include "migralab/topology/topology.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace migralab {

/// FOLDER/LAB-STORE of a storage whose disks are not in the lab's folder.
[[nodiscard]] std::filesystem::path folder_elsewhere(const std::string& lab, const StorageSpec& storage);

/// The file of a guest's disk while the guest is on `host`, which matters to a local disk only. Of a storage server
/// that is a machine it is there (machine_disks).
[[nodiscard]] std::filesystem::path
disk_file(const LabFolder& folder, const Topology& topology, const DiskPlan& disk, const std::string& host);

/// What a disk is compared with, here: its file; of a server that is a machine a copy of it, or for Depth::reachable an
/// empty file of its size, which goes with this object.
class DiskCopy {
public:
  DiskCopy(
      const LabFolder& folder,
      const Topology& topology,
      const DiskPlan& disk,
      const std::string& host,
      Depth depth,
      CommandRunner& runner);
  ~DiskCopy();
  DiskCopy(const DiskCopy&) = delete;
  DiskCopy& operator=(const DiskCopy&) = delete;
  DiskCopy(DiskCopy&&) = delete;
  DiskCopy& operator=(DiskCopy&&) = delete;

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

private:
  std::filesystem::path file_;
  std::filesystem::path own_; // removed at the end; empty: nothing was copied
};

/// Bytes that the file of a disk has, wherever it is. Throws Error.
[[nodiscard]] std::uint64_t disk_file_size(
    const LabFolder& folder,
    const Topology& topology,
    const DiskPlan& disk,
    const std::string& host,
    CommandRunner& runner);

/// Puts a disk's file that was made here into the machine that serves it.
void send_disk(const StorageServer& server, const std::filesystem::path& file, CommandRunner& runner);

/// Inside the lab.
[[nodiscard]] StorageServer
storage_server(const LabFolder& folder, const Topology& topology, const std::string& storage);

/// The CHAP secret that is made for a storage server whose user gives none.
[[nodiscard]] std::filesystem::path made_secret(const LabFolder& folder, const std::string& storage);

/// Can the disks be put where the topology wants them, and can the secrets be read? Returns warnings. Throws Error:
/// exit code 2 for a wrong path or secret, 3 for too little room.
[[nodiscard]] std::vector<std::string> check_disk_places(const Topology& topology);

/// Makes FOLDER/LAB-STORE where `folder` is given, on record in the lab's folder, and the secrets that the user does
/// not give. Throws Error when such a folder is there already: it is not ours.
void make_disk_places(const LabFolder& folder, const Topology& topology);

/// Removes every FOLDER/LAB-STORE on record.
void remove_disks_elsewhere(const LabFolder& folder);

} // namespace migralab
