// SPDX-License-Identifier: Apache-2.0
#include "addresses.hpp"

#include <fmt/format.h>

namespace migralab {
namespace {

constexpr unsigned widest_prefix = 8;
constexpr unsigned narrowest_prefix = 29;

constexpr const char* dotted = "([0-9]{1,3}\\.){3}[0-9]{1,3}";

std::optional<Subnet> read_subnet(YamlReader& reader, const YamlValue& value) {
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
    return subnet;
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

} // namespace

ValueKind<Subnet> subnet_kind() {
  return {read_subnet, {{"type", "string"}, {"pattern", fmt::format("^{}/[0-9]+$", dotted)}}};
}

Json address_schema() {
  return {{"type", "string"}, {"pattern", fmt::format("^{}$", dotted)}};
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

} // namespace migralab
