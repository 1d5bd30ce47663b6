// SPDX-License-Identifier: Apache-2.0
// Quantities as types. Written with a unit, always; printed with a unit, always.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace migralab {

/// An amount of memory or data.
struct Bytes {
  std::uint64_t count = 0;

  static constexpr Bytes mib(std::uint64_t n) { return {n << 20U}; }
  static constexpr Bytes gib(std::uint64_t n) { return {n << 30U}; }
  [[nodiscard]] constexpr std::uint64_t kib() const { return count >> 10U; }

  constexpr auto operator<=>(const Bytes&) const = default;
  constexpr Bytes operator+(Bytes other) const { return {count + other.count}; }
  constexpr Bytes& operator+=(Bytes other) { return count += other.count, *this; }
};

/// The rate of a link.
struct BitRate {
  std::uint64_t bits_per_second = 0;

  constexpr auto operator<=>(const BitRate&) const = default;
};

/// A parsed quantity, or the sentence that says what is wrong with the text ("no unit: write 256MiB or 256MB").
template <typename T> struct Parsed {
  std::optional<T> value;
  std::string problem;
};

/// "256MiB", "1.5 GiB", "64MB" (SI), "512B", "4KiB"; at most 2^63-1 bytes; no sign; fraction allowed where it is whole
/// bytes.
[[nodiscard]] Parsed<Bytes> parse_bytes(std::string_view text);

/// "1Gbit/s", "100 Mbit/s", "10kbit/s", also "1Gbps" (bits, as ethtool writes); bytes per second ("MB/s") are refused
/// with a hint, because links are sold in bits.
[[nodiscard]] Parsed<BitRate> parse_bit_rate(std::string_view text);

/// "250ms", "1.5s", "2min", "10us", "90d" (of 24 h).
[[nodiscard]] Parsed<std::chrono::nanoseconds> parse_duration(std::string_view text);

/// The shortest exact form: "256MiB", "1.5GiB", "1000B".
[[nodiscard]] std::string to_string(Bytes amount);
/// "1Gbit/s", "100Mbit/s", "2.5Gbit/s".
[[nodiscard]] std::string to_string(BitRate rate);
/// For people, three significant figures: "45.2 ms", "1.20 s", "980 us".
[[nodiscard]] std::string human(std::chrono::nanoseconds span);
/// For people: "12.3 MiB".
[[nodiscard]] std::string human(Bytes amount);
/// For people: "998 Mbit/s".
[[nodiscard]] std::string human(BitRate rate);

} // namespace migralab
