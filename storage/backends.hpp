// SPDX-License-Identifier: Apache-2.0
// The backends of this room.
#pragma once

#include "migralab/storage/storage.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace migralab {

class TgtStorage final : public StorageBackend {
public:
  explicit TgtStorage(CommandRunner& runner) : runner_(runner) {}

  void start(const StorageServer& server) override;
  [[nodiscard]] DiskSource
  provision(const StorageServer& server, const DiskPlan& disk, const std::filesystem::path& file) override;
  void release(const StorageServer& server, const DiskPlan& disk) override;
  void verify(const DiskSource& source, const std::filesystem::path& file, Depth depth, Nanoseconds limit) override;

private:
  CommandRunner& runner_;
};

class GaneshaStorage final : public StorageBackend {
public:
  explicit GaneshaStorage(CommandRunner& runner) : runner_(runner) {}

  void start(const StorageServer& server) override;
  [[nodiscard]] DiskSource
  provision(const StorageServer& server, const DiskPlan& disk, const std::filesystem::path& file) override;
  void release(const StorageServer& server, const DiskPlan& disk) override;
  void verify(const DiskSource& source, const std::filesystem::path& file, Depth depth, Nanoseconds limit) override;

private:
  CommandRunner& runner_;
};

class VbladeStorage final : public StorageBackend {
public:
  explicit VbladeStorage(CommandRunner& runner) : runner_(runner) {}

  void start(const StorageServer& server) override;
  [[nodiscard]] DiskSource
  provision(const StorageServer& server, const DiskPlan& disk, const std::filesystem::path& file) override;
  void release(const StorageServer& server, const DiskPlan& disk) override;
  void verify(const DiskSource& source, const std::filesystem::path& file, Depth depth, Nanoseconds limit) override;

private:
  CommandRunner& runner_;
};

/// A server that is a machine, by commands there. Its clients are those of the other servers.
class KernelStorage final : public StorageBackend {
public:
  KernelStorage(StorageSpec::Type type, CommandRunner& runner, std::unique_ptr<StorageBackend> client)
      : type_(type), runner_(runner), client_(std::move(client)) {}

  void start(const StorageServer& server) override;
  [[nodiscard]] DiskSource
  provision(const StorageServer& server, const DiskPlan& disk, const std::filesystem::path& file) override;
  void release(const StorageServer& server, const DiskPlan& disk) override;
  void verify(const DiskSource& source, const std::filesystem::path& file, Depth depth, Nanoseconds limit) override;

private:
  void run_there(const StorageServer& server, const Command& command);

  StorageSpec::Type type_;
  CommandRunner& runner_;
  std::unique_ptr<StorageBackend> client_; // that verifies
};

class LocalStorage final : public StorageBackend {
public:
  void start(const StorageServer& server) override;
  [[nodiscard]] DiskSource
  provision(const StorageServer& server, const DiskPlan& disk, const std::filesystem::path& file) override;
  void release(const StorageServer& server, const DiskPlan& disk) override;
  void verify(const DiskSource& source, const std::filesystem::path& file, Depth depth, Nanoseconds limit) override;
};

inline constexpr const char* export_path = "/disks"; // the pseudo path of an NFS server's one export

/// Starts a daemon in the server's namespaces, its output in logs/NAME.log, and asks `ready` until it says yes. Throws
/// Error with the tail of the log when the daemon ends or the limit passes.
void start_daemon(
    CommandRunner& runner,
    const StorageServer& server,
    const std::vector<std::string>& argv,
    const std::function<bool()>& ready);

/// A disk as an initiator or NFS client sees it.
struct RemoteDisk {
  std::string name; // for messages
  std::uint64_t size = 0;
  std::uint64_t block = 512; // reads are multiples of it
  std::function<std::string(std::uint64_t offset, std::uint64_t count)> read;
};

/// The comparison that StorageBackend::verify() promises.
void compare_with_file(
    const RemoteDisk& disk,
    const std::filesystem::path& file,
    Depth depth,
    const Deadline& deadline);

} // namespace migralab
