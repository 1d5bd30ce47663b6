// SPDX-License-Identifier: Apache-2.0
// What cables of hosts and cables of guests have in common.
#pragma once

#include "migralab/substrate/links.hpp"

#include <string>
#include <vector>

namespace migralab {

/// A locally administered address for a host's bridge. Without one of its own a bridge takes the lowest of its ports',
/// and libvirt gives the taps of one guest the same address on every host: once in about fifty labs a host's bridge
/// would bear the address of a tap, which the guest's next host takes for one of its own, and never answer it.
[[nodiscard]] std::string own_address(const std::string& node, const std::string& name);

/// `tc qdisc replace` of one end.
[[nodiscard]] Command qdisc(const LinkEnd& end, const std::vector<std::string>& arguments);

/// The arguments of tc-tbf(8) for a rate.
[[nodiscard]] std::vector<std::string> tbf(BitRate rate);

} // namespace migralab
