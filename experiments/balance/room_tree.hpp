// SPDX-License-Identifier: Apache-2.0
// Hosts in an order of preference, and the first of them that has room for a guest without asking them all: a tree over
// the order whose nodes know the most room, of each resource, that is below them.
#pragma once

#include "migralab/balance/cluster.hpp"

#include <optional>
#include <vector>

namespace migralab::balance {

class RoomTree {
public:
  /// The room of each position.
  explicit RoomTree(const std::vector<Load>& rooms);

  /// The first position from `from` on whose room is at least `demand`, in every resource.
  [[nodiscard]] std::optional<std::size_t> next(std::size_t from, const Load& demand) const;

  void set(std::size_t position, const Load& room);

private:
  std::size_t leaves_; // a power of two; node i has the children 2i and 2i + 1, the root is 1
  std::vector<Load> most_;
};

} // namespace migralab::balance
