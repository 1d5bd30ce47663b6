// SPDX-License-Identifier: Apache-2.0
#include "bench.hpp"
#include "migralab/core/error.hpp"
#include "nfs/remote_file.hpp"

#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>

namespace migralab {

namespace {

constexpr auto request_limit = std::chrono::seconds(10);

class NfsDisk final : public AsyncDisk {
public:
  explicit NfsDisk(const NfsSource& source) : file_(source, O_RDWR, request_limit) {}

  ~NfsDisk() override { closing_ = true; }
  NfsDisk(const NfsDisk&) = delete;
  NfsDisk& operator=(const NfsDisk&) = delete;

  void read(std::uint64_t offset, std::uint64_t count, Done done) override {
    auto request = std::make_unique<Request>(Request{*this, count, nullptr, std::move(done)});
    submitted(nfs_pread_async(file_.context(), file_.handle(), offset, count, on_done, request.get()), request);
  }

  void write(std::uint64_t offset, std::shared_ptr<const std::string> data, Done done) override {
    auto request = std::make_unique<Request>(Request{*this, data->size(), data, std::move(done)});
    submitted(
        nfs_pwrite_async(file_.context(), file_.handle(), offset, data->size(), data->data(), on_done, request.get()),
        request);
  }

  void service(const Deadline& deadline) override {
    pollfd poll{nfs_get_fd(file_.context()), static_cast<short>(nfs_which_events(file_.context())), 0};
    if (::poll(&poll, 1, deadline.left_ms()) < 0) {
      return; // EINTR
    }
    if (nfs_service(file_.context(), poll.revents) != 0) { // without events: it looks at time-outs
      file_.fail("connection");
    }
    if (!failure_.empty()) {
      throw Error(failure_);
    }
  }

private:
  struct Request {
    NfsDisk& disk;
    std::uint64_t count;
    std::shared_ptr<const std::string> data; // of a write
    Done done;
  };

  /// libnfs has the request until it is answered, or the context ends.
  void submitted(int refused, std::unique_ptr<Request>& request) const {
    if (refused != 0) {
      file_.fail("request");
    }
    static_cast<void>(request.release());
  }

  static void on_done(int result, nfs_context* context, void* /*data*/, void* opaque) {
    const std::unique_ptr<Request> request(static_cast<Request*>(opaque));
    NfsDisk& disk = request->disk;
    if (disk.closing_) {
      return;
    }
    if (result < 0) {
      disk.failure_ = fmt::format("{}: a request failed: {}", disk.file_.name(), nfs_get_error(context));
    } else if (static_cast<std::uint64_t>(result) != request->count) {
      disk.failure_ = fmt::format("{} took or gave {} of {} bytes", disk.file_.name(), result, request->count);
    } else {
      request->done();
    }
  }

  bool closing_ = false; // these two are looked at until the context is gone
  std::string failure_;
  RemoteFile file_;
};

} // namespace

std::unique_ptr<AsyncDisk> open_for_bench(const NfsSource& source) {
  return std::make_unique<NfsDisk>(source);
}

} // namespace migralab
