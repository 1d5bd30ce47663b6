// SPDX-License-Identifier: Apache-2.0
#include "backends.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/handle.hpp"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace migralab {

namespace {

constexpr std::uint64_t piece = std::uint64_t{256} << 10U; // read at once

void compare_range(const RemoteDisk& disk, int file, std::uint64_t from, std::uint64_t to, const Deadline& deadline) {
  std::string expected(piece, '\0');
  for (std::uint64_t offset = from; offset < to; offset += piece) {
    const std::uint64_t count = std::min(piece, to - offset);
    if (deadline.passed()) {
      throw Error(fmt::format("{} could not be read back in time", disk.name));
    }
    const std::string got = disk.read(offset, count);
    if (::pread(file, expected.data(), count, static_cast<off_t>(offset)) != static_cast<ssize_t>(count)) {
      throw system_error("cannot read the disk's file");
    }
    if (expected.compare(0, count, got) != 0) {
      throw Error(fmt::format("{} does not give back what its file holds at byte {}", disk.name, offset));
    }
  }
}

} // namespace

void compare_with_file(
    const RemoteDisk& disk,
    const std::filesystem::path& path,
    Depth depth,
    const Deadline& deadline) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file && errno == ENOENT) {
    throw Error(fmt::format("{} answers, but its file {} is not there any more", disk.name, path.native()))
        .with_hint(
            "it was removed or renamed while the lab ran: put it back, or `migralab down` and `up` make it anew");
  }
  if (!file) {
    throw system_error(fmt::format("cannot read {}", path.native()));
  }
  const auto size = static_cast<std::uint64_t>(::lseek(file.get(), 0, SEEK_END));
  if (disk.size != size) {
    throw Error(fmt::format("{} holds {} B, its file {} B", disk.name, disk.size, size));
  }
  const std::uint64_t block = disk.block;
  if (depth == Depth::reachable) {
    static_cast<void>(disk.read(0, block));
    static_cast<void>(disk.read(size - block, block));
    return;
  }
  off_t data = 0;
  while ((data = ::lseek(file.get(), data, SEEK_DATA)) >= 0) {
    const off_t hole = ::lseek(file.get(), data, SEEK_HOLE);
    const auto from = static_cast<std::uint64_t>(data) / block * block;
    const auto to = std::min(size, (static_cast<std::uint64_t>(hole) + block - 1) / block * block);
    compare_range(disk, file.get(), from, to, deadline);
    data = hole;
  }
  compare_range(disk, file.get(), size - block, size, deadline);
}

} // namespace migralab
