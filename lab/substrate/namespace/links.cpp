// SPDX-License-Identifier: Apache-2.0
#include "migralab/substrate/links.hpp"

#include "migralab/core/files.hpp"
#include "migralab/substrate/nodes.hpp"
#include "qdisc.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace migralab {

namespace {

constexpr std::size_t name_limit = 15; // IFNAMSIZ - 1
constexpr unsigned frame_header = 14;  // bytes, of Ethernet

// No spanning tree and no forwarding delay: a guest's frames must pass at once after a migration.
constexpr const char* bridge_options = "type bridge stp_state 0 forward_delay 0 mcast_snooping 0";

Command ip_batch(const std::string& node, std::string lines) {
  return {.argv = {"ip", "-batch", "-"}, .input = std::move(lines), .inside = {.net = namespaces_of(node).net}};
}

/// A delay line, which must hold all that is under way: at the rate of the link, twice that much in full frames.
/// netem's own default of 1000 would be a second bottleneck.
std::vector<std::string> netem(const Shaping& shaping, const std::optional<BitRate>& rate, unsigned mtu) {
  constexpr BitRate unshaped{10'000'000'000};
  const double under_way = static_cast<double>(rate.value_or(unshaped).bits_per_second) / 8 *
                           std::chrono::duration<double>(shaping.delay).count();
  const auto frames = static_cast<std::uint64_t>(2 * under_way / (mtu + frame_header));
  std::vector<std::string> arguments{"netem"};
  if (shaping.delay.count() > 0) {
    arguments.insert(arguments.end(), {"delay", fmt::format("{}us", shaping.delay.count() / 1000)});
  }
  if (shaping.loss > 0) {
    arguments.insert(arguments.end(), {"loss", fmt::format("{:.6g}%", shaping.loss * 100)});
  }
  arguments.insert(arguments.end(), {"limit", std::to_string(std::max<std::uint64_t>(frames, 1000))});
  return arguments;
}

std::vector<std::string> with_prefix(std::vector<std::string> prefix, const std::vector<std::string>& rest) {
  prefix.insert(prefix.end(), rest.begin(), rest.end());
  return prefix;
}

/// Nothing when that end is not shaped. tbf below netem, not the other way round: as a child netem would take the place
/// of tbf's own queue, whose limit is in bytes.
std::vector<Command>
shape(const LinkEnd& end, const std::optional<BitRate>& rate, const Shaping& shaping, unsigned mtu) {
  std::vector<Command> commands;
  if (!shaping.delays_or_loses()) {
    if (rate) {
      commands.push_back(qdisc(end, with_prefix({"root"}, tbf(*rate))));
    }
    return commands;
  }
  commands.push_back(qdisc(end, with_prefix({"root", "handle", "1:"}, netem(shaping, rate, mtu))));
  if (rate) {
    commands.push_back(qdisc(end, with_prefix({"parent", "1:1", "handle", "2:"}, tbf(*rate))));
  }
  return commands;
}

/// Frames come and go untagged; one that a node has tagged otherwise is dropped.
Command access_port(const std::string& port, unsigned vlan) {
  return {
      .argv = {"bridge", "vlan", "add", "dev", port, "vid", std::to_string(vlan), "pvid", "untagged"},
      .inside = {.net = namespaces_of(switch_node).net}};
}

/// The bridge of a host, and the plug in it. `address`: " address MAC", or empty.
std::string bridge_lines(const MakeLink& link, const std::string& address) {
  return fmt::format(
      "link add name {0} mtu {3}{2} {4}\n"
      "link set dev {1} master {0} up\n",
      interface_name(link.network),
      ends_of(link).node.interface,
      address,
      link.mtu,
      bridge_options);
}

std::vector<Command> shape_both(const MakeLink& link, const Shaping& shaping) {
  const LinkEnds ends = ends_of(link);
  std::vector<Command> commands = shape(ends.port, shaping.down, shaping, link.mtu);
  const std::vector<Command> up = shape(ends.node, shaping.up, shaping, link.mtu);
  commands.insert(commands.end(), up.begin(), up.end());
  return commands;
}

} // namespace

std::string interface_name(const std::string& first, const std::string& second) {
  std::string name = second.empty() ? first : first + "." + second;
  if (name.size() > name_limit) {
    // 32 bits: among the ports of a switch with hundreds of nodes 16 were found to collide.
    name = name.substr(0, name_limit - 9) + "~" + sha256_of_text(name).substr(0, 8);
  }
  return name;
}

std::string bridge_of(const SwitchNetwork& network) {
  return network.vlan ? vlan_bridge : interface_name(network.network);
}

LinkEnds ends_of(const MakeLink& link) {
  if (!link.remote.empty()) { // the program of room substrate/remote makes them
    return {
        .node = {link.node, fmt::format("{}u{}", link.remote, link.index)},
        .port = {link.node, fmt::format("{}p{}", link.remote, link.index)}};
  }
  const std::string network = interface_name(link.network);
  return {
      .node = {link.node, link.bridged ? interface_name("up", link.network) : network},
      .port = {switch_node, interface_name(link.network, link.node)}};
}

std::vector<Command> bridge_commands(const MakeBridges& bridges) {
  std::string lines = "link set dev lo up\n";
  unsigned vlan_mtu = 0;
  for (const SwitchNetwork& network : bridges.networks) {
    if (network.vlan) {
      vlan_mtu = std::max(vlan_mtu, network.mtu);
      continue;
    }
    lines += fmt::format(
        "link add name {0} mtu {1} {2}\nlink set dev {0} up\n",
        interface_name(network.network),
        network.mtu,
        bridge_options);
  }
  if (vlan_mtu != 0) {
    // No default VLAN: a port that was given none passes nothing.
    lines += fmt::format(
        "link add name {0} mtu {1} {2} vlan_filtering 1 vlan_default_pvid 0\nlink set dev {0} up\n",
        vlan_bridge,
        vlan_mtu,
        bridge_options);
  }
  return {ip_batch(switch_node, lines)};
}

std::string node_end_lines(const MakeLink& link) {
  const std::string network = interface_name(link.network);
  std::string lines = link.bridged ? bridge_lines(link, " address " + own_address(link.node, link.network)) : "";
  lines += fmt::format(
      "address add {}/{} dev {}\nlink set dev {} up\n", to_string(link.address), link.subnet.prefix, network, network);
  if (link.router) {
    lines += fmt::format("route add default via {} dev {}\n", to_string(*link.router), network);
  }
  return lines;
}

std::vector<Command> link_commands(const MakeLink& link) {
  const LinkEnds ends = ends_of(link);

  const std::string switch_lines = fmt::format(
      "link add name {0} mtu {4} type veth peer name {1} mtu {4} netns {2}\n"
      "link set dev {0} master {3} up\n",
      ends.port.interface,
      ends.node.interface,
      namespaces_of(link.node).net.native(),
      bridge_of({link.network, link.mtu, link.vlan}),
      link.mtu);
  // A bridge only passes on to the machine's, which has the address.
  const std::string node_lines =
      "link set dev lo up\n" +
      (link.machine ? bridge_lines(link, {}) + fmt::format("link set dev {} up\n", interface_name(link.network))
                    : node_end_lines(link));
  std::vector<Command> commands{ip_batch(switch_node, switch_lines), ip_batch(link.node, node_lines)};
  if (link.vlan) {
    commands.push_back(access_port(ends.port.interface, *link.vlan));
  }
  const std::vector<Command> shaping = shape_both(link, link.shaping);
  commands.insert(commands.end(), shaping.begin(), shaping.end());
  return commands;
}

std::string gateway_tap(const Gateway& gateway) {
  return interface_name(gateway.network.network, switch_node); // no node is called so
}

Command gateway_command(const Gateway& gateway, const std::filesystem::path& log) {
  return {
      .argv =
          {"slirp4netns",
           "--netns-type=path",
           "--cidr=" + to_string(gateway.subnet),
           fmt::format("--mtu={}", gateway.network.mtu),
           "--disable-host-loopback",
           "--enable-sandbox",
           namespaces_of(switch_node).net.native(),
           gateway_tap(gateway)},
      .log = log};
}

namespace {

/// Makes a tap in the switch a port of the network.
std::vector<Command> plug_in(const std::string& tap, const SwitchNetwork& network, std::string lines = {}) {
  lines += fmt::format("link set dev {} mtu {} master {} up\n", tap, network.mtu, bridge_of(network));
  std::vector<Command> commands{ip_batch(switch_node, std::move(lines))};
  if (network.vlan) {
    commands.push_back(access_port(tap, *network.vlan));
  }
  return commands;
}

} // namespace

std::vector<Command> gateway_link_commands(const Gateway& gateway) {
  return plug_in(gateway_tap(gateway), gateway.network);
}

std::string uplink_tap(unsigned index) {
  return fmt::format("REMOTE.{}", index); // no network is called so: their names have no capitals
}

std::vector<Command> uplink_link_commands(const JoinUplink& uplink) {
  std::vector<Command> commands;
  for (const UplinkPort& port : uplink.ports) {
    const std::string tap = uplink_tap(port.index);
    const std::vector<Command> plugged = plug_in(tap, port.network, fmt::format("tuntap add dev {} mode tap\n", tap));
    commands.insert(commands.end(), plugged.begin(), plugged.end());
  }
  return commands;
}

std::vector<Command> shaping_commands(const MakeLink& link, const Shaping& shaping) {
  const LinkEnds ends = ends_of(link);
  std::vector<Command> commands;
  // A veth's own queue, which is none; `del` would fail where nothing was shaped. Not before tbf alone: that changes a
  // tbf that is there, and keeps its queue.
  if (shaping.delays_or_loses() || !shaping.down) {
    commands.push_back(qdisc(ends.port, {"root", "noqueue"}));
  }
  if (shaping.delays_or_loses() || !shaping.up) {
    commands.push_back(qdisc(ends.node, {"root", "noqueue"}));
  }
  const std::vector<Command> shaped = shape_both(link, shaping);
  commands.insert(commands.end(), shaped.begin(), shaped.end());
  return commands;
}

} // namespace migralab
