// SPDX-License-Identifier: Apache-2.0
// Subnets and addresses as a topology file writes them.
#pragma once

#include "migralab/core/address.hpp"
#include "value_kind.hpp"

namespace migralab {

/// "10.10.0.0/24": the address of a network, with a prefix that leaves room for nodes.
[[nodiscard]] ValueKind<Subnet> subnet_kind();

[[nodiscard]] std::optional<Located<Ipv4Address>> read_address(YamlReader& reader, const YamlValue& value);
[[nodiscard]] Json address_schema();

} // namespace migralab
