// SPDX-License-Identifier: Apache-2.0
// Nodes of a namespace lab: a network, mount and UTS namespace each, and the links between them and the switch. To be
// called inside the lab (see keeper.hpp); paths are as the lab's mount namespace shows them.
#pragma once

#include "migralab/core/address.hpp"
#include "migralab/core/units.hpp"
#include "migralab/process/command_runner.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace migralab {

/// /run/migralab/NODE: what belongs to a node; gone with the keeper.
[[nodiscard]] std::filesystem::path node_folder(const std::string& node);

/// The namespaces of a node, for Command::inside.
[[nodiscard]] NamespaceSet namespaces_of(const std::string& node);

/// Makes the calling thread a part of the node's network (setns(2) works per thread for network namespaces).
void join_network_of(const std::string& node);

/// A folder of the node that covers a folder of the machine: {"/etc/libvirt", ".../etc-libvirt"}.
struct PrivateFolder {
  std::filesystem::path covers; // exists on the machine
  std::filesystem::path by;     // made when missing
};

/// Makes the namespaces of a node and gives them names under node_folder(node). Its /run is always private.
/// Throws Error.
void make_node(const std::string& node, const std::vector<PrivateFolder>& folders);

/// A network is a bridge in the switch; its name there is interface_name(network).
struct SwitchPort {
  std::string network;
  Subnet subnet;
  std::string node;
  Ipv4Address address;
  std::optional<BitRate> rate; // each direction
  bool bridged = false;        // a host: the address sits on a bridge of its own, which guests' taps join
};

/// An interface name that fits Linux's 15 characters: the parts joined by a dot, or cut with a hash.
[[nodiscard]] std::string interface_name(const std::string& first, const std::string& second = {});

/// The commands that make the switch's bridges, and those that connect one port (pure; the plan prints them).
[[nodiscard]] std::vector<Command> bridge_commands(const std::vector<std::string>& networks);
[[nodiscard]] std::vector<Command> port_commands(const SwitchPort& port);

/// The reserved name of the node that holds every network's bridge.
inline constexpr const char* switch_node = "switch";

} // namespace migralab
