// SPDX-License-Identifier: Apache-2.0
#include "migralab/topology/topology.hpp"

#include "migralab/core/error.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

Topology two_planes() {
  Topology topology;
  topology.lab = "two";
  topology.networks = {
      {.name = "san", .subnet = *parse_subnet("10.0.1.0/24"), .roles = {Role::storage}},
      {.name = "lan", .subnet = *parse_subnet("10.0.2.0/24"), .roles = {Role::management, Role::storage, Role::guest}}};
  HostSpec host;
  host.name = "h1";
  host.networks = {{"lan", *parse_ipv4("10.0.2.10")}, {"san", *parse_ipv4("10.0.1.10")}};
  topology.hosts = {host};
  return topology;
}

TEST(Topology, LooksUpByName) {
  const Topology topology = two_planes();
  EXPECT_EQ(&network_of(topology, "lan"), &topology.networks[1]);
  EXPECT_EQ(&host_of(topology, "h1"), &topology.hosts[0]);
  EXPECT_THROW(static_cast<void>(storage_of(topology, "store")), Error);
  EXPECT_THROW(static_cast<void>(guest_of(topology, "web")), Error);
}

TEST(Topology, ListsKnownNamesWhenThereIsNone) {
  const Topology topology = two_planes();
  try {
    static_cast<void>(host_of(topology, "h2"));
    FAIL() << "no Error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "lab 'two' has no host 'h2'");
    EXPECT_EQ(error.hint(), "did you mean 'h1'? Hosts of this lab: h1");
    EXPECT_EQ(error.status(), ExitStatus::bad_input);
  }
}

TEST(Topology, AttachmentForARoleIsOnTheFirstNetworkWithIt) {
  const Topology topology = two_planes();
  const auto& networks = topology.hosts[0].networks;
  EXPECT_EQ(attachment_for(topology, networks, Role::storage), networks[1]); // san is first in the file
  EXPECT_EQ(attachment_for(topology, networks, Role::management), networks[0]);
  EXPECT_EQ(attachment_for(topology, networks, Role::migration), std::nullopt);
}

TEST(Topology, NamesItsWords) {
  EXPECT_EQ(to_string(Role::migration), "migration");
  EXPECT_EQ(to_string(Service::echo), "echo");
  EXPECT_EQ(to_string(Accelerator::automatic), "auto");
}

} // namespace
} // namespace migralab
