// SPDX-License-Identifier: Apache-2.0
// libiscsi's header is included here only.
#include "migralab/storage/storage.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/handle.hpp"

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <iscsi/iscsi.h>
#include <iscsi/scsi-lowlevel.h>
#include <memory>
#include <unistd.h>
#include <vector>

namespace migralab {

namespace {

constexpr std::uint64_t piece = std::uint64_t{256} << 10U; // read at once

using Context = UniqueHandle<iscsi_context, iscsi_destroy_context>;
using Task = UniqueHandle<scsi_task, scsi_free_scsi_task>;

/// A session with one LUN.
class Session {
public:
  Session(const IscsiSource& source, Nanoseconds limit)
      : source_(source), context_(iscsi_create_context("iqn.2026-11.org.migralab:verifier")) {
    if (!context_) {
      throw Error("libiscsi has no memory");
    }
    const std::string portal = fmt::format("{}:{}", source.portal, source.port);
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(limit).count();
    iscsi_set_targetname(context_.get(), source.target.c_str());
    iscsi_set_session_type(context_.get(), ISCSI_SESSION_NORMAL);
    iscsi_set_header_digest(context_.get(), ISCSI_HEADER_DIGEST_NONE);
    iscsi_set_noautoreconnect(context_.get(), 1); // a lost target is an error here, not something to wait for
    iscsi_set_timeout(context_.get(), static_cast<int>(seconds));
    if (iscsi_full_connect_sync(context_.get(), portal.c_str(), static_cast<int>(source.lun)) != 0) {
      fail("login");
    }
  }
  ~Session() { iscsi_logout_sync(context_.get()); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void expect_disk() {
    const Task task = good(iscsi_inquiry_sync(context_.get(), lun(), 0, 0, 64), "inquiry");
    const auto* inquiry = static_cast<const scsi_inquiry_standard*>(scsi_datain_unmarshall(task.get()));
    if (inquiry == nullptr || inquiry->device_type != SCSI_INQUIRY_PERIPHERAL_DEVICE_TYPE_DIRECT_ACCESS) {
      throw Error(fmt::format("{} is not a disk", name()));
    }
  }

  /// Bytes; remembers the block size for read().
  [[nodiscard]] std::uint64_t capacity() {
    const Task task = good(iscsi_readcapacity16_sync(context_.get(), lun()), "read capacity");
    const auto* answer = static_cast<const scsi_readcapacity16*>(scsi_datain_unmarshall(task.get()));
    if (answer == nullptr || answer->block_length == 0) {
      throw Error(fmt::format("{} tells no capacity", name()));
    }
    block_ = answer->block_length;
    return (answer->returned_lba + 1) * block_;
  }

  [[nodiscard]] Task read(std::uint64_t offset, std::uint64_t count) {
    Task task = good(
        iscsi_read16_sync(
            context_.get(),
            lun(),
            offset / block_,
            static_cast<std::uint32_t>(count),
            static_cast<int>(block_),
            0,
            0,
            0,
            0,
            0),
        "read");
    if (static_cast<std::uint64_t>(task->datain.size) != count) {
      throw Error(fmt::format("{} gave {} of {} bytes at {}", name(), task->datain.size, count, offset));
    }
    return task;
  }

  [[nodiscard]] std::uint64_t block() const { return block_; }
  [[nodiscard]] std::string name() const { return fmt::format("{} LUN {}", source_.target, source_.lun); }

private:
  [[nodiscard]] int lun() const { return static_cast<int>(source_.lun); }

  [[noreturn]] void fail(const std::string& what) {
    throw Error(fmt::format("{} at {}: {} failed: {}", name(), source_.portal, what, iscsi_get_error(context_.get())));
  }

  Task good(scsi_task* raw, const std::string& what) {
    Task task(raw);
    if (!task || task->status != SCSI_STATUS_GOOD) {
      fail(what);
    }
    return task;
  }

  const IscsiSource& source_;
  Context context_;
  std::uint64_t block_ = 512;
};

void compare(Session& session, int file, std::uint64_t from, std::uint64_t to, const Deadline& deadline) {
  std::vector<unsigned char> expected(piece);
  for (std::uint64_t offset = from; offset < to; offset += piece) {
    const std::uint64_t count = std::min(piece, to - offset);
    if (deadline.passed()) {
      throw Error(fmt::format("{} could not be read back in time", session.name()));
    }
    const Task task = session.read(offset, count);
    if (::pread(file, expected.data(), count, static_cast<off_t>(offset)) != static_cast<ssize_t>(count)) {
      throw system_error("cannot read the disk's file");
    }
    if (std::memcmp(task->datain.data, expected.data(), count) != 0) {
      throw Error(fmt::format("{} does not give back what its file holds at byte {}", session.name(), offset));
    }
  }
}

} // namespace

void TgtStorage::verify(const IscsiSource& source, const std::filesystem::path& path, Nanoseconds limit) {
  const Deadline deadline(limit);
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    throw system_error(fmt::format("cannot read {}", path.native()));
  }
  const auto size = static_cast<std::uint64_t>(::lseek(file.get(), 0, SEEK_END));
  Session session(source, limit);
  session.expect_disk();
  if (const std::uint64_t capacity = session.capacity(); capacity != size) {
    throw Error(fmt::format("{} holds {} B, its file {} B", session.name(), capacity, size));
  }
  const std::uint64_t block = session.block();
  off_t data = 0;
  while ((data = ::lseek(file.get(), data, SEEK_DATA)) >= 0) {
    const off_t hole = ::lseek(file.get(), data, SEEK_HOLE);
    const auto from = static_cast<std::uint64_t>(data) / block * block;
    const auto to = std::min(size, (static_cast<std::uint64_t>(hole) + block - 1) / block * block);
    compare(session, file.get(), from, to, deadline);
    data = hole;
  }
  compare(session, file.get(), size - block, size, deadline);
}

} // namespace migralab
