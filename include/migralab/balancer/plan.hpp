// SPDX-License-Identifier: Apache-2.0
// Who balances a lab, and from where: pure.
#pragma once

#include "migralab/balancer/config.hpp"
#include "migralab/substrate/control_groups.hpp"
#include "migralab/topology/topology.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace migralab::balancer {

/// What is asked for.
struct BalanceWish {
  std::string policy = "ferreira-2013";
  std::vector<std::string> parameters; ///< "NAME=VALUE"
  std::vector<coordination::NamedGroup> groups;
  std::set<std::string> evacuate; ///< hosts
  MigrationOptions migration;
};

struct BalancerPlan {
  std::string node; ///< where the coordinator is
  CoordinatorConfig coordinator;
  std::map<std::string, AgentConfig> agents; ///< by host
};

/// What a link without a rate is taken to carry.
inline constexpr BitRate unshaped_rate{10'000'000'000};

/// The coordinator is on a storage server, else on a client, else on the first host, whichever shares a network with
/// all hosts. `folder`: where the coordinator keeps its memory. `processors`: of this machine, for hosts whose topology
/// says nothing. Throws Error (exit code 2) for what cannot be balanced: a single host, no network that all share, a
/// guest whose disk only its host sees, an unknown policy, parameter, host or guest, a group of less than two.
[[nodiscard]] BalancerPlan plan_balancer(
    const Topology& topology,
    const ControlGroups& groups,
    const BalanceWish& wish,
    const std::filesystem::path& folder,
    unsigned processors);

} // namespace migralab::balancer
