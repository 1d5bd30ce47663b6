// SPDX-License-Identifier: Apache-2.0
#include "room_tree.hpp"

#include <algorithm>
#include <bit>

namespace migralab::balance {

namespace {

constexpr double no_room = -1;

Load most_of(const Load& a, const Load& b) {
  return {std::max(a.cpu, b.cpu), std::max(a.mem, b.mem), std::max(a.net, b.net)};
}

bool fits(const Load& demand, const Load& room) {
  return demand.cpu <= room.cpu && demand.mem <= room.mem && demand.net <= room.net;
}

} // namespace

RoomTree::RoomTree(const std::vector<Load>& rooms)
    : leaves_(std::bit_ceil(std::max<std::size_t>(rooms.size(), 1))), most_(2 * leaves_, all_of(no_room)) {
  std::copy(rooms.begin(), rooms.end(), most_.begin() + static_cast<std::ptrdiff_t>(leaves_));
  for (std::size_t node = leaves_; node-- > 1;) {
    most_[node] = most_of(most_[2 * node], most_[2 * node + 1]);
  }
}

std::optional<std::size_t> RoomTree::next(std::size_t from, const Load& demand) const {
  if (from >= leaves_) {
    return std::nullopt;
  }
  std::size_t node = leaves_ + from;
  for (;;) {
    if (fits(demand, most_[node])) {
      if (node >= leaves_) {
        return node - leaves_;
      }
      node = 2 * node;
      continue;
    }
    while (node % 2 == 1) { // a right child, or the root: all that is below its parent was looked at
      node /= 2;
    }
    if (node == 0) {
      return std::nullopt;
    }
    ++node;
  }
}

void RoomTree::set(std::size_t position, const Load& room) {
  std::size_t node = leaves_ + position;
  most_[node] = room;
  while ((node /= 2) > 0) {
    most_[node] = most_of(most_[2 * node], most_[2 * node + 1]);
  }
}

} // namespace migralab::balance
