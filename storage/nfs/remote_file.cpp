// SPDX-License-Identifier: Apache-2.0
#include "nfs/remote_file.hpp"

#include "backends.hpp"
#include "migralab/core/error.hpp"

#include <cerrno>
#include <fmt/format.h>

namespace migralab {

RemoteFile::RemoteFile(const NfsSource& source, int flags, Nanoseconds limit)
    : name_(source.server + ":" + source.path), context_(nfs_init_context()) {
  if (!context_) {
    throw Error("libnfs has no memory");
  }
  nfs_set_uid(context_.get(), 0);
  nfs_set_gid(context_.get(), 0);
  nfs_set_autoreconnect(context_.get(), 0); // a lost server is an error here, not something to wait for
  nfs_set_timeout(context_.get(), static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(limit).count()));
  const std::string exported = std::filesystem::path(source.path).parent_path();
  const int mounted = nfs_mount(context_.get(), source.server.c_str(), exported.c_str());
  if (mounted == -ENOENT || mounted == -EACCES) {
    throw Error(fmt::format("the NFS server at {} exports no {}", source.server, exported));
  }
  if (mounted != 0) {
    fail("mount");
  }
  const std::string file = source.path.substr(exported.size());
  const int opened = nfs_open(context_.get(), file.c_str(), flags, &handle_);
  if (opened == -ENOENT || opened == -ESTALE) {
    throw Error(fmt::format("the NFS server at {} has no {}", source.server, source.path))
        .with_hint("the disk's file was removed or renamed while the lab ran: put it back, or `migralab down` and "
                   "`up` make it anew");
  }
  if (opened != 0) {
    fail("open");
  }
}

RemoteFile::~RemoteFile() {
  if (handle_ != nullptr) {
    nfs_close(context_.get(), handle_);
  }
}

std::uint64_t RemoteFile::size() {
  nfs_stat_64 status = {};
  if (nfs_fstat64(context_.get(), handle_, &status) != 0) {
    fail("stat");
  }
  return status.nfs_size;
}

std::string RemoteFile::read(std::uint64_t offset, std::uint64_t count) {
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

void RemoteFile::grow(std::uint64_t size) {
  if (nfs_ftruncate(context_.get(), handle_, size) != 0) {
    fail("resize");
  }
}

void RemoteFile::fail(const char* what) const {
  throw Error(fmt::format("{}: {} failed: {}", name_, what, nfs_get_error(context_.get())));
}

} // namespace migralab
