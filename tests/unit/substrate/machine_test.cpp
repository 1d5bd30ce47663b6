// SPDX-License-Identifier: Apache-2.0
#include "migralab/substrate/machine.hpp"

#include "support/golden.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

std::filesystem::path golden(const std::string& name) {
  return test::source_path("tests/unit/substrate/golden/" + name);
}

MakeLink lan() {
  return {
      .network = "lan",
      .subnet = *parse_subnet("10.10.0.0/24"),
      .node = "x1",
      .address = *parse_ipv4("10.10.0.11"),
      .bridged = true,
      .machine = true,
      .mtu = 9000};
}

MachineBoot boot() {
  return {
      .host = "x1",
      .memory = Bytes::mib(704),
      .own_memory = Bytes::mib(448),
      .processors = 2,
      .hypervisor = "/cache/xen-host/hypervisor",
      .kernel = "/cache/a,b/kernel",
      .initramfs = "/cache/a,b/initramfs",
      .disk = "/labs/x,y/machines/x1.qcow2",
      .base = "/cache/a,b/root.img",
      .key = "AAAAC3Nz",
      .console_log = "/labs/x,y/logs/x1/console.log",
      .ports = ports_of("x1", {lan()})};
}

/// A word a line: what a person would compare.
std::string text_of(const Command& command) {
  std::string text;
  for (const std::string& word : command.argv) {
    text += word + "\n";
  }
  return text;
}

TEST(MachineCommand, OfAXenHostIsGolden) {
  test::expect_golden(golden("machine-xen.txt"), text_of(machine_command(boot())));
}

TEST(MachineCommand, WithoutAHypervisorTheKernelBootsAlone) {
  MachineBoot plain = boot();
  plain.hypervisor.clear();
  plain.kvm = true;
  test::expect_golden(golden("machine-kernel.txt"), text_of(machine_command(plain)));
}

TEST(MachineCommand, OfAStorageServerHasASecondDisk) {
  MachineBoot server = boot();
  server.hypervisor.clear();
  server.data = "/labs/x,y/machines/x1.data";
  test::expect_golden(golden("machine-storage.txt"), text_of(machine_command(server)));
}

TEST(MachinePorts, TheFirstIsForSshAndOnNoNetworkOfTheLab) {
  MakeLink other = lan();
  other.node = "x2";
  const std::vector<MachinePort> ports = ports_of("x1", {lan(), other});
  ASSERT_EQ(ports.size(), 2U) << "links of other nodes are not its own";
  EXPECT_EQ(ports.at(0).bridge, "ssh.node") << "no network has a dot in its name";
  EXPECT_EQ(ports.at(1).bridge, "lan");
  EXPECT_EQ(ports.at(1).name, "up.lan") << "as the plug of a host in namespaces";
  EXPECT_NE(ports.at(0).mac, ports.at(1).mac);
  EXPECT_NE(ports_of("x2", {other}).at(1).mac, ports.at(1).mac);
}

TEST(MachineLinks, TapsAreThereBeforeTheMachineAndPluggedIn) {
  const std::vector<Command> commands = machine_link_commands("x1", ports_of("x1", {lan()}));
  ASSERT_EQ(commands.size(), 1U);
  test::expect_golden(golden("machine-links.txt"), commands.front().input);
}

TEST(MachineNetwork, IsWhatAHostInNamespacesHas) {
  const std::vector<Command> commands = machine_network_commands({lan()});
  ASSERT_EQ(commands.size(), 1U) << "one login for all networks";
  test::expect_golden(golden("machine-network.txt"), commands.front().input);
}

TEST(KnownHost, IsReadFromTheConsoleOnceItsLineIsWhole) {
  EXPECT_EQ(known_host_line("Booting\nmigralab: host key ssh-ed25519 AAAA"), std::nullopt);
  EXPECT_EQ(known_host_line("Booting\r\nmigralab: host key ssh-ed25519 AAAA\r\n"), "169.254.77.2 ssh-ed25519 AAAA\n");
  EXPECT_EQ(known_host_line(""), std::nullopt);
}

} // namespace
} // namespace migralab
