// SPDX-License-Identifier: Apache-2.0
// A thread that makes one result and can be asked to finish. Owned by a probe or a sampler.
#pragma once

#include "migralab/core/error.hpp"
#include "migralab/core/handle.hpp"

#include <cstdint>
#include <functional>
#include <future>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace migralab {

template <typename Result> class Worker {
public:
  /// `body` runs at once in a thread of its own; the descriptor it gets becomes readable when it should finish.
  explicit Worker(std::function<Result(int stop_fd)> body) : stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!stop_) {
      throw system_error("cannot make an event descriptor");
    }
    result_ = std::async(std::launch::async, [body = std::move(body), fd = stop_.get()] {
      ::prctl(PR_SET_TIMERSLACK, 1UL); // the kernel may round this thread's waits up by 1 ns instead of 50 us
      return body(fd);
    });
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() { ask_to_finish(); } // the future's own destructor then waits for the thread

  /// The result, or the exception that ended the thread. Once.
  [[nodiscard]] Result finish() {
    if (!result_.valid()) {
      throw Error("this measurement has been stopped before");
    }
    ask_to_finish();
    return result_.get();
  }

private:
  void ask_to_finish() noexcept {
    const std::uint64_t one = 1;
    static_cast<void>(!::write(stop_.get(), &one, sizeof one)); // fails only when the counter is full: asked already
  }

  UniqueFd stop_; // outlives the thread: declared before the future
  std::future<Result> result_;
};

} // namespace migralab
