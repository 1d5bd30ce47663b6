// SPDX-License-Identifier: Apache-2.0
#include "migralab/substrate/links.hpp"

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
  test::expect_golden(
      golden("bridges.txt"), text_of(bridge_commands({{{"lan"}, {"a-network-with-a-long-name", 9000}}})));
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

TEST(LinkCommands, OfAVlanAreGolden) {
  MakeLink link = link_to("h1", true, std::nullopt);
  link.vlan = 20;
  link.mtu = 9000;
  test::expect_golden(
      golden("vlan.txt"),
      text_of(bridge_commands({{{"lan"}, {"blue", 1500, 10}, {"red", 9000, 20}}})) + text_of(link_commands(link)));
}

TEST(LinkCommands, OfDelayAndLossAreGolden) {
  MakeLink link = link_to("h1", true, BitRate{100'000'000});
  link.shaping.down.reset();
  link.shaping.delay = std::chrono::milliseconds(250);
  link.shaping.loss = 0.003;
  const auto commands = link_commands(link);
  test::expect_golden(golden("netem.txt"), text_of({commands.begin() + 2, commands.end()}));
}

TEST(GatewayCommands, StartItOutsideAndPlugItIn) {
  const Gateway gateway{{"lan", 1500, 20}, *parse_subnet("10.10.0.0/24")};
  EXPECT_EQ(
      to_string(gateway_command(gateway, "/log")),
      "slirp4netns --netns-type=path --cidr=10.10.0.0/24 --mtu=1500 --disable-host-loopback --enable-sandbox "
      "/run/migralab/switch/ns/net lan.switch");
  EXPECT_EQ(gateway_command(gateway, "/log").inside, NamespaceSet{}) << "its sockets are the machine's";
  EXPECT_EQ(
      text_of(gateway_link_commands(gateway)),
      "in /run/migralab/switch/ns/net: ip -batch -\n"
      "link set dev lan.switch mtu 1500 master VLAN up\n"
      "in /run/migralab/switch/ns/net: bridge vlan add dev lan.switch vid 20 pvid untagged\n");
}

TEST(ShapingCommands, ReplaceWhatIsThere) {
  const MakeLink link = link_to("h1", true, BitRate{10'000'000});
  EXPECT_EQ(
      text_of(shaping_commands(link, {.up = BitRate{200'000}})),
      "in /run/migralab/switch/ns/net: tc qdisc replace dev lan.h1 root noqueue\n"
      "in /run/migralab/h1/ns/net: tc qdisc replace dev up.lan root tbf rate 200000bit burst 67584b latency 50ms\n");
  EXPECT_EQ(
      text_of(shaping_commands(link, {.delay = std::chrono::milliseconds(1)})),
      "in /run/migralab/switch/ns/net: tc qdisc replace dev lan.h1 root noqueue\n"
      "in /run/migralab/h1/ns/net: tc qdisc replace dev up.lan root noqueue\n"
      "in /run/migralab/switch/ns/net: tc qdisc replace dev lan.h1 root handle 1: netem delay 1000us limit 1651\n"
      "in /run/migralab/h1/ns/net: tc qdisc replace dev up.lan root handle 1: netem delay 1000us limit 1651\n");
}

} // namespace
} // namespace migralab
