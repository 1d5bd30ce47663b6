// SPDX-License-Identifier: Apache-2.0
// What a policy decides on: hosts and guests as they were measured.
#pragma once

#include "migralab/balance/load.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
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

/// Two guests that are in a group that stays together and in one that stays apart. A group has `kind` and `guests`.
template <typename Groups> [[nodiscard]] auto torn_pair(const Groups& groups) {
  using Member = typename std::decay_t<decltype(groups.front().guests)>::value_type;
  for (const auto& together : groups) {
    for (const auto& apart : groups) {
      if (together.kind != Group::Kind::together || apart.kind != Group::Kind::apart) {
        continue;
      }
      std::vector<Member> both;
      std::copy_if(apart.guests.begin(), apart.guests.end(), std::back_inserter(both), [&](const Member& guest) {
        return std::find(together.guests.begin(), together.guests.end(), guest) != together.guests.end();
      });
      if (both.size() > 1) {
        return std::optional(std::pair(both[0], both[1]));
      }
    }
  }
  return std::optional<std::pair<Member, Member>>();
}

/// A value. Names are unique among hosts and among guests, indices are those of the vectors.
struct Cluster {
  std::vector<Host> hosts;
  std::vector<Guest> guests;
  std::vector<Group> groups;
};

} // namespace migralab::balance
