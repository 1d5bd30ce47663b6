// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/handle.hpp"

#include <unistd.h>

namespace migralab {

void UniqueFd::reset(int fd) noexcept {
  // close() may report EINTR but has freed the descriptor on Linux all the same: never call it twice.
  if (fd_ >= 0) {
    ::close(fd_);
  }
  fd_ = fd;
}

} // namespace migralab
