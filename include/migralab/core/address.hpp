// SPDX-License-Identifier: Apache-2.0
// IPv4 addresses and subnets as values.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace migralab {

struct Ipv4Address {
  std::uint32_t value = 0; // host byte order

  constexpr auto operator<=>(const Ipv4Address&) const = default;
};

struct Subnet {
  Ipv4Address base;    // host bits are zero
  unsigned prefix = 0; // 0..32

  constexpr bool operator==(const Subnet&) const = default;
  [[nodiscard]] constexpr std::uint32_t mask() const { return prefix == 0 ? 0U : ~0U << (32U - prefix); }
  [[nodiscard]] constexpr bool contains(Ipv4Address address) const { return (address.value & mask()) == base.value; }
  [[nodiscard]] constexpr Ipv4Address broadcast() const { return {base.value | ~mask()}; }
  [[nodiscard]] constexpr bool overlaps(const Subnet& other) const {
    return contains(other.base) || other.contains(base);
  }
};

[[nodiscard]] std::optional<Ipv4Address> parse_ipv4(std::string_view text);
/// "10.10.0.0/24"; nothing when malformed or when host bits are set.
[[nodiscard]] std::optional<Subnet> parse_subnet(std::string_view text);
[[nodiscard]] std::string to_string(Ipv4Address address);
[[nodiscard]] std::string to_string(const Subnet& subnet);

} // namespace migralab
