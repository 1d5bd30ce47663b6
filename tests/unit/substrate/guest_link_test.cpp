// SPDX-License-Identifier: Apache-2.0
#include "migralab/substrate/links.hpp"

#include "support/golden.hpp"

#include <gtest/gtest.h>

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
  EXPECT_NE(commands.front().input.find("link add name b.web.lan "), std::string::npos);
}

} // namespace
} // namespace migralab
