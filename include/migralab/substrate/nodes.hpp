// SPDX-License-Identifier: Apache-2.0
// Nodes of a namespace lab: a network, mount and UTS namespace each. To be called inside the lab (see keeper.hpp);
// paths are as the lab's mount namespace shows them.
#pragma once

#include "migralab/process/command.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace migralab {

/// /run/migralab/NODE: what belongs to a node; gone with the keeper.
[[nodiscard]] std::filesystem::path node_folder(const std::string& node);

/// The namespaces of a node, for Command::inside.
[[nodiscard]] NamespaceSet namespaces_of(const std::string& node);

/// Makes the calling thread a part of the node's network (setns(2) works per thread for network namespaces).
void join_network_of(const std::string& node);

/// Runs `work` in a thread of its own that belongs to the node's network; throws what it throws.
void in_network_of(const std::string& node, const std::function<void()>& work);

/// A folder or file of the node that covers one of the machine: {"/etc/libvirt", "/run/migralab/h1/etc"}. A folder that
/// covers itself stays the machine's own, even below /run or /var.
struct PrivatePath {
  std::filesystem::path covers; // on the machine, or below /var
  std::filesystem::path by;     // a file; or a folder, made when missing
};

/// Makes the namespaces of a node, held by a process of its own, and links to them under node_folder(node). Its /run is
/// private. What it writes below /var and /etc stays in memory: overlays, whose upper layers are node_folder()/var and
/// node_folder()/etc, so that a daemon finds the files and folders it wants whether a package made them or not. Files
/// of the node's own belong into these layers before. Throws Error.
void make_node(const std::string& node, const std::vector<PrivatePath>& paths);

/// main() of the process that holds a node's namespaces: argv[0] == node_holder_name, argv[1] the node's name.
inline constexpr const char* node_holder_name = "migralab-node";
int node_holder_main();

} // namespace migralab
