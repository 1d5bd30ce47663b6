// SPDX-License-Identifier: Apache-2.0
#include "migralab/workload/place.hpp"

#include "migralab/core/error.hpp"
#include "migralab/workload/kind.hpp"
#include "support/fake_runner.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace migralab {
namespace {

Topology topology() {
  Topology topology;
  topology.lab = "here";
  const Attachment one{.network = "lan", .address = parse_ipv4("10.0.0.2").value()};
  const Attachment two{.network = "lan", .address = parse_ipv4("10.0.0.3").value()};
  const Attachment far{.network = "wan", .address = parse_ipv4("10.1.0.3").value()};
  topology.hosts = {{.name = "h1", .memory = Bytes::gib(1), .networks = {one}}};
  topology.clients = {{.name = "client", .networks = {two}}, {.name = "stranger", .networks = {far}}};
  GuestSpec guest;
  guest.name = "web";
  guest.host = "h1";
  guest.networks = {{.network = "lan", .address = parse_ipv4("10.0.0.4").value()}};
  topology.guests = {guest};
  return topology;
}

WorkloadPlace place_on(const std::string& node, const std::string& from = "client") {
  return make_place(topology(), node, from, parse_ipv4("10.0.0.4").value(), "/guest");
}

TEST(WorkloadPlace, RunsTheMachinesProgramsOnAClient) {
  const WorkloadPlace place = place_on("client");
  EXPECT_EQ(to_string(place.on_node({"ping", "-n"})), "/guest/guestbox leash --on-word ping -n");
  EXPECT_EQ(to_string(place.on_node({"again", "ab"})), "/guest/guestbox leash --on-word /guest/guestbox again ab");
  EXPECT_TRUE(place.on_node({"ping"}).holds_input);
  EXPECT_NE(place.on_node({"ping"}).inside, NamespaceSet{});
}

TEST(WorkloadPlace, LogsInToAGuestFromTheClient) {
  const Command command = place_on("web").on_node({"dbench", "a b"});
  EXPECT_EQ(command.argv.front(), "ssh");
  EXPECT_EQ(command.argv[command.argv.size() - 3], "root@10.0.0.4");
  EXPECT_EQ(command.argv.back(), "leash --on-word dbench 'a b'");
  EXPECT_TRUE(command.holds_input);
  EXPECT_NE(command.inside.net.native().find("client"), std::string::npos);
  EXPECT_TRUE(command.inside.mount.empty()) << "the key is in the machine's own files";
}

TEST(WorkloadPlace, KnowsTheOtherGuestsOnTheNetworksOfItsNode) {
  const auto guest = [](const std::string& name, const std::vector<std::pair<std::string, std::string>>& networks) {
    GuestSpec spec;
    spec.name = name;
    spec.host = "h1";
    for (const auto& [network, address] : networks) {
      spec.networks.push_back({.network = network, .address = parse_ipv4(address).value()});
    }
    return spec;
  };
  Topology there = topology();
  there.guests = {
      guest("web", {{"lan", "10.0.0.4"}, {"wan", "10.1.0.4"}}),
      guest("both", {{"wan", "10.1.0.5"}, {"lan", "10.0.0.5"}}),
      guest("far", {{"wan", "10.1.0.6"}}),
      guest("alone", {})};
  const auto peers = [&](const std::string& node) {
    std::string text;
    for (const Ipv4Address peer : peers_of(there, node)) {
      text += to_string(peer) + " ";
    }
    return text;
  };
  EXPECT_EQ(peers("web"), "10.0.0.5 10.1.0.6 ");
  EXPECT_EQ(peers("far"), "10.1.0.4 10.1.0.5 ");
  EXPECT_EQ(peers("alone"), "");
  EXPECT_EQ(peers("client"), "10.0.0.4 10.0.0.5 ");
  EXPECT_TRUE(place_on("web").peers.empty()) << "a lab with one guest";
  EXPECT_EQ(place_on("web").node, "web");
}

TEST(WorkloadPlace, RefusesANodeWithoutAWay) {
  EXPECT_THROW(place_on("nobody"), Error);
  EXPECT_THROW(place_on("web", "stranger"), Error);
}

std::string refusal(const std::string& kind, CommandResult answer) {
  test::FakeRunner runner;
  runner.on("ssh", std::move(answer));
  try {
    expect_programs(make_workload("disk", kind, "web", {}), topology(), place_on("web"), runner);
  } catch (const Error& error) {
    EXPECT_EQ(error.status() == ExitStatus::bad_input, runner.log().size() == 1 && error.hint() != "");
    return error.what() + std::string("; ") + error.hint();
  }
  EXPECT_EQ(runner.log().size(), 1U);
  EXPECT_NE(runner.log().front().find("'leash --on-word leash --lacking dbench again'"), std::string::npos);
  return "";
}

TEST(ExpectPrograms, AsksTheGuest) {
  EXPECT_EQ(refusal("dbench", test::exited(0)), "");
  EXPECT_EQ(
      refusal("dbench", test::exited(0, "dbench\n")),
      "workload disk: guest web (image micro) has no dbench; use image debian, which has it, or add it to the image's "
      "recipe");
  EXPECT_EQ(
      refusal("memory-writer", test::exited(127, "", "sh: leash: not found")),
      "workload disk: guest web (image micro) has no leash; use image micro or debian, which have it");
  EXPECT_NE(refusal("dbench", test::exited(255, "", "no route to host")).find("guest web"), std::string::npos);
}

TEST(ExpectPrograms, BeforeALabAsksTheRecipeOfTheImage) {
  const auto refused = [](const ImageCatalogue& images) -> std::string {
    try {
      expect_programs_before_lab(
          {make_workload("disk", "dbench", "web", {}),
           make_workload("memory", "memory-writer", "web", {}),
           make_workload("io", "fio", "web", {})},
          topology(),
          images);
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), ExitStatus::bad_input);
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(
      refused({{"micro", {.disk = {}, .memory = {}, .packages = {"busybox-static"}}}}),
      "workload disk: guest web (image micro) has no dbench\nworkload io: guest web (image micro) has no fio");
  EXPECT_EQ(refused({{"micro", {.disk = {}, .memory = {}, .packages = {"dbench", "fio"}}}}), "");
  EXPECT_EQ(refused({{"micro", {}}}), "") << "of a file of the user nothing is known";
  EXPECT_EQ(refused({}), "");
}

} // namespace
} // namespace migralab
