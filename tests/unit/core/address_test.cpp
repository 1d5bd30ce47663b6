// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/address.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

TEST(Address, ReadsAndPrints) {
  const auto address = parse_ipv4("10.20.30.40");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->value, 0x0a141e28U);
  EXPECT_EQ(to_string(*address), "10.20.30.40");
  EXPECT_EQ(to_string(*parse_ipv4("255.255.255.255")), "255.255.255.255");
  EXPECT_EQ(parse_ipv4("0.0.0.0")->value, 0U);
}

TEST(Address, RefusesWhatIsNoAddress) {
  for (const char* text :
       {"",
        "10",
        "10.0.0",
        "10.0.0.1.2",
        "10.0.0.256",
        "10.0.0.-1",
        "10.0.0.01",
        "10..0.1",
        "10.0.0.1 ",
        " 10.0.0.1",
        "a.b.c.d",
        "10.0.0.",
        "10.0.0.1/24",
        "10.0.0.1000",
        "+1.0.0.0"}) {
    EXPECT_FALSE(parse_ipv4(text)) << text;
  }
}

TEST(Subnet, ReadsAndPrints) {
  const auto subnet = parse_subnet("10.10.0.0/22");
  ASSERT_TRUE(subnet);
  EXPECT_EQ(to_string(*subnet), "10.10.0.0/22");
  EXPECT_EQ(to_string(subnet->broadcast()), "10.10.3.255");
  EXPECT_TRUE(subnet->contains(*parse_ipv4("10.10.3.7")));
  EXPECT_FALSE(subnet->contains(*parse_ipv4("10.10.4.0")));
  EXPECT_TRUE(parse_subnet("0.0.0.0/0"));
  EXPECT_TRUE(parse_subnet("10.0.0.1/32"));
}

TEST(Subnet, RefusesHostBitsAndNonsense) {
  for (const char* text :
       {"10.10.0.1/24", "10.10.0.0", "10.10.0.0/", "10.10.0.0/33", "10.10.0.0/x", "/24", "10.10.0/24"}) {
    EXPECT_FALSE(parse_subnet(text)) << text;
  }
}

TEST(Subnet, OverlapsBothWays) {
  const Subnet wide = *parse_subnet("10.0.0.0/8");
  const Subnet narrow = *parse_subnet("10.3.0.0/24");
  EXPECT_TRUE(wide.overlaps(narrow));
  EXPECT_TRUE(narrow.overlaps(wide));
  EXPECT_FALSE(narrow.overlaps(*parse_subnet("10.3.1.0/24")));
}

} // namespace
} // namespace migralab
