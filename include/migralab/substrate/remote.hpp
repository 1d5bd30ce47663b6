// SPDX-License-Identifier: Apache-2.0
// Hosts that outlive the lab: machines of the user's, reached by ssh. All that a lab makes there bears its instance's
// UUID, by name or by record, so that it can be found again by whoever comes; nothing else there is touched. Commands
// are pure values for over_ssh(), to be run as root. docs/remote.md tells what is made.
#pragma once

#include "migralab/core/address.hpp"
#include "migralab/core/error.hpp"
#include "migralab/plan/plan.hpp"
#include "migralab/process/command.hpp"
#include "migralab/process/command_runner.hpp"
#include "migralab/process/ssh.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace migralab {

/// The way to a remote host from outside of the lab, a connection for each command: for who comes when no lab runs.
[[nodiscard]] SshTarget way_to_remote(const std::string& destination);

/// What a host tells about itself; each is empty or zero where it does not know.
struct RemoteFacts {
  std::string user;       // who logged in
  bool root = false;      // that user is root, or becomes root by sudo without a password
  std::string kernel;     // uname -r
  Ipv4Address address;    // by which it was reached
  Ipv4Address controller; // who reached it
  std::string hypervisor; // "kvm" (/dev/kvm), "xen" (a dom0), "none"
  bool libvirt = false;   // the user may write to libvirtd's socket
  bool vxlan = false;
  bool lio = false;                          // its kernel is an iSCSI target, or can be
  bool tgtd = false;                         // answers tgtadm
  bool nfsd = false;                         // the kernel's NFS server runs
  bool ganesha = false;                      // answers on the system's D-Bus
  std::string processor;                     // /proc/cpuinfo's model name
  std::vector<std::string> flags;            // of it, sorted
  std::string initiator;                     // iSCSI name, /etc/iscsi/initiatorname.iscsi
  std::vector<std::string> missing;          // programs
  std::map<std::string, std::string> routes; // interface by destination, "10.10.0.0/24"; not the default
  std::string host_name;
  std::string identity; // equal when two destinations are one machine: its boot, and the network namespace
  double clock = 0;     // s since 1970, when it was asked
  unsigned mtu = 0;     // of the interface it was reached by
};

/// Why a command there has failed that should not, and what to look at.
[[nodiscard]] Error not_reached(const std::string& destination, const CommandResult& result);

/// Asks; about 0.3 s. `clock` is told the host's time (s since 1970) when it arrives. Throws Error with ssh's own words
/// when it cannot be reached.
[[nodiscard]] RemoteFacts
ask_remote(const std::string& destination, CommandRunner& runner, const std::function<void(double)>& clock = {});
[[nodiscard]] RemoteFacts parse_remote_facts(const std::string& output);

/// What a host keeps about a lab, so that it can be taken down, or adopted, by who has nothing else.
struct RemoteClaim {
  std::string lab;
  std::string controller;          // user@machine
  std::vector<std::string> guests; // UUIDs
  std::string libvirt;             // its connection there, "qemu:///system"
  std::string record;              // JSON of the lab, see lab/lab/remote.cpp
};

/// Keeps the claim in /var/lib/migralab/INSTANCE, before anything else is made. A second time changes nothing.
[[nodiscard]] Command claim_command(const std::string& instance, const RemoteClaim& claim);

/// Keeps a file beside the claim, as long as that is there: `name` is relative to remote_folder().
[[nodiscard]] Command put_command(const std::string& instance, const std::string& name, std::string content);

/// The folder that a host keeps of a lab.
[[nodiscard]] std::filesystem::path remote_folder(const std::string& instance);

/// The other ends of a host's networks: hosts of the lab, and the controller.
struct RemotePeers {
  Ipv4Address own; // the host's
  std::vector<Ipv4Address> addresses;
  std::uint16_t port = 0; // UDP, the same for all
};

/// The network that all remote hosts of a lab and its controller are on: VXLAN (RFC 7348) between all of them; at each
/// host a bridge for it, a cable that is shaped, and the host's own bridge, which guests join. Where the network is a
/// bridge that is there: the host's address on it, and a VXLAN to those of `peers`, which are not on it by themselves.
[[nodiscard]] Command network_command(const std::string& instance, const MakeLink& link, const RemotePeers& peers);

/// Its VXLAN network identifier.
[[nodiscard]] std::uint32_t vxlan_id(const std::string& instance, unsigned index);

/// An object of a lab on a host.
struct RemoteObject {
  std::string instance; // of the lab; empty: it only looks like one
  std::string lab;
  std::string kind; // "guest", "disk", "interface", "folder"
  std::string what;
};

/// What finds a lab's objects on a host. All but `instance` counts where the host has lost its record of the lab: then
/// the rest is found by its names.
struct RemoteTraces {
  std::string instance;
  std::string libvirt = {};                // its connection there, "qemu:///system"; empty: a storage server
  std::vector<std::string> guests = {};    // UUIDs
  std::vector<std::string> addresses = {}; // on bridges that were there: "10.0.0.5/24@br0"
};

/// Lists what is there of all labs that are on record there and what only looks like it, or of one lab:
/// parse_objects() reads it.
[[nodiscard]] Command list_command();
[[nodiscard]] Command list_command(const RemoteTraces& lab);
[[nodiscard]] std::vector<RemoteObject> parse_objects(const std::string& output);

/// Removes all that is there of a lab: guests, disks, interfaces, folder, each whether the others can be removed or
/// not. Prints what remains, as list_command() does, and is well when nothing does.
[[nodiscard]] Command remove_command(const RemoteTraces& lab);

/// Prints the claims that are there, a JSON record of a lab in a line each: instance, blank, record.
[[nodiscard]] Command claims_command();

} // namespace migralab
