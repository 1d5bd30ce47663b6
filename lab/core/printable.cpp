// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/printable.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

namespace migralab {

namespace {

unsigned byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

/// Bytes of the character that begins at the front; 0: none does that may be shown. The second byte tells overlong
/// forms, surrogates and what is beyond U+10FFFF (RFC 3629, section 4), and the control characters U+0080 to U+009F.
std::size_t shown_length(std::string_view text) {
  const unsigned first = byte_at(text, 0);
  if (first < 0x80U) {
    return (first >= 0x20U && first != 0x7fU) || first == '\t' || first == '\n' ? 1 : 0;
  }
  const std::size_t length = first < 0xc2U ? 0 : first < 0xe0U ? 2 : first < 0xf0U ? 3 : first < 0xf5U ? 4 : 0;
  if (length == 0 || text.size() < length) {
    return 0;
  }
  const unsigned least = first == 0xc2U || first == 0xe0U ? 0xa0U : first == 0xf0U ? 0x90U : 0x80U;
  const unsigned most = first == 0xedU ? 0x9fU : first == 0xf4U ? 0x8fU : 0xbfU;
  const bool continued = std::all_of(text.begin() + 2, text.begin() + static_cast<std::ptrdiff_t>(length), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
  });
  return byte_at(text, 1) >= least && byte_at(text, 1) <= most && continued ? length : 0;
}

/// The next character as it may be shown, taken off `text`.
std::string take(std::string_view& text) {
  const std::size_t length = shown_length(text);
  std::string shown = length > 0 ? std::string(text.substr(0, length)) : fmt::format("\\x{:02x}", byte_at(text, 0));
  text.remove_prefix(std::max<std::size_t>(length, 1));
  return shown;
}

} // namespace

std::string printable(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    shown += take(text);
  }
  return shown;
}

std::string quotable(std::string_view text, std::size_t most) {
  std::string shown;
  for (std::size_t count = 0; !text.empty(); ++count) {
    if (count == most) {
      return shown + "...";
    }
    const std::string next = take(text);
    shown += next == "\n" || next == "\t" ? " " : next;
  }
  return shown;
}

} // namespace migralab
