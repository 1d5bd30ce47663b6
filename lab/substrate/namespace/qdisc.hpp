// SPDX-License-Identifier: Apache-2.0
// What cables of hosts and cables of guests have in common.
#pragma once

#include "migralab/substrate/links.hpp"

#include <string>
#include <vector>

namespace migralab {

/// `tc qdisc replace` of one end.
[[nodiscard]] Command qdisc(const LinkEnd& end, const std::vector<std::string>& arguments);

/// The arguments of tc-tbf(8) for a rate.
[[nodiscard]] std::vector<std::string> tbf(BitRate rate);

} // namespace migralab
