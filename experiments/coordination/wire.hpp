// SPDX-License-Identifier: Apache-2.0
// Numbers and texts as bytes, in network byte order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace migralab::coordination {

class Writer {
public:
  void u8(std::uint8_t value) { number(value, 1); }
  void u16(std::uint16_t value) { number(value, 2); }
  void u64(std::uint64_t value) { number(value, 8); }
  /// IEEE 754 binary64.
  void real(double value);
  /// A length of one byte, then at most 255 bytes of text.
  void text(std::string_view value);
  void raw(std::string_view bytes) { bytes_ += bytes; }
  [[nodiscard]] std::string& bytes() { return bytes_; }

private:
  void number(std::uint64_t value, unsigned width);

  std::string bytes_;
};

/// Once it had to read beyond the end, everything it reads is zero or empty, and it has failed.
class Reader {
public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  [[nodiscard]] std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  [[nodiscard]] std::uint64_t u64() { return number(8); }
  [[nodiscard]] double real();
  [[nodiscard]] std::string text();

  void fail() { failed_ = true; }
  [[nodiscard]] bool failed() const { return failed_; }
  /// All was read, and nothing beyond.
  [[nodiscard]] bool ended() const { return !failed_ && bytes_.empty(); }

private:
  [[nodiscard]] std::uint64_t number(std::size_t width);
  [[nodiscard]] std::string_view take(std::size_t count);

  std::string_view bytes_;
  bool failed_ = false;
};

} // namespace migralab::coordination
