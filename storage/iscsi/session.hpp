// SPDX-License-Identifier: Apache-2.0
// One iSCSI session, as a hypervisor's own initiator has one. Only this folder includes libiscsi's header.
#pragma once

#include "migralab/core/clock.hpp"
#include "migralab/core/handle.hpp"
#include "migralab/hypervisor/guest.hpp"

#include <cstdint>
#include <functional>
#include <iscsi/iscsi.h>
#include <iscsi/scsi-lowlevel.h>
#include <string>

namespace migralab {

/// Logged in to one LUN. Every call throws Error that names it.
class IscsiSession {
public:
  /// `limit`: for each request. `source` must outlive the session.
  IscsiSession(const IscsiSource& source, Nanoseconds limit);
  ~IscsiSession();
  IscsiSession(const IscsiSession&) = delete;
  IscsiSession& operator=(const IscsiSession&) = delete;

  void expect_disk();

  /// Bytes; remembers the block size for read().
  [[nodiscard]] std::uint64_t capacity();

  /// Both are multiples of block().
  [[nodiscard]] std::string read(std::uint64_t offset, std::uint64_t count);

  [[nodiscard]] std::uint64_t block() const { return block_; }
  [[nodiscard]] std::string name() const;
  [[nodiscard]] int lun() const { return static_cast<int>(source_.lun); }
  [[nodiscard]] iscsi_context* context() const { return context_.get(); }

  [[noreturn]] void fail(const std::string& what) const;

private:
  using Context = UniqueHandle<iscsi_context, iscsi_destroy_context>;
  using Task = UniqueHandle<scsi_task, scsi_free_scsi_task>;

  [[noreturn]] void fail_login() const;
  /// Asks again after a unit attention: the target says once, in the place of an answer, that something about it has
  /// changed (SPC-4, 5.14.7), such as that it has got another LUN. Each change is said once.
  [[nodiscard]] Task good(const std::string& what, const std::function<scsi_task*()>& ask) const;

  const IscsiSource& source_;
  Context context_;
  std::uint64_t block_ = 512;
};

} // namespace migralab
