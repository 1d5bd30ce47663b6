// SPDX-License-Identifier: Apache-2.0
// A guest's network limit. libvirt's own (<bandwidth>) needs sch_sfq, cls_fw and act_police, which a kernel may lack,
// and drops what a guest sends above its rate, so that TCP stays far below it. This needs what every lab needs, tbf,
// and queues:
//
//   guest's tap -- [guest's bridge] -- inner ===veth=== outer -- [host's bridge]
//                                      tbf: up          tbf: down
//
// It stands on every host before the guest comes, so a migration does not loosen it for a moment.
#include "migralab/substrate/links.hpp"
#include "migralab/substrate/nodes.hpp"
#include "qdisc.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

Command limit(const std::string& host, const std::string& interface, BitRate rate) {
  std::vector<std::string> arguments = tbf(rate);
  arguments.insert(arguments.begin(), "root");
  return qdisc({host, interface}, arguments);
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
  // No IPv6 of the host's own: its multicasts would reach the guest.
  std::vector<Command> commands{
      {.argv = {"ip", "-batch", "-"},
       .input = fmt::format(
           "link add name {0} address {4} type bridge stp_state 0 forward_delay 0 mcast_snooping 0\n"
           "link add name {1} mtu {5} type veth peer name {2} mtu {5}\n"
           "link set dev {0} addrgenmode none\n"
           "link set dev {1} addrgenmode none\n"
           "link set dev {2} addrgenmode none\n"
           "link set dev {1} master {0} up\n"
           "link set dev {2} master {3} up\n"
           "link set dev {0} mtu {5} up\n",
           bridge,
           inner,
           outer,
           interface_name(link.network),
           own_address(link.host, bridge),
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
