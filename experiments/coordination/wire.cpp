// SPDX-License-Identifier: Apache-2.0
#include "wire.hpp"

#include <cstring>

namespace migralab::coordination {

static_assert(sizeof(double) == sizeof(std::uint64_t));

void Writer::number(std::uint64_t value, unsigned width) {
  for (unsigned left = width; left-- > 0;) {
    bytes_ += static_cast<char>(value >> (8U * left) & 0xffU);
  }
}

void Writer::real(double value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  u64(bits);
}

void Writer::text(std::string_view value) {
  constexpr std::size_t most = 255;
  const std::string_view kept = value.substr(0, most);
  u8(static_cast<std::uint8_t>(kept.size()));
  raw(kept);
}

std::string_view Reader::take(std::size_t count) {
  failed_ = failed_ || bytes_.size() < count;
  if (failed_) {
    return {};
  }
  const std::string_view taken = bytes_.substr(0, count);
  bytes_.remove_prefix(count);
  return taken;
}

std::uint64_t Reader::number(std::size_t width) {
  std::uint64_t value = 0;
  for (const char byte : take(width)) {
    value = value << 8U | static_cast<unsigned char>(byte);
  }
  return value;
}

double Reader::real() {
  const std::uint64_t bits = u64();
  double value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

std::string Reader::text() {
  const std::uint8_t length = u8();
  return std::string(take(length));
}

} // namespace migralab::coordination
