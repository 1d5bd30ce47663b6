// SPDX-License-Identifier: Apache-2.0
// Where guests are, by what all hosts tell: the cluster that a policy decides on, and what does not fit together.
#pragma once

#include "migralab/coordination/record.hpp"

#include <map>
#include <string>
#include <vector>

namespace migralab::coordination {

/// By host.
using Reports = std::map<std::string, Report>;

struct Whereabouts {
  balance::Cluster cluster; ///< hosts by name; no guest that is in doubt
  std::vector<LeftOut> left_out;
  std::vector<Doubt> doubts;
  std::string held_back; ///< why no guest may be moved to anywhere; empty: guests may
};

/// `in_flight`: moves that the coordinator knows of. `last_seen`: host by guest, from earlier rounds; brought up to
/// date.
[[nodiscard]] Whereabouts find_guests(
    const Reports& reports,
    const std::vector<balance::Move>& in_flight,
    std::map<std::string, std::string>& last_seen);

} // namespace migralab::coordination
