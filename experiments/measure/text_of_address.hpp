// SPDX-License-Identifier: Apache-2.0
// Addresses as they are in frames and messages, as text.
#pragma once

#include <cstddef>
#include <fmt/format.h>
#include <span>
#include <string>

namespace migralab {

inline constexpr std::size_t mac_size = 6;

/// "52:54:00:12:34:56", of the first six bytes.
inline std::string mac_text(std::span<const std::byte> bytes) {
  std::string text;
  for (std::size_t i = 0; i < mac_size; ++i) {
    text += fmt::format("{}{:02x}", i == 0 ? "" : ":", std::to_integer<unsigned>(bytes[i]));
  }
  return text;
}

} // namespace migralab
