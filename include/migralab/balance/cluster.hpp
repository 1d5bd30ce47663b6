// SPDX-License-Identifier: Apache-2.0
// What a policy decides on: hosts and guests as they were measured.
#pragma once

#include "migralab/balance/load.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace migralab::balance {

using HostIndex = std::uint32_t;
using GuestIndex = std::uint32_t;

struct Host {
  std::string name;
  Load load;               ///< smoothed shares of its capacity, its guests included
  Load capacity{1, 1, 1};  ///< in any unit, the same for all hosts; above 0
  bool evacuating = false; ///< all its guests shall leave, and none may come
};

struct Guest {
  std::string name;
  HostIndex host = 0;
  Load load;           ///< smoothed shares of the capacity of its host
  double image_mb = 0; ///< memory to be sent, above 0
};

/// A rule of guests among themselves.
struct Group {
  enum class Kind {
    together, ///< on one host: affinity
    apart     ///< each on a host of its own: anti-affinity
  };
  Kind kind = Kind::together;
  std::vector<GuestIndex> guests;
};

/// A value. Names are unique among hosts and among guests, indices are those of the vectors.
struct Cluster {
  std::vector<Host> hosts;
  std::vector<Guest> guests;
  std::vector<Group> groups;
};

} // namespace migralab::balance
