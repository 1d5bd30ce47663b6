// SPDX-License-Identifier: Apache-2.0
// What balancing a lab came to, in the words of the command line.
#pragma once

#include "migralab/balancer/summary.hpp"

#include <string>

namespace migralab {

/// `limit`: above which a host counts as overloaded.
[[nodiscard]] std::string balance_summary_text(const balancer::BalanceSummary& summary, double limit);
/// `accelerator`: what ran the guests; "simulated" of a lab that is.
[[nodiscard]] std::string balance_summary_json(
    const balancer::BalanceSummary& summary,
    const std::string& policy,
    const std::string& accelerator);

} // namespace migralab
