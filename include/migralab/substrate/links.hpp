// SPDX-License-Identifier: Apache-2.0
// The cables of a namespace lab: a veth pair from each node to the switch, shaped at both ends, and the bridges that
// they are plugged into. The commands are pure values; they and the measurement are for inside the lab (keeper.hpp).
#pragma once

#include "migralab/core/clock.hpp"
#include "migralab/plan/plan.hpp"
#include "migralab/process/command.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace migralab {

/// An interface name that fits Linux's 15 characters: the parts joined by a dot, or cut with a hash.
[[nodiscard]] std::string interface_name(const std::string& first, const std::string& second = {});

/// The bridge that the VLANs of a switch share. No network is called so: their names have no capitals.
inline constexpr const char* vlan_bridge = "VLAN";

/// The switch's bridge for a network.
[[nodiscard]] std::string bridge_of(const SwitchNetwork& network);

struct LinkEnd {
  std::string node;
  std::string interface;
};

/// A cable's plugs: in the node, and the switch's port; of a remote host both are on it. What a plug sends is shaped
/// there.
struct LinkEnds {
  LinkEnd node;
  LinkEnd port;
};
[[nodiscard]] LinkEnds ends_of(const MakeLink& link);

/// The commands that make the switch's bridges, and those of one link.
[[nodiscard]] std::vector<Command> bridge_commands(const MakeBridges& bridges);
[[nodiscard]] std::vector<Command> link_commands(const MakeLink& link);

/// A locally administered address for a host's bridge. Without one of its own a bridge takes the lowest of its ports',
/// and libvirt gives the taps of one guest the same address on every host: once in about fifty labs a host's bridge
/// would bear the address of a tap, which the guest's next host takes for one of its own, and never answer it.
[[nodiscard]] std::string own_address(const std::string& node, const std::string& name);

/// What ip(8) is told in a node: its end of the link, from plug to address. In a machine the same, see machine.hpp.
[[nodiscard]] std::string node_end_lines(const MakeLink& link);

/// Those that shape both ends of a link that is there, whatever shaped them before (tc-tbf(8), tc-netem(8)).
[[nodiscard]] std::vector<Command> shaping_commands(const MakeLink& link, const Shaping& shaping);

/// The bridge that a guest's tap joins on whichever host it is: the host's, or the guest's own where a limit is set.
[[nodiscard]] std::string bridge_of_guest(const GuestSpec& guest, const std::string& network);
[[nodiscard]] std::vector<Command> limit_commands(const LimitGuestLink& link);

/// The gateway's interface at the switch.
[[nodiscard]] std::string gateway_tap(const Gateway& gateway);
/// slirp4netns(1), to be run in the network of the machine. It takes .2 and .3, lets nobody reach this machine's
/// loopback, and keeps no privilege.
[[nodiscard]] Command gateway_command(const Gateway& gateway, const std::filesystem::path& log);
/// Those that plug the tap in once it is there.
[[nodiscard]] std::vector<Command> gateway_link_commands(const Gateway& gateway);

/// Those that make the taps by which the switch leads to remote hosts (uplink.hpp).
[[nodiscard]] std::string uplink_tap(unsigned index);
[[nodiscard]] std::vector<Command> uplink_link_commands(const JoinUplink& uplink);

/// What is sent through a link to see what it carries.
struct LinkLoad {
  BitRate expected; // sets size and number of the frames
  unsigned mtu = 1500;
  Nanoseconds delay{}; // of the link
};

/// What the link from one end to the other carries: frames are sent at one end so that its queue is never empty, and
/// all that arrives at the other one is counted, other traffic included, over a window of time that begins when the
/// shaper has used up its bucket. Bytes are those of frames with their Ethernet header, without preamble and checksum:
/// what tbf counts. Nobody but the two ends sees them. Joins the networks of both nodes with the calling thread. Throws
/// Error.
[[nodiscard]] BitRate measure_link(const LinkEnd& from, const LinkEnd& to, const LinkLoad& load, Nanoseconds window);

} // namespace migralab
