// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/units.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <span>

namespace migralab {
namespace {

__extension__ typedef unsigned __int128 Wide; // products of a user's number and a unit, before the range check

constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array byte_units{
    Unit{"B", 1},
    Unit{"kB", 1'000},
    Unit{"MB", 1'000'000},
    Unit{"GB", 1'000'000'000},
    Unit{"TB", 1'000'000'000'000},
    Unit{"KiB", 1ULL << 10U},
    Unit{"MiB", 1ULL << 20U},
    Unit{"GiB", 1ULL << 30U},
    Unit{"TiB", 1ULL << 40U}};

constexpr std::array binary_units{
    Unit{"B", 1},
    Unit{"KiB", 1ULL << 10U},
    Unit{"MiB", 1ULL << 20U},
    Unit{"GiB", 1ULL << 30U},
    Unit{"TiB", 1ULL << 40U}};

constexpr std::array rate_units{
    Unit{"bit/s", 1},
    Unit{"kbit/s", 1'000},
    Unit{"Mbit/s", 1'000'000},
    Unit{"Gbit/s", 1'000'000'000},
    Unit{"Tbit/s", 1'000'000'000'000},
    Unit{"bps", 1},
    Unit{"kbps", 1'000},
    Unit{"Mbps", 1'000'000},
    Unit{"Gbps", 1'000'000'000},
    Unit{"Tbps", 1'000'000'000'000}};

constexpr std::array duration_units{
    Unit{"ns", 1},
    Unit{"us", 1'000},
    Unit{"ms", 1'000'000},
    Unit{"s", 1'000'000'000},
    Unit{"min", 60'000'000'000},
    Unit{"h", 3'600'000'000'000},
    Unit{"d", 86'400'000'000'000}};

const Unit* find_unit(std::span<const Unit> units, std::string_view name) {
  const auto found = std::find_if(units.begin(), units.end(), [&](const Unit& unit) { return unit.name == name; });
  return found == units.end() ? nullptr : &*found;
}

/// "1.5 GiB" taken apart: the digits as one whole number, how many of them stand after the point, the unit's text.
struct Quantity {
  std::string_view number;
  std::uint64_t digits = 0;
  std::uint64_t scale = 1;
  std::string_view unit;
};

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

Parsed<Quantity> take_apart(std::string_view text) {
  Quantity quantity;
  std::size_t at = 0;
  bool point = false;
  std::size_t digits = 0;
  for (; at < text.size() && (is_digit(text[at]) || (text[at] == '.' && !point)); ++at) {
    if (text[at] == '.') {
      point = true;
      continue;
    }
    if (++digits > 18) {
      return {{}, "too many digits: use a larger unit"};
    }
    quantity.digits = quantity.digits * 10 + static_cast<std::uint64_t>(text[at] - '0');
    quantity.scale *= point ? 10 : 1;
  }
  quantity.number = text.substr(0, at);
  if (digits == 0 || quantity.number.front() == '.' || quantity.number.back() == '.') {
    const bool negative = !text.empty() && text.front() == '-';
    return {
        {},
        negative ? "negative: write a number without a sign, then a unit"
                 : "not a quantity: write a number, then a unit"};
  }
  while (at < text.size() && text[at] == ' ') {
    ++at;
  }
  quantity.unit = text.substr(at);
  return {quantity, {}};
}

/// The amount in the base unit; an error when it is not whole or does not fit.
Parsed<std::uint64_t> amount(const Quantity& quantity, std::uint64_t factor, std::string_view base_unit) {
  const Wide product = static_cast<Wide>(quantity.digits) * factor;
  if (product % quantity.scale != 0) {
    return {{}, fmt::format("not a whole number of {}: write fewer decimals", base_unit)};
  }
  if (product / quantity.scale > largest) {
    return {{}, "too large: the limit is 2^63-1 " + std::string(base_unit)};
  }
  return {static_cast<std::uint64_t>(product / quantity.scale), {}};
}

/// "MB/s", "MiB/s", "MBps": the bytes in a second of one such unit, or nothing.
const Unit* bytes_per_second(std::string_view unit) {
  for (const std::string_view ending : {"/s", "ps"}) {
    if (unit.ends_with(ending)) {
      return find_unit(byte_units, unit.substr(0, unit.size() - ending.size()));
    }
  }
  return nullptr;
}

/// Among the ways to write `value` exactly with at most `decimals` decimals, the shortest; the larger unit on a tie.
std::string shortest(std::uint64_t value, std::span<const Unit> units, unsigned decimals) {
  std::string best;
  for (const Unit& unit : units) {
    std::uint64_t scale = 1;
    for (unsigned count = 0; count <= decimals; ++count, scale *= 10) {
      const Wide scaled = static_cast<Wide>(value) * scale;
      if (scaled % unit.factor != 0 || value < unit.factor) {
        continue;
      }
      const auto whole = value / unit.factor;
      const auto rest = static_cast<std::uint64_t>(scaled / unit.factor) - whole * scale;
      std::string text = count == 0 ? fmt::format("{}{}", whole, unit.name)
                                    : fmt::format("{}.{:0{}}{}", whole, rest, count, unit.name);
      if (best.empty() || text.size() <= best.size()) {
        best = std::move(text);
      }
      break;
    }
  }
  return best.empty() ? fmt::format("{}{}", value, units.front().name) : best;
}

/// Three significant figures in the largest unit that leaves at least 1 before the point; `units` ascending.
std::string three_figures(double value, std::span<const Unit> units) {
  const Unit* chosen = &units.front();
  for (const Unit& unit : units) {
    // 999.6 us would print as "1000 us": half a unit in the last figure already belongs to the next unit.
    if (value >= 0.9995 * static_cast<double>(unit.factor)) {
      chosen = &unit;
    }
  }
  const double in_unit = value / static_cast<double>(chosen->factor);
  const int figures_after_point = in_unit < 9.995 ? 2 : in_unit < 99.95 ? 1 : 0;
  const int decimals = chosen == &units.front() ? 0 : figures_after_point;
  return fmt::format("{:.{}f} {}", in_unit, decimals, chosen->name);
}

} // namespace

Parsed<Bytes> parse_bytes(std::string_view text) {
  const auto parts = take_apart(text);
  if (!parts.value) {
    return {{}, parts.problem + ", for example 256MiB"};
  }
  const Quantity& quantity = *parts.value;
  const std::string number(quantity.number);
  if (quantity.unit.empty()) {
    return {{}, fmt::format("no unit: write {0}MiB (1024 x 1024 bytes) or {0}MB (a million bytes)", number)};
  }
  const Unit* unit = find_unit(byte_units, quantity.unit);
  if (unit == nullptr) {
    if (quantity.unit.size() == 1 && std::string_view("kKmMgGtT").find(quantity.unit) != std::string_view::npos) {
      const std::string upper(1, static_cast<char>(quantity.unit[0] & ~0x20));
      return {
          {},
          fmt::format(
              "unit '{0}' has two meanings: write {1}{2}iB (1024-based) or {1}{3}B (1000-based)",
              quantity.unit,
              number,
              upper,
              upper == "K" ? "k" : upper)};
    }
    if (quantity.unit.ends_with("/s") || find_unit(rate_units, quantity.unit) != nullptr) {
      return {{}, fmt::format("'{}' is a rate, not an amount: write for example 256MiB", quantity.unit)};
    }
    return {{}, fmt::format("unknown unit '{}': write B, KiB, MiB, GiB, TiB, kB, MB, GB or TB", quantity.unit)};
  }
  const auto bytes = amount(quantity, unit->factor, "bytes");
  return bytes.value ? Parsed<Bytes>{Bytes{*bytes.value}, {}} : Parsed<Bytes>{{}, bytes.problem};
}

Parsed<BitRate> parse_bit_rate(std::string_view text) {
  const auto parts = take_apart(text);
  if (!parts.value) {
    return {{}, parts.problem + ", for example 1Gbit/s"};
  }
  const Quantity& quantity = *parts.value;
  if (quantity.unit.empty()) {
    return {{}, fmt::format("no unit: write {0}Mbit/s or {0}Gbit/s", quantity.number)};
  }
  if (const Unit* unit = find_unit(rate_units, quantity.unit)) {
    const auto bits = amount(quantity, unit->factor, "bits per second");
    return bits.value ? Parsed<BitRate>{BitRate{*bits.value}, {}} : Parsed<BitRate>{{}, bits.problem};
  }
  if (const Unit* unit = bytes_per_second(quantity.unit)) {
    const auto bits = amount(quantity, unit->factor * 8, "bits per second");
    return {
        {},
        fmt::format(
            "'{}' counts bytes per second, links count bits per second: write {}",
            quantity.unit,
            bits.value ? to_string(BitRate{*bits.value}) : "for example 1Gbit/s")};
  }
  if (find_unit(rate_units, std::string(quantity.unit) + "/s") != nullptr) {
    return {{}, fmt::format("'{0}' is an amount, not a rate: write {1}{0}/s", quantity.unit, quantity.number)};
  }
  return {{}, fmt::format("unknown unit '{}': write bit/s, kbit/s, Mbit/s or Gbit/s", quantity.unit)};
}

Parsed<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  const auto parts = take_apart(text);
  if (!parts.value) {
    return {{}, parts.problem + ", for example 250ms"};
  }
  const Quantity& quantity = *parts.value;
  if (quantity.unit.empty()) {
    return {{}, fmt::format("no unit: write {0}ms or {0}s", quantity.number)};
  }
  const Unit* unit = find_unit(duration_units, quantity.unit);
  if (unit == nullptr) {
    return {{}, fmt::format("unknown unit '{}': write ns, us, ms, s, min, h or d", quantity.unit)};
  }
  const auto count = amount(quantity, unit->factor, "nanoseconds");
  if (!count.value) {
    return {{}, count.problem};
  }
  return {std::chrono::nanoseconds(static_cast<std::int64_t>(*count.value)), {}};
}

std::string to_string(Bytes amount) {
  return shortest(amount.count, binary_units, 1);
}

std::string to_string(BitRate rate) {
  return shortest(rate.bits_per_second, std::span(rate_units).first<5>(), 3);
}

std::string human(std::chrono::nanoseconds span) {
  static constexpr std::array units{Unit{"ns", 1}, Unit{"us", 1'000}, Unit{"ms", 1'000'000}, Unit{"s", 1'000'000'000}};
  const auto count = static_cast<double>(span.count());
  if (span.count() == 0) {
    return "0 s";
  }
  return (count < 0 ? "-" : "") + three_figures(std::abs(count), units);
}

std::string human(Bytes amount) {
  return three_figures(static_cast<double>(amount.count), binary_units);
}

std::string human(BitRate rate) {
  return three_figures(static_cast<double>(rate.bits_per_second), std::span(rate_units).first<5>());
}

} // namespace migralab
