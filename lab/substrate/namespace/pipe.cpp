// SPDX-License-Identifier: Apache-2.0
#include "pipe.hpp"

#include "migralab/core/error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace migralab {

Pipe::Pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw system_error("cannot make a pipe");
  }
  read.reset(ends[0]);
  write.reset(ends[1]);
}

std::string read_bytes(const UniqueFd& from, std::size_t count, Nanoseconds limit) {
  const Deadline deadline(limit);
  std::string text;
  std::array<char, 4096> buffer{};
  while (text.size() < count) {
    pollfd poll{from.get(), POLLIN, 0};
    const int ready = ::poll(&poll, 1, deadline.left_ms());
    if (ready < 0 && errno == EINTR) {
      continue;
    }
    if (ready <= 0) {
      break;
    }
    const ssize_t got = ::read(from.get(), buffer.data(), std::min(buffer.size(), count - text.size()));
    if (got <= 0) {
      break;
    }
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return text;
}

void tell(const UniqueFd& to, const void* data, std::size_t count) noexcept {
  const char* next = static_cast<const char*>(data);
  while (count > 0) {
    const ssize_t wrote = ::write(to.get(), next, count);
    if (wrote < 0 && errno == EINTR) {
      continue;
    }
    if (wrote <= 0) {
      return;
    }
    next += wrote;
    count -= static_cast<std::size_t>(wrote);
  }
}

} // namespace migralab
