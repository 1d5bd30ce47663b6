// SPDX-License-Identifier: Apache-2.0
// The score by which Ganeti's `hbal` judges a cluster, and its greedy search for moves that lower it, on the files that
// it reads: a rival, and one that everybody can run beside this (Debian package ganeti-htools).
#pragma once

#include "migralab/balance/cluster.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace migralab::simulation {

struct GanetiNode {
  std::string name;
  double memory_mb = 0;
  double free_memory_mb = 0; ///< without what instances are given
  double disk_mb = 0;
  double free_disk_mb = 0;
  double cores = 0;
  double own_vcpus = 0; ///< that the node itself uses
  double speed = 1;     ///< of a core, against others
  bool offline = false; ///< instances shall leave it
};

struct GanetiInstance {
  std::string name;
  double memory_mb = 0;
  double vcpus = 0;
  std::size_t node = 0;
  bool movable = true;
  std::array<double, 4> load{1, 1, 1, 1}; ///< processor, memory, disk, network, in any unit
};

/// A value. All disks are shared (template "ext"), so that a move is a migration and nothing else.
struct GanetiCluster {
  std::vector<GanetiNode> nodes;
  std::vector<GanetiInstance> instances;
  double vcpu_ratio = 4; ///< vcpus of a core, at most
};

/// How the texts are called in messages.
struct GanetiNames {
  std::string state = "state";
  std::string loads = "loads";
};

/// `state`: what `gnt-cluster` and `hscan` write and `hbal -t` reads; `loads`: a line "NAME CPU MEM DISK NET" for each
/// instance that has others than 1, as of `hbal -U`. Throws Error (exit code 2) "NAME:LINE: ..." for a mistake, and for
/// what is not weighed here: several groups, other disk templates, tags of htools, instances that do not run.
[[nodiscard]] GanetiCluster
parse_ganeti(std::string_view state, std::string_view loads = {}, const GanetiNames& names = {});

/// The files that `hbal -t STATE -U LOADS` reads, which parse_ganeti() reads back: one group, shared disks, instances
/// that run, no tags.
struct HbalFiles {
  std::string state;
  std::string loads;
};
[[nodiscard]] HbalFiles hbal_files(const GanetiCluster& cluster);

/// A cluster of room balance as Ganeti would see it: memory of the largest host is 1 TB (which unit a cluster's
/// capacities have is not told), disks are shared and empty, each guest has a vcpu and each host a core that takes a
/// thousand of them; loads are shares of the largest host's. Hosts that are to be emptied are offline.
[[nodiscard]] GanetiCluster ganeti_of(const balance::Cluster& cluster);

/// The sum of population standard deviations over the nodes that are not offline: of the free part of memory and disk,
/// of vcpus for each core, of loads of processor, memory, disk and network; and 20 for each instance on an offline
/// node.
[[nodiscard]] double hbal_score(const GanetiCluster& cluster);

struct HbalMove {
  std::size_t instance = 0;
  std::size_t from = 0;
  std::size_t to = 0;
  double score = 0; ///< after it
};

/// hbal's options -e, -g, --min-gain-limit and -l, with its defaults.
struct HbalLimits {
  double min_score = 1e-9;
  double min_gain = 0.01; ///< that a move must bring where the score is at `min_gain_limit` or below
  double min_gain_limit = 0.1;
  std::size_t moves = static_cast<std::size_t>(-1);
};

/// One move after the other, each the one that lowers the score most. A node takes no instance that leaves it without
/// free memory, or with more vcpus than it may have. hbal adds up the cluster for every move that it looks at; here
/// that is a difference of sums, in a time that does not depend on how many nodes there are.
[[nodiscard]] std::vector<HbalMove> hbal_moves(GanetiCluster cluster, const HbalLimits& limits = {});

} // namespace migralab::simulation
