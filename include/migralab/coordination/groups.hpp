// SPDX-License-Identifier: Apache-2.0
// Rules of guests among themselves, for a cluster that is put together from reports.
#pragma once

#include "migralab/coordination/whereabouts.hpp"

#include <set>
#include <string>
#include <vector>

namespace migralab::coordination {

/// As balance::Group, by names: it stands for guests that come and go.
struct NamedGroup {
  balance::Group::Kind kind = balance::Group::Kind::together;
  std::set<std::string> guests;
};

/// Gives the cluster its groups; guests that nobody reports are left out of them. `in_flight`: moves that the
/// coordinator knows of. A guest of a group that has left and that its new host does not show yet is listed on its
/// source; guests in one group with a guest in doubt are in doubt.
void apply_groups(
    const std::vector<NamedGroup>& groups,
    const std::vector<balance::Move>& in_flight,
    Whereabouts& found);

} // namespace migralab::coordination
