// SPDX-License-Identifier: Apache-2.0
#include "migralab/substrate/uplink.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

constexpr std::uint32_t lan = 7;

/// Destination and source, of which only the last byte matters, and no more.
std::string frame(char to, char from) {
  return {'\x02', 0, 0, 0, 0, to, '\x02', 0, 0, 0, 0, from};
}

/// For all: the first bit of the first byte on the wire is set.
std::string broadcast(char from) {
  return {'\xff', '\xff', '\xff', '\xff', '\xff', '\xff', '\x02', 0, 0, 0, 0, from};
}

TEST(Vxlan, HeaderIsThatOfRfc7348) {
  EXPECT_EQ(vxlan_header(0xabcdef), (std::string{'\x08', 0, 0, 0, '\xab', '\xcd', '\xef', 0}));
}

TEST(Vxlan, ANetworkIsReadBack) {
  for (const std::uint32_t vni : {1U, 0x80U, 0xff00U, 0xffffffU}) {
    EXPECT_EQ(vxlan_network(vxlan_header(vni) + "frame"), vni);
  }
}

TEST(Vxlan, WhatIsNoneIsToldFromIt) {
  EXPECT_EQ(vxlan_network(""), std::nullopt);
  EXPECT_EQ(vxlan_network("\x08\0\0"), std::nullopt) << "torn";
  EXPECT_EQ(vxlan_network(std::string(8, '\0')), std::nullopt) << "the flag of a valid network is not set";
}

TEST(Stations, AreWhereTheyWereHeardLast) {
  Stations stations;
  EXPECT_EQ(stations.place_of(lan, frame('a', 'b'), 0), std::nullopt);
  stations.heard(lan, frame('b', 'a'), 0, 10);
  EXPECT_EQ(stations.place_of(lan, frame('a', 'b'), 11), 0U);
  stations.heard(lan, broadcast('a'), 1, 12); // a guest that has arrived says so to all
  EXPECT_EQ(stations.place_of(lan, frame('a', 'b'), 13), 1U);
}

TEST(Stations, AreForgottenAndAreOfOneNetwork) {
  Stations stations;
  stations.heard(lan, frame('b', 'a'), 0, 10);
  EXPECT_EQ(stations.place_of(lan, frame('a', 'b'), 310), 0U);
  EXPECT_EQ(stations.place_of(lan, frame('a', 'b'), 311), std::nullopt);
  EXPECT_EQ(stations.place_of(lan + 1, frame('a', 'b'), 11), std::nullopt);
}

TEST(Stations, AGroupHasNoPlace) {
  Stations stations;
  std::string from_a_group = frame('b', 'a');
  from_a_group[6] = '\xff';
  stations.heard(lan, from_a_group, 0, 10);
  std::string to_it = frame('a', 'b');
  to_it[0] = '\xff';
  EXPECT_EQ(stations.place_of(lan, to_it, 10), std::nullopt);
}

TEST(Stations, AFloodOfMadeUpAddressesDoesNotPushOutTheKnown) {
  Stations stations;
  stations.heard(lan, frame('b', 'a'), 1, 10);
  for (int i = 0; i < 100'000; ++i) {
    std::string made_up = frame('b', static_cast<char>(i));
    made_up[7] = static_cast<char>(1 + i / 256 % 200);
    made_up[8] = static_cast<char>(i / 50'000);
    stations.heard(lan, made_up, 0, 10);
  }
  EXPECT_EQ(stations.place_of(lan, frame('a', 'b'), 10), 1U);
  stations.heard(lan, frame('b', 'a'), 2, 11);
  EXPECT_EQ(stations.place_of(lan, frame('a', 'b'), 11), 2U) << "who is known may still move";
}

TEST(Uplink, PortIsOneThatIsFree) {
  const std::uint16_t port = choose_uplink_port();
  EXPECT_NE(port, 0);
}

TEST(Uplink, ANonsenseCommandLineEndsIt) {
  EXPECT_EQ(uplink_main({"127.0.0.1", "4789", "not-an-address", "7=REMOTE.0"}), 1);
  EXPECT_EQ(uplink_main({}), 1);
}

} // namespace
} // namespace migralab
