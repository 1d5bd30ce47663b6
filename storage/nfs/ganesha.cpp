// SPDX-License-Identifier: Apache-2.0
#include "backends.hpp"
#include "nfs/remote_file.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <variant>

namespace migralab {

namespace {

/// NFSv3 over TCP, one export; what QEMU's client speaks. No locking daemon and no quotas: they need services that a
/// lab does not have, and one writer at a time is the hypervisors' business.
std::string ganesha_conf(const StorageServer& server) {
  return fmt::format(
      "NFS_CORE_PARAM {{\n"
      "  Bind_addr = {};\n"
      "  Protocols = 3;\n"
      "  Enable_NLM = false;\n"
      "  Enable_RQUOTA = false;\n"
      "  mount_path_pseudo = true;\n"
      "}}\n"
      "NFSv4 {{ Graceless = true; }}\n"
      "EXPORT {{\n"
      "  Export_Id = 1;\n"
      "  Path = \"{}\";\n"
      "  Pseudo = {};\n"
      "  Access_Type = RW;\n"
      "  Squash = No_Root_Squash;\n"
      "  SecType = sys;\n"
      "  Protocols = 3;\n"
      "  Transports = TCP;\n"
      "  Attr_Expiration_Time = 1;\n" // files come and go behind the server's back; its default is a minute
      "  FSAL {{ Name = VFS; }}\n"
      "}}\n"
      "LOG {{ Default_Log_Level = EVENT; }}\n",
      to_string(server.portal),
      server.disks.native(),
      export_path);
}

/// rpcinfo knows when a program is registered: 100000 rpcbind (RFC 1833), 100003 NFS, 100005 mount (RFC 1813).
bool is_registered(CommandRunner& runner, const StorageServer& server, const char* program) {
  return runner
      .run(
          {.argv = {"rpcinfo", "-t", to_string(server.portal), program, "3"},
           .inside = server.inside,
           .timeout = std::chrono::seconds(2)})
      .ok();
}

} // namespace

void GaneshaStorage::start(const StorageServer& server) {
  const std::filesystem::path run = server.folder / "run"; // what the node has as /run
  std::filesystem::create_directories(server.disks);
  std::filesystem::create_directories(run / "ganesha");
  std::filesystem::create_directories(run / "rpcbind");
  write_file(run / "ganesha" / "ganesha.conf", ganesha_conf(server));
  start_daemon(runner_, server, {"rpcbind", "-f", "-h", to_string(server.portal)}, [&] {
    return is_registered(runner_, server, "100000");
  });
  start_daemon(
      runner_,
      server,
      {"ganesha.nfsd", "-F", "-L", "/dev/stderr", "-f", "/run/ganesha/ganesha.conf", "-p", "/run/ganesha/ganesha.pid"},
      [&] { return is_registered(runner_, server, "100003") && is_registered(runner_, server, "100005"); });
}

void grow_disk(const DiskSource& source, const std::filesystem::path& file, Bytes size, Nanoseconds limit) {
  if (const auto* remote = std::get_if<NfsSource>(&source)) {
    RemoteFile(*remote, O_RDWR, limit).grow(size.count);
  } else {
    std::filesystem::resize_file(file, size.count);
  }
}

DiskSource
GaneshaStorage::provision(const StorageServer& server, const DiskPlan& disk, const std::filesystem::path& file) {
  return disk_source(server, disk, file);
}

// The export is a folder; a disk is in it as long as its file is.
void GaneshaStorage::release(const StorageServer& /*server*/, const DiskPlan& /*disk*/) {}

void GaneshaStorage::verify(
    const DiskSource& source,
    const std::filesystem::path& path,
    Depth depth,
    Nanoseconds limit) {
  const Deadline deadline(limit);
  RemoteFile file(std::get<NfsSource>(source), O_RDONLY, limit);
  const RemoteDisk disk{
      .name = file.name(),
      .size = file.size(),
      .block = 512,
      .read = [&file](std::uint64_t offset, std::uint64_t count) { return file.read(offset, count); }};
  compare_with_file(disk, path, depth, deadline);
}

} // namespace migralab
