// SPDX-License-Identifier: Apache-2.0
// Virtual storage: where guests' disks are, behind one small interface.
#pragma once

#include "migralab/core/clock.hpp"
#include "migralab/hypervisor/guest.hpp"
#include "migralab/plan/plan.hpp"
#include "migralab/process/command_runner.hpp"
#include "migralab/process/ssh.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace migralab {

/// Where one storage server works.
struct StorageServer {
  std::string lab;
  std::string name;                      // the node
  Ipv4Address portal;                    // on the storage network
  NamespaceSet inside;                   // its namespaces
  std::filesystem::path folder;          // private to it, gone with the lab
  std::filesystem::path disks;           // the files that it serves
  std::filesystem::path logs;            // of its daemons
  std::optional<ChapLogin> chap = {};    // what its target asks of initiators
  std::string interface = {};            // its own on the storage network
  unsigned shelf = 1;                    // aoe: its number on that network
  std::optional<SshTarget> machine = {}; // the way into it when it is a machine, whose `disks` are there
  std::string exported = "/disks";       // nfs: the path that clients mount
  std::string clients = "*";             // nfs: who may, on a machine
  /// What its objects' names begin with, and where what is made there is recorded, on a machine that outlives the lab.
  std::string prefix = {};
  std::filesystem::path record = {};
};

/// How much of a disk is looked at. `reachable`: log in or mount, the size, the first and the last block; a guest may
/// write meanwhile. `contents`: also every byte that its file holds (of holes only the last block).
enum class Depth { reachable, contents };

class StorageBackend {
public:
  virtual ~StorageBackend() = default;

  /// Starts the server's daemons; returns when they can be administered. Throws Error with the tail of the log.
  virtual void start(const StorageServer& server) = 0;

  /// Makes `file` reachable and says how a hypervisor reaches it.
  [[nodiscard]] virtual DiskSource
  provision(const StorageServer& server, const DiskPlan& disk, const std::filesystem::path& file) = 0;

  /// Undoes provision() of a disk that no hypervisor has open; its file stays. A second time is no mistake.
  virtual void release(const StorageServer& server, const DiskPlan& disk) = 0;

  /// Opens the disk from the calling thread's network as a guest's hypervisor would, and compares what it gets with
  /// `file`. Throws Error.
  virtual void verify(const DiskSource& source, const std::filesystem::path& file, Depth depth, Nanoseconds limit) = 0;
};

/// Of a server that is a machine: its kernel's target and NFS server, or vblade there, by host/migralab-storage. Else
/// iscsi: tgtd, verified through libiscsi. nfs: rpcbind and nfs-ganesha, verified through libnfs. aoe: vblade. local: a
/// file.
[[nodiscard]] std::unique_ptr<StorageBackend>
make_storage_backend(const StorageServer& server, StorageSpec::Type type, CommandRunner& runner);

/// How a hypervisor reaches a disk that provision() has made reachable.
[[nodiscard]] DiskSource
disk_source(const StorageServer& server, const DiskPlan& disk, const std::filesystem::path& file);

/// Grows a disk that nobody has open. Of an NFS server from the calling thread's network: it remembers the sizes of
/// files, and would not notice. Throws Error.
void grow_disk(const DiskSource& source, const std::filesystem::path& file, Bytes size, Nanoseconds limit);

/// Where a host's daemon sees the file of a local disk (LabFolder::local_disk() is bound there).
[[nodiscard]] std::filesystem::path local_disk_path(const std::string& guest);
inline constexpr const char* local_disk_folder = "/var/lib/libvirt/images";

/// "iqn.2026-11.org.migralab:LAB.SERVER" (RFC 3720, 3.2.6.3.1), on a machine that outlives the lab with its prefix.
[[nodiscard]] std::string target_name(const std::string& lab, const std::string& server);
[[nodiscard]] std::string target_name(const StorageServer& server);

} // namespace migralab
