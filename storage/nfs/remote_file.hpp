// SPDX-License-Identifier: Apache-2.0
// A file of an NFS server, as a hypervisor's own client has it open. Only this folder includes libnfs' header.
#pragma once

#include "migralab/core/clock.hpp"
#include "migralab/core/handle.hpp"
#include "migralab/hypervisor/guest.hpp"

#include <cstdint>
#include <nfsc/libnfs.h>
#include <string>

namespace migralab {

/// Every call throws Error that names server and file.
class RemoteFile {
public:
  /// `flags`: of open(2). `limit`: for each request.
  RemoteFile(const NfsSource& source, int flags, Nanoseconds limit);
  ~RemoteFile();
  RemoteFile(const RemoteFile&) = delete;
  RemoteFile& operator=(const RemoteFile&) = delete;

  [[nodiscard]] std::uint64_t size();
  [[nodiscard]] std::string read(std::uint64_t offset, std::uint64_t count);

  void grow(std::uint64_t size);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] nfs_context* context() const { return context_.get(); }
  [[nodiscard]] nfsfh* handle() const { return handle_; }

  [[noreturn]] void fail(const char* what) const;

private:
  using Context = UniqueHandle<nfs_context, nfs_destroy_context>;

  std::string name_;
  Context context_;
  nfsfh* handle_ = nullptr;
};

} // namespace migralab
