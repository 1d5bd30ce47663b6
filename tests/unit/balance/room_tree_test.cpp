// SPDX-License-Identifier: Apache-2.0
#include "room_tree.hpp"

#include <gtest/gtest.h>
#include <random>

namespace migralab::balance {
namespace {

bool fits(const Load& demand, const Load& room) {
  return demand.cpu <= room.cpu && demand.mem <= room.mem && demand.net <= room.net;
}

TEST(RoomTree, FindsWhatLookingAtAllFinds) {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> share(0, 1);
  const auto load = [&] { return Load{share(random), share(random), share(random)}; };
  for (const std::size_t hosts : {1U, 2U, 3U, 7U, 8U, 100U}) {
    std::vector<Load> rooms;
    for (std::size_t i = 0; i < hosts; ++i) {
      rooms.push_back(load());
    }
    RoomTree tree(rooms);
    for (int round = 0; round < 300; ++round) {
      const std::size_t changed = random() % hosts;
      rooms[changed] = round % 5 == 0 ? all_of(-1) : load();
      tree.set(changed, rooms[changed]);
      const Load demand = load();
      const std::size_t from = random() % (hosts + 1);
      std::optional<std::size_t> expected;
      for (std::size_t i = from; i < hosts && !expected; ++i) {
        expected = fits(demand, rooms[i]) ? std::optional(i) : std::nullopt;
      }
      EXPECT_EQ(tree.next(from, demand), expected) << hosts << " hosts, from " << from;
    }
  }
}

TEST(RoomTree, WithoutHostsThereIsNone) {
  EXPECT_EQ(RoomTree({}).next(0, {0, 0, 0}), std::nullopt);
}

TEST(RoomTree, AGuestThatNeedsNothingFitsOnlyWhereThereIsRoomAtAll) {
  EXPECT_EQ(RoomTree({all_of(-1), all_of(0)}).next(0, {0, 0, 0}), 1U);
}

} // namespace
} // namespace migralab::balance
