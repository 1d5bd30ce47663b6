// SPDX-License-Identifier: Apache-2.0
#include "bench.hpp"
#include "iscsi/session.hpp"
#include "migralab/core/error.hpp"

#include <fmt/format.h>
#include <poll.h>

namespace migralab {

namespace {

constexpr auto request_limit = std::chrono::seconds(10);

class IscsiDisk final : public AsyncDisk {
public:
  explicit IscsiDisk(const IscsiSource& source) : source_(source), session_(source_, request_limit) {
    session_.expect_disk();
    static_cast<void>(session_.capacity()); // learns the block size
  }

  ~IscsiDisk() override { closing_ = true; }
  IscsiDisk(const IscsiDisk&) = delete;
  IscsiDisk& operator=(const IscsiDisk&) = delete;

  void read(std::uint64_t offset, std::uint64_t count, Done done) override {
    auto request = std::make_unique<Request>(Request{*this, count, nullptr, std::move(done)});
    const auto block = static_cast<int>(session_.block());
    submitted(
        iscsi_read16_task(
            session_.context(),
            session_.lun(),
            offset / session_.block(),
            static_cast<std::uint32_t>(count),
            block,
            0,
            0,
            0,
            0,
            0,
            on_done,
            request.get()),
        request);
  }

  void write(std::uint64_t offset, std::shared_ptr<const std::string> data, Done done) override {
    auto request = std::make_unique<Request>(Request{*this, 0, data, std::move(done)});
    // libiscsi takes a pointer to what it only reads.
    auto* bytes = reinterpret_cast<unsigned char*>(const_cast<char*>(data->data()));
    submitted(
        iscsi_write16_task(
            session_.context(),
            session_.lun(),
            offset / session_.block(),
            bytes,
            static_cast<std::uint32_t>(data->size()),
            static_cast<int>(session_.block()),
            0,
            0,
            0,
            0,
            0,
            on_done,
            request.get()),
        request);
  }

  void service(const Deadline& deadline) override {
    pollfd poll{iscsi_get_fd(session_.context()), static_cast<short>(iscsi_which_events(session_.context())), 0};
    if (::poll(&poll, 1, deadline.left_ms()) < 0) {
      return; // EINTR
    }
    if (iscsi_service(session_.context(), poll.revents) != 0) { // without events: it looks at time-outs
      session_.fail("connection");
    }
    if (!failure_.empty()) {
      throw Error(failure_);
    }
  }

private:
  struct Request {
    IscsiDisk& disk;
    std::uint64_t expected; // bytes to come
    std::shared_ptr<const std::string> data;
    Done done;
  };

  /// libiscsi has the request until it is answered, or the context ends.
  void submitted(const scsi_task* task, std::unique_ptr<Request>& request) const {
    if (task == nullptr) {
      session_.fail("request");
    }
    static_cast<void>(request.release());
  }

  static void on_done(iscsi_context* /*context*/, int status, void* command, void* opaque) {
    const std::unique_ptr<Request> request(static_cast<Request*>(opaque));
    const UniqueHandle<scsi_task, scsi_free_scsi_task> task(static_cast<scsi_task*>(command));
    IscsiDisk& disk = request->disk;
    if (disk.closing_) {
      return;
    }
    if (status != SCSI_STATUS_GOOD) {
      disk.failure_ =
          fmt::format("{}: a request failed: {}", disk.session_.name(), iscsi_get_error(disk.session_.context()));
      return;
    }
    if (request->expected != 0 && static_cast<std::uint64_t>(task->datain.size) != request->expected) {
      disk.failure_ = fmt::format("{} gave {} of {} bytes", disk.session_.name(), task->datain.size, request->expected);
      return;
    }
    request->done();
  }

  bool closing_ = false; // these two are looked at until the session is gone
  std::string failure_;
  IscsiSource source_;
  IscsiSession session_;
};

} // namespace

std::unique_ptr<AsyncDisk> open_for_bench(const IscsiSource& source) {
  return std::make_unique<IscsiDisk>(source);
}

} // namespace migralab
