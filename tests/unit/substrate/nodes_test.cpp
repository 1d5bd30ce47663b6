// SPDX-License-Identifier: Apache-2.0
#include "migralab/substrate/nodes.hpp"

#include "support/golden.hpp"

#include <gtest/gtest.h>
#include <set>

namespace migralab {
namespace {

/// What a person would compare: where, which command, what it is fed.
std::string text_of(const std::vector<Command>& commands) {
  std::string text;
  for (const Command& command : commands) {
    text += "in " + command.inside.net.native() + ": " + to_string(command) + "\n" + command.input;
  }
  return text;
}

std::filesystem::path golden(const std::string& name) {
  return test::source_path("tests/unit/substrate/golden/" + name);
}

MakeLink link_to(const std::string& node, bool bridged, std::optional<BitRate> rate) {
  return {
      .network = "lan",
      .subnet = *parse_subnet("10.10.0.0/24"),
      .node = node,
      .address = *parse_ipv4("10.10.0.20"),
      .shaping = {.up = rate, .down = rate},
      .bridged = bridged};
}

TEST(InterfaceName, IsWhatAPersonExpectsWhereItFits) {
  EXPECT_EQ(interface_name("lan"), "lan");
  EXPECT_EQ(interface_name("lan", "h1"), "lan.h1");
  EXPECT_EQ(interface_name("123456789", "12345"), "123456789.12345") << "15 characters fit (IFNAMSIZ less its NUL)";
}

TEST(InterfaceName, FitsAndStaysUnique) {
  std::set<std::string> names;
  std::size_t made = 0;
  for (int network = 0; network < 8; ++network) {
    for (int node = 0; node < 40; ++node) {
      const std::string name =
          interface_name("migration-plane-" + std::to_string(network), "compute-host-" + std::to_string(node));
      EXPECT_LE(name.size(), 15U) << name;
      EXPECT_EQ(name.find_first_of("/ \t\n:"), std::string::npos) << name;
      names.insert(name);
      ++made;
    }
  }
  EXPECT_EQ(names.size(), made);
  EXPECT_EQ(
      interface_name("migration-plane-1", "compute-host-1"), interface_name("migration-plane-1", "compute-host-1"));
}

TEST(BridgeCommands, AreGolden) {
  test::expect_golden(golden("bridges.txt"), text_of(bridge_commands({"lan", "a-network-with-a-long-name"})));
}

TEST(LinkCommands, OfAHostAreGolden) {
  test::expect_golden(golden("link-host.txt"), text_of(link_commands(link_to("h1", true, BitRate{1'000'000'000}))));
}

TEST(LinkCommands, OfAClientAreGolden) {
  test::expect_golden(golden("link-client.txt"), text_of(link_commands(link_to("client", false, std::nullopt))));
}

TEST(LinkCommands, ShapeBothEnds) {
  const auto commands = link_commands(link_to("h1", true, BitRate{10'000'000}));
  ASSERT_EQ(commands.size(), 4U);
  EXPECT_EQ(commands[2].inside, (NamespaceSet{.net = namespaces_of(switch_node).net}));
  EXPECT_EQ(commands[3].inside, (NamespaceSet{.net = namespaces_of("h1").net}));
  EXPECT_EQ(to_string(commands[3]), "tc qdisc replace dev up.lan root tbf rate 10000000bit burst 67584b latency 50ms");
  EXPECT_EQ(link_commands(link_to("h1", true, std::nullopt)).size(), 2U);
}

TEST(LimitCommands, AreGolden) {
  test::expect_golden(
      golden("limit-guest.txt"),
      text_of(limit_commands(
          {.host = "h1",
           .guest = "web",
           .network = "lan",
           .up = BitRate{1'000'000},
           .down = BitRate{20'000'000},
           .mtu = 9000})));
}

TEST(LimitCommands, ShapeOnlyTheDirectionThatIsLimited) {
  const auto commands = limit_commands({.host = "h1", .guest = "web", .network = "lan", .down = BitRate{1'000'000}});
  ASSERT_EQ(commands.size(), 2U);
  EXPECT_EQ(
      to_string(commands[1]), "tc qdisc replace dev o.web.lan root tbf rate 1000000bit burst 67584b latency 50ms");
}

TEST(BridgeOfAGuest, IsItsOwnWhereItsNetworkIsLimited) {
  GuestSpec guest;
  guest.name = "web";
  guest.limits.memory = Bytes::mib(400);
  EXPECT_EQ(bridge_of_guest(guest, "lan"), "lan");
  guest.limits.network_down = BitRate{1'000'000};
  EXPECT_EQ(bridge_of_guest(guest, "lan"), "b.web.lan");
  const std::vector<Command> commands = limit_commands({.host = "h2", .guest = "web", .network = "lan"});
  EXPECT_NE(commands.front().input.find("link add b.web.lan "), std::string::npos);
}

TEST(NodeFolders, AreApart) {
  EXPECT_EQ(node_folder("h1"), "/run/migralab/h1");
  EXPECT_EQ(namespaces_of("h1").net, "/run/migralab/h1/ns/net");
  EXPECT_EQ(namespaces_of("h1").mount, "/run/migralab/h1/ns/mnt");
  EXPECT_EQ(namespaces_of("h1").uts, "/run/migralab/h1/ns/uts");
}

} // namespace
} // namespace migralab
