// SPDX-License-Identifier: Apache-2.0
// Clusters as Ganeti writes them down, drawn from a seed: what hbal and its rival here are put to.
#pragma once

#include "migralab/simulation/random.hpp"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <string>
#include <vector>

namespace migralab::test {

struct GanetiFiles {
  std::string state;
  std::string loads;
};

inline constexpr const char* ganeti_policy =
    "|128,1,1024,1,1,1|128,1,1024,1,1,1;32768,8,1048576,16,8,12|ext,drbd,plain|4.0|32.0\n"
    "group-1|128,1,1024,1,1,1|128,1,1024,1,1,1;32768,8,1048576,16,8,12|ext,drbd,plain|4.0|32.0\n";

/// Ten instances a node, half of them on a fifth of the nodes; nodes differ in memory, cores and free disk.
inline GanetiFiles ganeti_files(std::size_t nodes, std::uint64_t seed) {
  simulation::Random random(seed);
  constexpr unsigned own_mb = 1024;
  std::string instances;
  GanetiFiles files;
  std::vector<std::uint64_t> used(nodes);
  for (std::size_t i = 0; i < nodes * 10; ++i) {
    const std::uint64_t node = random.below(random.below(2) == 0 ? std::max<std::size_t>(nodes / 5, 1) : nodes);
    const std::uint64_t memory_mb = 1024U << random.below(3);
    used[node] += memory_mb;
    instances +=
        fmt::format("inst{:03}|{}|10240|{}|running|Y|node{:02}||ext||1|-\n", i, memory_mb, 1 + random.below(2), node);
    files.loads += fmt::format(
        "inst{:03} {:.4f} {:.4f} 0 {:.4f}\n",
        i,
        2 * random.uniform(),
        0.1 + 0.1 * random.uniform(),
        0.3 * random.uniform());
  }
  files.state = "group-1|uuid-1|preferred||\n\n";
  for (std::size_t node = 0; node < nodes; ++node) {
    const std::uint64_t total_mb = 262144 + 65536 * (node % 3);
    files.state += fmt::format(
        "node{:02}|{}|{}|{}|1048576|{}|{}|N|uuid-1|1||N|0|1|1.0\n",
        node,
        total_mb,
        own_mb,
        total_mb - own_mb - used[node],
        1048576 - 4096 * (node % 4),
        48 + 16 * (node % 2));
  }
  files.state += "\n" + instances + "\n\n" + ganeti_policy;
  return files;
}

} // namespace migralab::test
