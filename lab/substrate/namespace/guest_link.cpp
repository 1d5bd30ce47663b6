// SPDX-License-Identifier: Apache-2.0
// A guest's network limit. libvirt's own (<bandwidth>) needs sch_sfq, cls_fw and act_police, which a kernel may lack,
// and drops what a guest sends above its rate, so that TCP stays far below it. This needs what every lab needs, tbf,
// and queues:
//
//   guest's tap -- [guest's bridge] -- inner ===veth=== outer -- [host's bridge]
//                                      tbf: up          tbf: down
//
// It stands on every host before the guest comes, so a migration does not loosen it for a moment.
#include "migralab/core/files.hpp"
#include "migralab/substrate/links.hpp"
#include "migralab/substrate/nodes.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace migralab {

namespace {

Command limit(const std::string& host, const std::string& interface, BitRate rate) {
  // tbf(8): the bucket must hold what arrives between two timer ticks, and a 64 KiB segmentation-offload packet.
  const std::uint64_t bucket = std::max<std::uint64_t>(rate.bits_per_second / 8 / 250, std::uint64_t{1} << 16U) + 2048;
  return {
      .argv =
          {"tc",
           "qdisc",
           "replace",
           "dev",
           interface,
           "root",
           "tbf",
           "rate",
           fmt::format("{}bit", rate.bits_per_second),
           "burst",
           fmt::format("{}b", bucket),
           "latency",
           "50ms"},
      .inside = {.net = namespaces_of(host).net}};
}

} // namespace

std::string bridge_of_guest(const GuestSpec& guest, const std::string& network) {
  return guest.limits.network_up || guest.limits.network_down ? interface_name("b." + guest.name, network)
                                                              : interface_name(network);
}

std::vector<Command> limit_commands(const LimitGuestLink& link) {
  const std::string bridge = interface_name("b." + link.guest, link.network);
  const std::string inner = interface_name("i." + link.guest, link.network);
  const std::string outer = interface_name("o." + link.guest, link.network);
  // An address of its own, or it would take the tap's: see bridge_address in nodes.cpp.
  const std::string hex = sha256_of_text(link.host + "/" + bridge);
  // No IPv6 of the host's own: its multicasts would reach the guest.
  std::vector<Command> commands{
      {.argv = {"ip", "-batch", "-"},
       .input = fmt::format(
           "link add {0} address 02:{4}:{5}:{6}:{7}:{8} type bridge stp_state 0 forward_delay 0 mcast_snooping 0\n"
           "link add {1} mtu {9} type veth peer name {2} mtu {9}\n"
           "link set {0} addrgenmode none\n"
           "link set {1} addrgenmode none\n"
           "link set {2} addrgenmode none\n"
           "link set {1} master {0} up\n"
           "link set {2} master {3} up\n"
           "link set {0} mtu {9} up\n",
           bridge,
           inner,
           outer,
           interface_name(link.network),
           hex.substr(0, 2),
           hex.substr(2, 2),
           hex.substr(4, 2),
           hex.substr(6, 2),
           hex.substr(8, 2),
           link.mtu),
       .inside = {.net = namespaces_of(link.host).net}}};
  if (link.up) {
    commands.push_back(limit(link.host, inner, *link.up));
  }
  if (link.down) {
    commands.push_back(limit(link.host, outer, *link.down));
  }
  return commands;
}

} // namespace migralab
