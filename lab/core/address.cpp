// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/address.hpp"

#include <charconv>
#include <fmt/format.h>

namespace migralab {
namespace {

/// A decimal number without sign or leading zero (which some programs read as octal), at most `limit`.
std::optional<unsigned> parse_decimal(std::string_view text, unsigned limit) {
  if (text.empty() || text.size() > 3 || (text.size() > 1 && text.front() == '0')) {
    return std::nullopt;
  }
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > limit) {
    return std::nullopt;
  }
  return value;
}

} // namespace

std::optional<Ipv4Address> parse_ipv4(std::string_view text) {
  Ipv4Address address;
  for (int part = 0; part < 4; ++part) {
    const auto dot = text.find('.');
    if ((dot == std::string_view::npos) != (part == 3)) {
      return std::nullopt;
    }
    const auto byte = parse_decimal(text.substr(0, dot), 255);
    if (!byte) {
      return std::nullopt;
    }
    address.value = address.value << 8U | *byte;
    text.remove_prefix(part == 3 ? text.size() : dot + 1);
  }
  return address;
}

std::optional<Subnet> parse_subnet(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) {
    return std::nullopt;
  }
  const auto base = parse_ipv4(text.substr(0, slash));
  const auto prefix = parse_decimal(text.substr(slash + 1), 32);
  if (!base || !prefix) {
    return std::nullopt;
  }
  const Subnet subnet{*base, *prefix};
  return subnet.contains(*base) ? std::optional(subnet) : std::nullopt;
}

std::string to_string(Ipv4Address address) {
  return fmt::format(
      "{}.{}.{}.{}",
      address.value >> 24U,
      address.value >> 16U & 0xffU,
      address.value >> 8U & 0xffU,
      address.value & 0xffU);
}

std::string to_string(const Subnet& subnet) {
  return fmt::format("{}/{}", to_string(subnet.base), subnet.prefix);
}

} // namespace migralab
