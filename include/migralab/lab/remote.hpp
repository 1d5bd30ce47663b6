// SPDX-License-Identifier: Apache-2.0
// A lab's hosts that outlive it, seen from this machine: asked before anything is made, connected to, looked at, and
// freed of all that is the lab's. Not for inside the lab, but for who brings it up or takes it down.
#pragma once

#include "migralab/lab/lab_state.hpp"
#include "migralab/plan/capabilities.hpp"
#include "migralab/process/command_runner.hpp"
#include "migralab/substrate/remote.hpp"
#include "migralab/topology/topology.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace migralab {

/// Asks all remote hosts of a topology at once what they are. Throws Error for the first that cannot be reached.
[[nodiscard]] std::map<std::string, RemoteFacts> ask_remote_hosts(const Topology& topology, CommandRunner& runner);

/// Throws Error, exit code 3, with all that hosts lack for this topology. Sets Capabilities::remote_emulated.
void expect_remote_hosts_suit(
    const Topology& topology,
    const std::map<std::string, RemoteFacts>& facts,
    Capabilities& capabilities);

/// Both, and probe_capabilities_for(): all that is to be known before a lab is made.
[[nodiscard]] Capabilities probe_all_for(const Topology& topology, CommandRunner& runner);

/// Where a lab's remote hosts and its controller find each other: remote.json of the lab's folder.
struct RemoteUnderlay {
  std::uint16_t port = 0; // UDP
  Ipv4Address controller = {};
  std::map<std::string, Ipv4Address> hosts = {};
  std::map<std::string, std::string> identities = {}; // of hosts: other ones once they have restarted
};
[[nodiscard]] RemoteUnderlay read_underlay(const LabFolder& folder);

/// Starts, within the lab but in this machine's network, a connection to each remote host and the controller's end of
/// their networks. They end with the lab's keeper. To be called before the plan's steps.
void connect_remote_hosts(
    const Topology& topology,
    const KeeperRecord& keeper,
    const LabFolder& folder,
    CommandRunner& runner);

/// "; n1 has restarted meanwhile", if some have since the lab was connected to them; for the end of a sentence. Those
/// that do not answer are left out.
[[nodiscard]] std::string told_of_restarts(const Topology& topology, const LabFolder& folder, CommandRunner& runner);

/// A remote host that was touched, and what is still there of the lab; or why that is not known.
struct Remnant {
  std::string host;
  std::string what;
};

/// What finds the lab of this instance on a node, whatever that has kept.
[[nodiscard]] RemoteTraces traces_of(const Topology& topology, const std::string& instance, const RemoteNode& node);

/// Removes what these nodes of the topology have of the lab of this instance: hosts first, then storage servers. `tell`
/// is called for each of them, from several threads. Tries all; returns what remains.
[[nodiscard]] std::vector<Remnant> remove_lab(
    const Topology& topology,
    const std::vector<RemoteNode>& nodes,
    const std::string& instance,
    CommandRunner& runner,
    const std::function<void(const RemoteNode&, const std::vector<Remnant>&)>& tell);

/// Removes what the lab has made on remote hosts, by its ledger and by looking at them. Tries every host; returns what
/// remains.
[[nodiscard]] std::vector<Remnant>
clear_remote_hosts(const LabFolder& folder, const LabState& state, CommandRunner& runner);

/// What a host keeps of a lab, to take it up again from there: JSON with topology, keys and instance.
[[nodiscard]] std::string claim_record(const LabFolder& folder, const LabState& state, const Topology& topology);

/// A lab as a host remembers it.
struct Claimed {
  std::string lab;
  std::string instance;
  std::string created;
  std::filesystem::path topology_file; // where it was, on the controller
  std::string topology;
  std::string key;
  std::string public_key;
  std::map<std::string, std::string> secrets; // of CHAP, that were made for the lab: by storage server
};

/// The one of this name, or whose objects' names begin with it. Throws Error that lists what `destination` remembers.
[[nodiscard]] Claimed
choose_claimed(const std::string& destination, const std::string& name, const std::vector<Claimed>& labs);

/// Its topology. Throws Error when it cannot be read any more.
[[nodiscard]] Topology topology_of(const Claimed& claimed);

/// The labs that a host remembers. Throws Error when it cannot be reached.
[[nodiscard]] std::vector<Claimed> labs_of_host(const std::string& destination, CommandRunner& runner);

/// Where the lab's guests are now, by asking its remote hosts: host by guest. Throws Error when one does not answer.
[[nodiscard]] std::map<std::string, std::string>
find_remote_guests(const Topology& topology, const std::string& instance, CommandRunner& runner);

} // namespace migralab
