// SPDX-License-Identifier: Apache-2.0
#include "yaml_values.hpp"

#include "migralab/core/spelling.hpp"

#include <charconv>
#include <fmt/format.h>

namespace migralab {
namespace {

constexpr BitRate slowest_link{100'000};
constexpr BitRate fastest_link{400'000'000'000};
constexpr unsigned widest_prefix = 8;
constexpr unsigned narrowest_prefix = 29;

/// The problem of a quantity reads "CAUSE: REMEDY".
void report_quantity(YamlReader& reader, const YamlValue& value, const std::string& problem) {
  const auto colon = problem.find(": ");
  reader.diagnostics().error(
      value.where,
      fmt::format("{}: {}", value.what, problem.substr(0, colon)),
      colon == std::string::npos ? "" : problem.substr(colon + 2));
}

} // namespace

std::optional<Located<Bytes>> read_bytes(YamlReader& reader, const YamlValue& value, const std::string& example) {
  const auto written = reader.text(value, example);
  if (!written) {
    return std::nullopt;
  }
  const auto bytes = parse_bytes(written->value);
  if (!bytes.value) {
    report_quantity(reader, value, bytes.problem);
    return std::nullopt;
  }
  return Located<Bytes>{*bytes.value, value.where};
}

std::optional<BitRate> read_link_rate(YamlReader& reader, const YamlValue& value) {
  const auto written = reader.text(value, "1Gbit/s");
  if (!written) {
    return std::nullopt;
  }
  const auto rate = parse_bit_rate(written->value);
  if (!rate.value) {
    report_quantity(reader, value, rate.problem);
    return std::nullopt;
  }
  if (*rate.value < slowest_link || *rate.value > fastest_link) {
    reader.diagnostics().error(
        value.where,
        fmt::format("{}: impossible rate {}", value.what, to_string(*rate.value)),
        fmt::format(
            "write a rate from {} to {}, or leave 'rate' out for links that are not shaped",
            to_string(slowest_link),
            to_string(fastest_link)));
    return std::nullopt;
  }
  return rate.value;
}

std::optional<Located<Subnet>> read_subnet(YamlReader& reader, const YamlValue& value) {
  const auto written = reader.text(value, "10.10.0.0/24");
  if (!written) {
    return std::nullopt;
  }
  const std::string& text = written->value;
  if (const auto subnet = parse_subnet(text)) {
    if (subnet->prefix < widest_prefix || subnet->prefix > narrowest_prefix) {
      reader.diagnostics().error(
          value.where,
          fmt::format("{}: prefix /{} is out of range", value.what, subnet->prefix),
          fmt::format("use a prefix from /{} to /{}; /24 suits most labs", widest_prefix, narrowest_prefix));
      return std::nullopt;
    }
    return Located<Subnet>{*subnet, value.where};
  }
  const auto slash = text.find('/');
  const auto base = parse_ipv4(text.substr(0, slash));
  if (base && slash == std::string::npos) {
    reader.diagnostics().error(
        value.where,
        fmt::format("{}: '{}' has no prefix length", value.what, text),
        fmt::format("write for example '{}'", to_string(Subnet{{base->value & Subnet{{}, 24}.mask()}, 24})));
    return std::nullopt;
  }
  // Host bits are the one fault that leaves address and prefix well-formed: 0.0.0.0 has none, so it tests the prefix.
  const auto prefix = base ? parse_subnet("0.0.0.0" + text.substr(slash)) : std::nullopt;
  if (prefix) {
    const Subnet meant{{base->value & prefix->mask()}, prefix->prefix};
    reader.diagnostics().error(
        value.where,
        fmt::format("{}: '{}' is the address of a node, not of a network", value.what, text),
        fmt::format("with prefix /{} the network is '{}'", meant.prefix, to_string(meant)));
    return std::nullopt;
  }
  reader.diagnostics().error(
      value.where,
      fmt::format("{}: '{}' is not a subnet", value.what, text),
      "write four numbers from 0 to 255 and a prefix, for example '10.10.0.0/24'");
  return std::nullopt;
}

std::optional<Located<Ipv4Address>> read_address(YamlReader& reader, const YamlValue& value) {
  const auto written = reader.text(value, "10.10.0.7");
  if (!written) {
    return std::nullopt;
  }
  const auto address = parse_ipv4(written->value);
  if (!address) {
    const auto slash = written->value.find('/');
    const auto bare = parse_ipv4(written->value.substr(0, slash));
    reader.diagnostics().error(
        value.where,
        fmt::format("{}: '{}' is not an IPv4 address", value.what, written->value),
        bare ? fmt::format("write '{}': the prefix belongs to the network's subnet", to_string(*bare))
             : "write four numbers from 0 to 255, for example '10.10.0.7', or nothing for an automatic address");
    return std::nullopt;
  }
  return Located<Ipv4Address>{*address, value.where};
}

void report_unknown_word(
    YamlReader& reader,
    const YamlValue& value,
    const std::string& word,
    const std::vector<std::string>& known,
    const std::vector<PlannedWord>& planned) {
  for (const PlannedWord& other : planned) {
    if (other.name == word) {
      reader.diagnostics().error(
          value.where, fmt::format("{}: '{}' is not available in this version", value.what, word), other.instead);
      return;
    }
  }
  reader.diagnostics().error(
      value.where, fmt::format("{}: unknown word '{}'", value.what, word), suggest(word, known, "Known words"));
}

} // namespace migralab
