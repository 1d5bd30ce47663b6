// SPDX-License-Identifier: Apache-2.0
// The search for a combination against looking at all of them.
#include "combination.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>

namespace migralab::balance {
namespace {

constexpr std::size_t no_limit = std::size_t(1) << 40U;

/// A destination of its own for every member from `position` on, by trying all.
bool each_finds_one(const std::vector<const Leaver*>& members, std::size_t position, std::vector<HostIndex>& occupied) {
  if (position == members.size()) {
    return true;
  }
  for (const HostIndex host : members[position]->destinations) {
    if (std::find(occupied.begin(), occupied.end(), host) == occupied.end()) {
      occupied.push_back(host);
      if (each_finds_one(members, position + 1, occupied)) {
        return true;
      }
      occupied.pop_back();
    }
  }
  return false;
}

struct Best {
  std::size_t size = 0; // 0: there is none
  double cost = std::numeric_limits<double>::infinity();
  std::vector<std::size_t> members;
  std::vector<HostIndex> destinations;
};

Best exhaustive(const std::vector<Leaver>& leavers, const Load& excess) {
  Best best;
  for (std::uint32_t set = 1; set < 1U << leavers.size(); ++set) {
    const auto size = static_cast<std::size_t>(std::popcount(set));
    if (size < 2 || (best.size != 0 && size > best.size)) {
      continue;
    }
    double cost = 0;
    Load relief;
    std::vector<const Leaver*> members;
    std::vector<std::size_t> numbers;
    for (std::size_t i = 0; i < leavers.size(); ++i) {
      if ((set >> i & 1U) != 0) {
        cost += leavers[i].cost;
        relief += leavers[i].relief;
        members.push_back(&leavers[i]);
        numbers.push_back(i);
      }
    }
    const bool better = best.size == 0 || size < best.size || cost < best.cost;
    std::vector<HostIndex> destinations;
    if (better && within(excess - relief, 0) && each_finds_one(members, 0, destinations)) {
      best = {size, cost, numbers, destinations};
    }
  }
  return best;
}

/// Leavers by cost, with destinations among few hosts, so that they get in each other's way.
std::vector<Leaver> random_leavers(std::mt19937& random, std::size_t count, HostIndex hosts) {
  std::uniform_real_distribution<double> share(0, 0.2);
  std::vector<Leaver> leavers(count);
  for (Leaver& leaver : leavers) {
    leaver.cost = 100 * share(random);
    leaver.relief = {share(random), share(random), share(random)};
    for (HostIndex host = 0; host < hosts; ++host) {
      if (random() % 3 == 0) {
        leaver.destinations.push_back(host);
      }
    }
    std::shuffle(leaver.destinations.begin(), leaver.destinations.end(), random);
  }
  std::erase_if(leavers, [](const Leaver& leaver) { return leaver.destinations.empty(); });
  std::sort(leavers.begin(), leavers.end(), [](const Leaver& a, const Leaver& b) { return a.cost < b.cost; });
  return leavers;
}

void expect_as_exhaustive(const std::vector<Leaver>& leavers, const Load& excess) {
  const Best best = exhaustive(leavers, excess);
  const Combination found = cheapest_combination(leavers, excess, leavers.size(), no_limit);
  EXPECT_TRUE(found.complete);
  EXPECT_EQ(found.members, best.members);
  EXPECT_EQ(found.destinations, best.destinations) << "the cheapest chooses first";
  EXPECT_LE(found.steps, std::size_t(2) << leavers.size()) << "2^(n+1)";
}

TEST(Combination, NeverWorseThanExhaustive) {
  std::mt19937 random(7);
  std::size_t found = 0;
  for (int round = 0; round < 400; ++round) {
    const auto leavers = random_leavers(random, 3 + random() % 8, static_cast<HostIndex>(2 + random() % 5));
    const double excess = 0.05 + 0.1 * static_cast<double>(random() % 6);
    expect_as_exhaustive(leavers, {excess, excess / 2, 0});
    found += exhaustive(leavers, {excess, excess / 2, 0}).size > 0 ? 1U : 0U;
  }
  EXPECT_GT(found, 100U) << "else nothing was compared";
  EXPECT_LT(found, 390U);
}

TEST(Combination, NeverWorseThanExhaustiveWithTwentyGuests) {
  std::mt19937 random(11);
  for (int round = 0; round < 3; ++round) {
    auto leavers = random_leavers(random, 40, 6);
    leavers.resize(20);
    expect_as_exhaustive(leavers, {0.5, 0.4, 0.3});
  }
}

TEST(Combination, PairsBeforeTriplesEvenWhereTheseAreCheaper) {
  const std::vector<HostIndex> anywhere{0, 1, 2};
  const std::vector<Leaver> leavers{
      {1, {0.1, 0, 0}, anywhere}, {1, {0.1, 0, 0}, anywhere}, {1, {0.1, 0, 0}, anywhere}, {50, {0.2, 0, 0}, anywhere}};
  const Combination found = cheapest_combination(leavers, {0.3, 0, 0}, 4, no_limit);
  EXPECT_EQ(found.members, (std::vector<std::size_t>{0, 3})) << "as published: two by two, then three by three";
  EXPECT_EQ(found.destinations, (std::vector<HostIndex>{0, 1}));
}

TEST(Combination, MakesWayForAGuestThatHasNoOtherDestination) {
  const std::vector<Leaver> leavers{{1, {0.1, 0, 0}, {5, 6}}, {2, {0.1, 0, 0}, {5}}};
  const Combination found = cheapest_combination(leavers, {0.2, 0, 0}, 2, no_limit);
  EXPECT_EQ(found.destinations, (std::vector<HostIndex>{6, 5}));
}

TEST(Combination, OneDestinationIsNotEnoughForTwo) {
  const std::vector<Leaver> leavers{{1, {0.1, 0, 0}, {5}}, {2, {0.1, 0, 0}, {5}}};
  EXPECT_TRUE(cheapest_combination(leavers, {0.2, 0, 0}, 2, no_limit).members.empty());
}

TEST(Combination, IsNoLargerThanAllowed) {
  const std::vector<HostIndex> anywhere{0, 1, 2};
  const std::vector<Leaver> leavers(3, {1, {0.1, 0, 0}, anywhere});
  EXPECT_TRUE(cheapest_combination(leavers, {0.3, 0, 0}, 2, no_limit).members.empty());
  EXPECT_EQ(cheapest_combination(leavers, {0.3, 0, 0}, 3, no_limit).members.size(), 3U);
}

TEST(Combination, InfiniteCostsAreCostsLikeOthers) {
  const double infinite = std::numeric_limits<double>::infinity();
  const std::vector<HostIndex> anywhere{0, 1};
  const std::vector<Leaver> leavers{
      {1, {0.0, 0, 0}, anywhere}, {infinite, {0.1, 0, 0}, anywhere}, {infinite, {0.2, 0, 0}, anywhere}};
  EXPECT_EQ(cheapest_combination(leavers, {0.2, 0, 0}, 3, no_limit).members, (std::vector<std::size_t>{0, 2}));
}

TEST(Combination, SaysWhenItGaveUp) {
  std::vector<Leaver> leavers;
  for (HostIndex i = 0; i < 30; ++i) { // each a bit too little, so that no pruning helps: the sums are just missed
    leavers.push_back({1.0 + i, {0.01, 0.01 * (i % 2), 0.01 * ((i + 1) % 2)}, {i}});
  }
  const Combination found = cheapest_combination(leavers, {0.1, 0.06, 0.06}, 20, 1000);
  EXPECT_FALSE(found.complete);
  EXPECT_EQ(found.steps, 1000U);
}

} // namespace
} // namespace migralab::balance
