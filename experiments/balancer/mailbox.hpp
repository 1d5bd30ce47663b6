// SPDX-License-Identifier: Apache-2.0
// What threads have to tell the one that polls. Private to this room.
#pragma once

#include "migralab/core/handle.hpp"

#include <mutex>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace migralab::balancer {

template <typename Letter> class Mailbox {
public:
  Mailbox() : bell_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

  /// Readable when there are letters.
  [[nodiscard]] int descriptor() const { return bell_.get(); }

  void put(Letter letter) {
    {
      const std::lock_guard lock(mutex_);
      letters_.push_back(std::move(letter));
    }
    ::eventfd_write(bell_.get(), 1);
  }

  /// All of them, in the order they came.
  [[nodiscard]] std::vector<Letter> take() {
    eventfd_t rung = 0;
    ::eventfd_read(bell_.get(), &rung);
    const std::lock_guard lock(mutex_);
    return std::exchange(letters_, {});
  }

private:
  UniqueFd bell_;
  std::mutex mutex_;
  std::vector<Letter> letters_;
};

} // namespace migralab::balancer
