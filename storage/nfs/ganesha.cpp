// SPDX-License-Identifier: Apache-2.0
// libnfs' header is included here only.
#include "backends.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/handle.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <nfsc/libnfs.h>
#include <variant>

namespace migralab {

namespace {

constexpr const char* export_path = "/disks"; // the pseudo path of a server's one export

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
      "  FSAL {{ Name = VFS; }}\n"
      "}}\n"
      "LOG {{ Default_Log_Level = EVENT; }}\n",
      to_string(server.portal),
      server.disks.native(),
      export_path);
}

using Context = UniqueHandle<nfs_context, nfs_destroy_context>;

/// A file of a mounted export.
class RemoteFile {
public:
  RemoteFile(const NfsSource& source, Nanoseconds limit)
      : name_(source.server + ":" + source.path), context_(nfs_init_context()) {
    if (!context_) {
      throw Error("libnfs has no memory");
    }
    nfs_set_uid(context_.get(), 0);
    nfs_set_gid(context_.get(), 0);
    nfs_set_autoreconnect(context_.get(), 0); // a lost server is an error here, not something to wait for
    nfs_set_timeout(context_.get(), static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(limit).count()));
    const int mounted = nfs_mount(context_.get(), source.server.c_str(), export_path);
    if (mounted == -ENOENT || mounted == -EACCES) {
      throw Error(fmt::format("the NFS server at {} exports no {}", source.server, export_path));
    }
    if (mounted != 0) {
      fail("mount");
    }
    const std::string file = source.path.substr(std::string(export_path).size());
    const int opened = nfs_open(context_.get(), file.c_str(), O_RDONLY, &handle_);
    if (opened == -ENOENT || opened == -ESTALE) {
      throw Error(fmt::format("the NFS server at {} has no {}", source.server, source.path))
          .with_hint("the disk's file was removed or renamed while the lab ran: put it back, or `migralab down` and "
                     "`up` make it anew");
    }
    if (opened != 0) {
      fail("open");
    }
  }
  ~RemoteFile() {
    if (handle_ != nullptr) {
      nfs_close(context_.get(), handle_);
    }
  }
  RemoteFile(const RemoteFile&) = delete;
  RemoteFile& operator=(const RemoteFile&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }

  [[nodiscard]] std::uint64_t size() {
    nfs_stat_64 status = {};
    if (nfs_fstat64(context_.get(), handle_, &status) != 0) {
      fail("stat");
    }
    return status.nfs_size;
  }

  [[nodiscard]] std::string read(std::uint64_t offset, std::uint64_t count) {
    std::string data(count, '\0');
    for (std::uint64_t got = 0; got < count;) {
      const int part = nfs_pread(context_.get(), handle_, offset + got, count - got, data.data() + got);
      if (part <= 0) {
        fail("read");
      }
      got += static_cast<std::uint64_t>(part);
    }
    return data;
  }

private:
  [[noreturn]] void fail(const char* what) {
    throw Error(fmt::format("{}: {} failed: {}", name_, what, nfs_get_error(context_.get())));
  }

  std::string name_;
  Context context_;
  nfsfh* handle_ = nullptr;
};

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

DiskSource
GaneshaStorage::provision(const StorageServer& server, const DiskPlan& /*disk*/, const std::filesystem::path& file) {
  return NfsSource{
      .server = to_string(server.portal),
      .path = fmt::format("{}/{}", export_path, file.lexically_relative(server.disks).native())};
}

// The export is a folder; a disk is in it as long as its file is.
void GaneshaStorage::release(const StorageServer& /*server*/, const DiskPlan& /*disk*/) {}

void GaneshaStorage::verify(
    const DiskSource& source,
    const std::filesystem::path& path,
    Depth depth,
    Nanoseconds limit) {
  const Deadline deadline(limit);
  RemoteFile file(std::get<NfsSource>(source), limit);
  const RemoteDisk disk{
      .name = file.name(),
      .size = file.size(),
      .block = 512,
      .read = [&file](std::uint64_t offset, std::uint64_t count) { return file.read(offset, count); }};
  compare_with_file(disk, path, depth, deadline);
}

} // namespace migralab
