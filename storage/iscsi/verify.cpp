// SPDX-License-Identifier: Apache-2.0
#include "backends.hpp"
#include "iscsi/session.hpp"

#include <variant>

namespace migralab {

void TgtStorage::verify(const DiskSource& source, const std::filesystem::path& file, Depth depth, Nanoseconds limit) {
  const Deadline deadline(limit);
  IscsiSession session(std::get<IscsiSource>(source), limit);
  session.expect_disk();
  const std::uint64_t capacity = session.capacity(); // also learns the block size
  const RemoteDisk disk{
      .name = session.name(),
      .size = capacity,
      .block = session.block(),
      .read = [&session](std::uint64_t offset, std::uint64_t count) { return session.read(offset, count); }};
  compare_with_file(disk, file, depth, deadline);
}

} // namespace migralab
