// SPDX-License-Identifier: Apache-2.0
// The ids that a user may give away inside a user namespace: subuid(5), subgid(5).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace migralab {

struct IdRange {
  std::uint64_t first = 0;
  std::uint64_t count = 0;

  bool operator==(const IdRange&) const = default;
};

/// What a lab without root needs, and what distributions hand out: QEMU under libvirt calls setgroups, and the groups
/// of the machine's devices must have a number inside.
inline constexpr std::uint64_t subordinate_ids_needed = 65536;

/// The longest range that the text of such a file gives to the user, by name or by number.
[[nodiscard]] std::optional<IdRange>
parse_subordinate_ids(const std::string& text, const std::string& user, std::uint64_t uid);

} // namespace migralab
