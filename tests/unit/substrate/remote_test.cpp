// SPDX-License-Identifier: Apache-2.0
#include "migralab/substrate/remote.hpp"

#include "migralab/core/error.hpp"
#include "migralab/substrate/links.hpp"
#include "support/fake_runner.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace migralab {
namespace {

constexpr auto instance = "1a2b3c4d-0000-4000-8000-000000000000";

constexpr auto told = R"(user ada
root yes
kernel 6.1.0-18-amd64
name node1
connection 10.0.0.1 51234 10.0.0.11 22
hypervisor kvm
libvirt yes
vxlan yes
processor AMD EPYC 7302
flags fpu svm avx2
initiator iqn.1993-08.org.debian:01:node1
missing iscsiadm
missing mount.nfs
clock 1796000000.250
mtu 9000
a line of a newer program
)";

MakeLink link() {
  return {
      .network = "lan",
      .subnet = *parse_subnet("10.10.0.0/24"),
      .node = "n1",
      .address = *parse_ipv4("10.10.0.2"),
      .shaping = {.up = BitRate{100'000'000}, .down = BitRate{50'000'000}},
      .bridged = true,
      .machine = true,
      .mtu = 1450,
      .remote = remote_prefix(instance),
      .index = 3};
}

TEST(RemoteFacts, AreReadByName) {
  const RemoteFacts facts = parse_remote_facts(told);
  EXPECT_EQ(facts.user, "ada");
  EXPECT_TRUE(facts.root && facts.libvirt && facts.vxlan);
  EXPECT_EQ(facts.host_name, "node1");
  EXPECT_EQ(to_string(facts.controller), "10.0.0.1");
  EXPECT_EQ(to_string(facts.address), "10.0.0.11");
  EXPECT_EQ(facts.hypervisor, "kvm");
  EXPECT_EQ(facts.processor, "AMD EPYC 7302");
  EXPECT_EQ(facts.flags, (std::vector<std::string>{"avx2", "fpu", "svm"})) << "sorted, to be compared";
  EXPECT_EQ(facts.missing, (std::vector<std::string>{"iscsiadm", "mount.nfs"}));
  EXPECT_DOUBLE_EQ(facts.clock, 1796000000.25);
  EXPECT_EQ(facts.mtu, 9000U);
}

TEST(RemoteFacts, WhatIsNotToldIsNotThere) {
  const RemoteFacts facts = parse_remote_facts("user ada\nconnection fe80::1 5 fe80::2 22\nmtu \n");
  EXPECT_FALSE(facts.root || facts.libvirt || facts.vxlan);
  EXPECT_EQ(facts.address, Ipv4Address{}) << "IPv6 is no address for these networks";
  EXPECT_EQ(facts.mtu, 0U);
}

/// Its words, and the hint.
std::string complaint(const std::string& of_ssh) {
  test::FakeRunner runner;
  runner.on("ssh", test::exited(255, "", of_ssh));
  try {
    static_cast<void>(ask_remote("ada@node1", runner));
  } catch (const Error& error) {
    return std::string(error.what()) + " (" + error.hint() + ")";
  }
  return "no error";
}

TEST(AskRemote, SaysWhatSshSaid) {
  EXPECT_EQ(
      complaint("Host key verification failed.\n"),
      "ssh ada@node1: Host key verification failed (its host key is not known here: `ssh ada@node1` shows it; look "
      "whether it is right)");
  EXPECT_EQ(
      complaint("@@@@@\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\n@@@@@\nHost key verification failed.\n"),
      "ssh ada@node1: Host key verification failed (its host key is another one than the one that is known here: `ssh "
      "ada@node1` shows it; look whether it is right)");
  EXPECT_EQ(
      complaint("ssh: Could not resolve hostname node1\n"),
      "ssh ada@node1: ssh: Could not resolve hostname node1 (`ssh ada@node1 true` has to work without a question)");
  EXPECT_EQ(
      complaint("sudo: a password is required\n"),
      "ssh ada@node1: sudo: a password is required (log in as root, or allow the user sudo without a password)");
}

TEST(WayToRemote, TakesNoOptionForADestination) {
  EXPECT_THROW(static_cast<void>(way_to_remote("-oProxyCommand=true")), Error);
  EXPECT_THROW(static_cast<void>(way_to_remote("")), Error);
}

TEST(RemoteNames, SayWhoseTheyAre) {
  EXPECT_EQ(remote_prefix(instance), "ml1a2b3c");
  const LinkEnds ends = ends_of(link());
  EXPECT_EQ(ends.node.interface, "ml1a2b3cu3");
  EXPECT_EQ(ends.port.interface, "ml1a2b3cp3");
  EXPECT_LE(ends.port.interface.size(), 15U);
}

TEST(RemoteNetwork, IsToldAsWords) {
  const Command command = network_command(
      instance,
      link(),
      {.own = *parse_ipv4("10.0.0.11"),
       .addresses = {*parse_ipv4("10.0.0.1"), *parse_ipv4("10.0.0.12")},
       .port = 4789});
  const std::vector<std::string> words(command.argv.begin() + 4, command.argv.end());
  ASSERT_EQ(words.size(), 11U);
  EXPECT_EQ(words[0], "network");
  EXPECT_EQ(words[1], instance);
  EXPECT_EQ(words[2], "3");
  EXPECT_EQ(words[3], "1450");
  EXPECT_EQ(words[5], "4789");
  EXPECT_EQ(words[6], "10.0.0.11");
  EXPECT_EQ(words[7], "10.10.0.2/24");
  EXPECT_EQ(words[9], "10.0.0.1");
  EXPECT_EQ(words[10], "10.0.0.12");
}

TEST(RemoteNetwork, ItsNumberFitsAndDiffers) {
  EXPECT_NE(vxlan_id(instance, 0), vxlan_id(instance, 1));
  for (unsigned i = 0; i < 100; ++i) {
    EXPECT_GT(vxlan_id(instance, i), 0U);
    EXPECT_LT(vxlan_id(instance, i), 1U << 24U);
  }
}

TEST(RemoteObjects, AreLinesOfFourParts) {
  const std::vector<RemoteObject> objects =
      parse_objects("u-1\tlab\tguest\tg-1\n\t\tinterface\tml1a2b3cb0\nnonsense\n");
  ASSERT_EQ(objects.size(), 2U);
  EXPECT_EQ(objects[0].instance, "u-1");
  EXPECT_EQ(objects[0].kind, "guest");
  EXPECT_EQ(objects[1].instance, "");
  EXPECT_EQ(objects[1].what, "ml1a2b3cb0");
}

} // namespace
} // namespace migralab
