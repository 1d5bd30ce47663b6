// SPDX-License-Identifier: Apache-2.0
// The disks of a running lab's guests: verified, unplugged, plugged in again, grown. Used inside the lab.
#pragma once

#include "migralab/lab/interior.hpp"
#include "migralab/plan/plan.hpp"
#include "migralab/process/command_runner.hpp"
#include "migralab/storage/storage.hpp"

#include <map>
#include <string>
#include <vector>

namespace migralab {

/// What one host sees of one disk.
struct DiskFinding {
  std::string guest;
  std::string storage;
  std::string host;
  bool ok = false;
  std::string what; // "64MiB; its ends were read, the guest may write", or what is wrong
};

class GuestDisks {
public:
  GuestDisks(const Topology& topology, Interior& interior, CommandRunner& runner);

  /// Every disk from every host of its network. While its guest runs, contents change, so then a disk has to be
  /// reached, have its size and give its first and last block; without, every byte is compared.
  [[nodiscard]] std::vector<DiskFinding> verify();

  /// Unplugs the guest's disk, and when the guest has confirmed that, takes it from its storage server. False when it
  /// was detached already. The file stays, with all that is in it.
  bool detach(const std::string& guest);

  /// The way back. False when it is attached.
  bool attach(const std::string& guest);

  /// Grows the disk to `size`. Throws Error (exit code 2) for a smaller size, and for an attached iSCSI disk: tgtd
  /// looks at a file's size when it makes a LUN of it.
  void resize(const std::string& guest, Bytes size);

private:
  struct Place {
    DiskPlan disk;
    std::string host;
    std::filesystem::path file;
    StorageServer server;
  };
  [[nodiscard]] Place find(const std::string& guest);
  /// What was seen. Throws Error.
  [[nodiscard]] std::string
  verify_from(const std::string& host, const DiskPlan& disk, const DiskSource& source, Depth depth);
  [[nodiscard]] std::uint64_t size_of(const Place& place);
  void check_new_size(const Place& place, Bytes size);

  const Topology& topology_;
  Interior& interior_;
  CommandRunner& runner_;
  LabFolder folder_;
  std::map<std::string, DiskPlan> disks_;
};

} // namespace migralab
