// SPDX-License-Identifier: Apache-2.0
// Words between a process and its forks.
#pragma once

#include "migralab/core/clock.hpp"
#include "migralab/core/handle.hpp"

#include <cstddef>
#include <string>

namespace migralab {

struct Pipe {
  UniqueFd read;
  UniqueFd write;

  Pipe(); // throws Error when there are no descriptors left
};

/// Up to `count` bytes: fewer only when every writer has closed, or at the limit.
[[nodiscard]] std::string read_bytes(const UniqueFd& from, std::size_t count, Nanoseconds limit);

/// Writes all, or gives up silently when nobody reads: the reader sees what is missing.
void tell(const UniqueFd& to, const void* data, std::size_t count) noexcept;

} // namespace migralab
