// SPDX-License-Identifier: Apache-2.0
// The controller's place on the networks of remote hosts: a VXLAN end point (RFC 7348) in user space, since a kernel's
// would be an interface of this machine, which only root can make. Its socket is in this machine's network, its taps
// are ports of the lab's switch.
#pragma once

#include "migralab/core/address.hpp"
#include "migralab/process/command.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace migralab {

struct UplinkNetwork {
  std::uint32_t vni = 0;
  std::string tap; // in the switch's network
};

struct UplinkPlan {
  Ipv4Address own;                     // of this machine: what peers send to, and hear from
  std::uint16_t port = 0;              // UDP, of all ends
  std::vector<Ipv4Address> peers = {}; // nobody else is listened to
  std::vector<UplinkNetwork> networks = {};
};

/// The port of VXLAN where nothing has it here, else one that is free. Throws Error.
[[nodiscard]] std::uint16_t choose_uplink_port();

/// Throws Error where `address` is none of this machine's: hosts that see it as another one, a jump host's or that of a
/// router which translates, would send to somebody else.
void expect_own_address(Ipv4Address address);

/// The process, for CommandRunner::start() in the network of the machine (inside() of keeper.hpp). It waits for its
/// taps, and ends when something fails, with the reason on its standard error.
[[nodiscard]] Command uplink_command(const UplinkPlan& plan, const std::filesystem::path& log);
inline constexpr const char* uplink_name = "migralab-uplink";
int uplink_main(const std::vector<std::string>& arguments);

/// Where each station was last heard of, for each network (IEEE 802.1D's learning). Pure.
class Stations {
public:
  /// A frame that came from `peer`. A group's address is no station's.
  void heard(std::uint32_t vni, std::string_view frame, std::size_t peer, std::uint64_t now_s);
  /// Whom a frame is for; nothing: for all.
  [[nodiscard]] std::optional<std::size_t>
  place_of(std::uint32_t vni, std::string_view frame, std::uint64_t now_s) const;

private:
  struct Place {
    std::size_t peer;
    std::uint64_t when_s;
  };
  std::map<std::pair<std::uint32_t, std::uint64_t>, Place> places_; // by network and address
};

/// VXLAN's header before a frame, and the network of a datagram that has one; nothing: it is none.
[[nodiscard]] std::string vxlan_header(std::uint32_t vni);
[[nodiscard]] std::optional<std::uint32_t> vxlan_network(std::string_view datagram);
inline constexpr std::size_t vxlan_header_size = 8;

} // namespace migralab
