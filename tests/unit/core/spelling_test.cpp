// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/spelling.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

const std::vector<std::string> keys{"memory", "hypervisor", "networks", "cpus"};

TEST(Spelling, FindsSlips) {
  EXPECT_EQ(closest("memroy", keys), "memory"); // swapped
  EXPECT_EQ(closest("hypervizor", keys), "hypervisor");
  EXPECT_EQ(closest("network", keys), "networks");
  EXPECT_EQ(closest("Memory", keys), "memory"); // case is no distance
  EXPECT_EQ(closest("h3", {"h1", "h2"}), "h1");
}

TEST(Spelling, StaysSilentWhenNothingIsNear) {
  EXPECT_EQ(closest("colour", keys), std::nullopt);
  EXPECT_EQ(closest("b", {"a"}), std::nullopt);
  EXPECT_EQ(closest("", keys), std::nullopt);
  EXPECT_EQ(closest("x", {}), std::nullopt);
}

TEST(Spelling, PrefersTheNearest) {
  EXPECT_EQ(closest("host12", {"host1", "host123", "host12"}), "host12");
}

TEST(Spelling, Suggests) {
  EXPECT_EQ(
      suggest("cpu", keys, "Keys of a host"),
      "did you mean 'cpus'? Keys of a host: memory, hypervisor, networks, cpus");
  EXPECT_EQ(suggest("zzz", {"a", "b"}, "Hosts"), "Hosts: a, b");
  EXPECT_EQ(suggest("zzz", {}, "Hosts"), "Hosts: none");
}

} // namespace
} // namespace migralab
