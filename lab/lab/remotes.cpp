// SPDX-License-Identifier: Apache-2.0
// Performer's steps on hosts that outlive the lab.
#include "migralab/core/clock.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/interrupt.hpp"
#include "migralab/lab/hosts.hpp"
#include "migralab/lab/remote.hpp"
#include "migralab/substrate/links.hpp"
#include "migralab/substrate/nodes.hpp"
#include "migralab/substrate/remote.hpp"
#include "migralab/substrate/uplink.hpp"
#include "performer.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

namespace migralab {

namespace {

constexpr auto uplink_limit = std::chrono::seconds(30);

/// Each step's host; of those that change none, nothing.
struct HostOf {
  std::string operator()(const JoinRemote& step) const { return step.host; }
  std::string operator()(const PutImage& step) const { return step.host; }
  std::string operator()(const AttachDisk& step) const { return step.host; }
  std::string operator()(const StartStorage& step) const { return step.storage; }
  std::string operator()(const MakeDisk& step) const { return step.disk.storage; }
  std::string operator()(const ExportDisk& step) const { return step.disk.storage; }
  std::string operator()(const StartGuest& step) const { return step.guest.host; }
  template <typename Other> std::string operator()(const Other&) const { return {}; }
};

/// user@machine, of whoever brought the lab up.
std::string controller_name() {
  char name[256] = {};
  ::gethostname(name, sizeof name - 1);
  const passwd* user = ::getpwuid(::getuid());
  return fmt::format("{}@{}", user == nullptr ? std::to_string(::getuid()) : user->pw_name, name);
}

} // namespace

std::string Performer::remote_host_of(const Step& step) const {
  std::string host = std::visit(HostOf{}, step.action);
  return is_remote(topology_, host) ? host : std::string();
}

/// The controller's end, a process that is older than this, opens the taps once they are there. Without it nothing of
/// the networks is heard here.
void Performer::operator()(const JoinUplink& step) {
  run_all(uplink_link_commands(step));
  for (const UplinkPort& port : step.ports) {
    const Command look{
        .argv = {"ip", "-o", "link", "show", "dev", uplink_tap(port.index)},
        .inside = {.net = namespaces_of(switch_node).net}};
    try {
      wait_until("end of network " + port.network.network, uplink_limit, std::chrono::milliseconds(50), [&] {
        return runner_.run(look).output.find("LOWER_UP") != std::string::npos;
      });
    } catch (const Error& error) {
      throw_if_interrupted();
      throw Error(
          fmt::format("{} on this machine: {}", error.what(), log_tail(folder_.logs(switch_node) / "uplink.log")));
    }
  }
}

/// The claim comes first: what follows can be found by it.
void Performer::operator()(const JoinRemote& step) {
  const std::vector<RemoteNode> nodes = remote_nodes(topology_);
  const auto node =
      std::find_if(nodes.begin(), nodes.end(), [&](const RemoteNode& one) { return one.name == step.host; });
  RemoteTraces traces = traces_of(topology_, state_.uuid, *node);
  const RemoteClaim claim{
      .lab = topology_.lab,
      .controller = controller_name(),
      .guests = std::move(traces.guests),
      .libvirt = std::move(traces.libvirt),
      .record = claim_record(folder_, state_, topology_)};
  run_there(step.host, claim_command(topology_.instance, claim));

  const RemoteUnderlay underlay = read_underlay(folder_);
  constexpr std::size_t at_once = 12; // a command line has an end, and each network brings the program
  std::vector<Command> networks;
  for (const MakeLink& link : links_of(topology_)) {
    if (link.node != step.host) {
      continue;
    }
    if (networks.size() >= at_once) {
      run_there(step.host, in_one(std::exchange(networks, {})));
    }
    networks.push_back(network_command(topology_.instance, link, peers_of(link, underlay)));
    if (link.bridge.empty()) {
      const std::vector<Command> shaping = shaping_commands(link, link.shaping);
      networks.insert(networks.end(), shaping.begin(), shaping.end());
    }
  }
  run_there(step.host, in_one(networks));
}

/// All others, or where the hosts are on one bridge anyway, from the first of them the controller.
RemotePeers Performer::peers_of(const MakeLink& link, const RemoteUnderlay& underlay) const {
  RemotePeers peers{.own = underlay.hosts.at(link.node), .addresses = {underlay.controller}, .port = underlay.port};
  if (!link.bridge.empty()) {
    const std::vector<MakeLink> links = links_of(topology_);
    const auto first = std::find_if(links.begin(), links.end(), [&](const MakeLink& other) {
      return other.network == link.network && !other.remote.empty();
    });
    if (first->node != link.node) {
      peers.addresses.clear();
    }
    return peers;
  }
  for (const auto& [other, address] : underlay.hosts) {
    if (other != link.node) {
      peers.addresses.push_back(address);
    }
  }
  return peers;
}

} // namespace migralab
