// SPDX-License-Identifier: Apache-2.0
#include "migralab/lab/remote.hpp"

#include "at_once.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/interrupt.hpp"
#include "migralab/lab/doctor.hpp"
#include "migralab/lab/hosts.hpp"
#include "migralab/lab/interior.hpp"
#include "migralab/lab/ledger.hpp"
#include "migralab/substrate/links.hpp"
#include "migralab/substrate/nodes.hpp"
#include "migralab/substrate/uplink.hpp"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <sched.h>
#include <set>
#include <sys/mount.h>
#include <unistd.h>

namespace migralab {

namespace {

using Json = nlohmann::ordered_json;

constexpr auto login_limit = std::chrono::seconds(60);
constexpr auto connect_limit = std::chrono::seconds(120);
constexpr auto libvirt_there = "/run/libvirt/libvirt-sock";

/// The programs that this topology's steps call there.
std::set<std::string> programs_of(const Topology& topology, const RemoteNode& node) {
  std::set<std::string> programs{"ip", "tc", "bridge"};
  if (node.host == nullptr) {
    if (storage_of(topology, node.name).type == StorageSpec::Type::aoe) {
      programs.insert("vblade");
    }
    return programs;
  }
  programs.insert("virsh");
  if (node.host->hypervisor == HostSpec::Hypervisor::kvm) {
    programs.insert("qemu-system-x86_64");
  }
  for (const StorageSpec& storage : topology.storage) {
    if (storage.type == StorageSpec::Type::iscsi) {
      programs.insert("iscsiadm");
    } else if (storage.type == StorageSpec::Type::nfs) {
      programs.insert({"mount.nfs", "losetup"});
    }
  }
  return programs;
}

void add_problems_of_host(const HostSpec& host, const RemoteFacts& facts, std::vector<std::string>& problems) {
  if (host.hypervisor == HostSpec::Hypervisor::xen && facts.hypervisor != "xen") {
    problems.push_back(fmt::format(
        "the topology says hypervisor: xen, but no Xen runs there (kernel {}): boot it with Xen, or write kvm",
        facts.kernel));
  }
  if (host.hypervisor == HostSpec::Hypervisor::kvm && facts.hypervisor == "xen") {
    problems.emplace_back("it runs Xen: write 'hypervisor: xen'");
  }
  if (!facts.libvirt) {
    problems.push_back(fmt::format(
        "user {0} cannot write to libvirt's socket {1}: start libvirtd there, and put {0} into the group libvirt",
        facts.user,
        libvirt_there));
  }
}

void add_problems_of_storage(StorageSpec::Type type, const RemoteFacts& facts, std::vector<std::string>& problems) {
  if (type == StorageSpec::Type::iscsi && !facts.tgtd && !facts.lio) {
    problems.emplace_back(
        "its kernel has no iSCSI target (module iscsi_target_mod), and no tgtd runs there: install and start tgt");
  }
  if (type == StorageSpec::Type::nfs && !facts.ganesha && !facts.nfsd) {
    problems.emplace_back(
        "no NFS server runs there: install and start nfs-kernel-server, or nfs-ganesha and nfs-ganesha-vfs");
  }
}

/// A lab's networks are the host's, too: two routes to one subnet, and packets go astray.
void add_subnets_in_use(
    const Topology& topology,
    const RemoteNode& node,
    const RemoteFacts& facts,
    std::vector<std::string>& problems) {
  const std::string own = remote_prefix(topology.instance); // when it is adopted, its networks are there
  for (const MakeLink& link : links_of(topology)) {
    if (link.node != node.name || !link.bridge.empty()) {
      continue;
    }
    for (const auto& [destination, interface] : facts.routes) {
      const auto taken = parse_subnet(destination.find('/') == std::string::npos ? destination + "/32" : destination);
      if (taken && taken->overlaps(link.subnet) && (topology.instance.empty() || !interface.starts_with(own))) {
        const bool of_a_lab = interface.starts_with("ml") && interface.find('b') != std::string::npos;
        problems.push_back(fmt::format(
            "network {} is {}, and {} leads to {} there: give the network another 'subnet'{}",
            link.network,
            to_string(link.subnet),
            interface,
            destination,
            of_a_lab
                ? fmt::format(
                      "; or it is a lab's: `migralab audit --host {}` tells whose, `migralab down` ends it", node.ssh)
                : ""));
      }
    }
  }
}

/// Of the lab of this name that an earlier `up` left, if any: what hosts have of it is no obstacle, it is removed
/// before a new one is made.
std::string instance_on_record(const std::string& lab) {
  try {
    const auto known = LabFolder(lab).read();
    return known ? known->uuid : "";
  } catch (const Error&) {
    return ""; // damaged: what it was is not known
  }
}

/// On a bridge that is there a lab's addresses are beside those of others; of some is known who has them.
void add_addresses_in_use(
    const Topology& topology,
    const std::map<std::string, RemoteFacts>& facts,
    std::vector<std::string>& problems) {
  const auto look = [&](const auto& specs) {
    for (const auto& spec : specs) {
      for (const Attachment& attachment : spec.networks) {
        if (network_of(topology, attachment.network).bridge.empty()) {
          continue;
        }
        for (const auto& [node, its] : facts) {
          if (attachment.address != its.address && attachment.address != its.controller) {
            continue;
          }
          problems.push_back(fmt::format(
              "the address of {} on network {}, {}, is that of {}: give it a free one",
              spec.name,
              attachment.network,
              to_string(attachment.address),
              attachment.address == its.address ? "the machine of " + node : "this machine"));
          break; // this machine is the same for all
        }
      }
    }
  };
  look(topology.storage);
  look(topology.hosts);
  look(topology.clients);
  look(topology.guests);
}

std::vector<std::string> problems_of(const Topology& topology, const RemoteNode& node, const RemoteFacts& facts) {
  std::vector<std::string> problems;
  if (!facts.root) {
    problems.push_back(fmt::format(
        "user {0} is not root there, and sudo wants a password: log in as root, or let {0} use sudo without one",
        facts.user));
  }
  if (node.host != nullptr) {
    add_problems_of_host(*node.host, facts, problems);
  } else {
    add_problems_of_storage(storage_of(topology, node.name).type, facts, problems);
  }
  const std::set<std::string> wanted = programs_of(topology, node);
  std::vector<std::string> missing;
  std::copy_if(
      facts.missing.begin(), facts.missing.end(), std::back_inserter(missing), [&](const std::string& program) {
        return wanted.contains(program);
      });
  if (!missing.empty()) {
    problems.push_back(fmt::format("it lacks {}: install what brings it there", fmt::join(missing, ", ")));
  }
  if (!facts.vxlan) {
    problems.emplace_back("its kernel has no VXLAN: load the module vxlan");
  }
  if (facts.address == Ipv4Address{}) {
    problems.emplace_back("it was not reached over IPv4, which the networks between hosts need");
  }
  add_subnets_in_use(topology, node, facts, problems);
  return problems;
}

/// ssh looks for root's configuration in /root, which without root nobody may enter: there is the user's.
void show_home_as_roots() {
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home != '/') {
    throw Error("the environment has no HOME, where ssh's configuration is");
  }
  if (::unshare(CLONE_NEWNS) != 0 || ::mount(home, "/root", nullptr, MS_BIND, nullptr) != 0) {
    throw system_error("cannot show ssh its configuration");
  }
}

void write_underlay(const LabFolder& folder, const RemoteUnderlay& underlay) {
  Json json{{"port", underlay.port}, {"controller", to_string(underlay.controller)}, {"hosts", Json::object()}};
  for (const auto& [host, address] : underlay.hosts) {
    json["hosts"][host] = to_string(address);
  }
  json["identities"] = underlay.identities;
  write_file(folder.path() / "remote.json", json.dump(2) + "\n");
}

UplinkPlan uplink_plan(const Topology& topology, const RemoteUnderlay& underlay) {
  UplinkPlan plan{.own = underlay.controller, .port = underlay.port};
  for (const auto& [host, address] : underlay.hosts) {
    plan.peers.push_back(address);
  }
  std::set<unsigned> seen;
  for (const MakeLink& link : links_of(topology)) {
    if (!link.remote.empty() && seen.insert(link.index).second) {
      plan.networks.push_back({vxlan_id(topology.instance, link.index), uplink_tap(link.index)});
    }
  }
  return plan;
}

/// The connection that all commands to this node share, and a host's libvirt's socket.
int start_connection(
    const Topology& topology,
    const RemoteNode& node,
    const std::string& user,
    const LabFolder& folder,
    CommandRunner& runner) {
  SshTarget way = way_into(topology, node.name);
  way.shared_only = false;
  // Without root we are root in the lab's namespaces: by default ssh would log in as that.
  way.options.insert(way.options.end(), {"-o", "User=" + user});
  std::filesystem::create_directories(libvirt_socket(node.name).parent_path());
  std::filesystem::create_directories(folder.logs(node.name));
  std::vector<ForwardedSocket> sockets;
  if (node.host != nullptr) {
    sockets.push_back({libvirt_socket(node.name), libvirt_there});
  }
  Command connection = ssh_connection(way, sockets);
  connection.log = folder.logs(node.name) / "ssh.log";
  return runner.start(connection);
}

} // namespace

std::map<std::string, RemoteFacts> ask_remote_hosts(const Topology& topology, CommandRunner& runner) {
  const std::vector<RemoteNode> nodes = remote_nodes(topology);
  std::vector<RemoteFacts> answers(nodes.size());
  for_each_at_once(nodes.size(), [&](std::size_t i) {
    with_context(nodes[i].name, [&] { answers[i] = ask_remote(nodes[i].ssh, runner); });
  });
  std::map<std::string, RemoteFacts> facts;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    facts[nodes[i].name] = std::move(answers[i]);
  }
  return facts;
}

void expect_remote_hosts_suit(
    const Topology& topology,
    const std::map<std::string, RemoteFacts>& facts,
    Capabilities& capabilities) {
  std::vector<std::string> problems;
  std::map<std::string, std::string> places; // node by what its machine is
  for (const RemoteNode& node : remote_nodes(topology)) {
    const RemoteFacts& its = facts.at(node.name);
    for (const std::string& problem : problems_of(topology, node, its)) {
      problems.push_back(fmt::format("{} ({}): {}", node.name, node.ssh, problem));
    }
    if (const auto [other, is_new] = places.try_emplace(its.identity, node.name); !is_new) {
      problems.push_back(fmt::format("{} and {} are one machine ({})", other->second, node.name, its.host_name));
    }
    const bool emulated = its.processor.find("QEMU TCG") != std::string::npos;
    if (node.host != nullptr && (emulated || its.hypervisor == "none")) {
      capabilities.remote_emulated =
          fmt::format("{} {}", node.name, emulated ? "is emulated itself (QEMU's TCG)" : "has no KVM");
    }
  }
  add_addresses_in_use(topology, facts, problems);
  if (!problems.empty()) {
    throw machine_lacks(
        fmt::format("{}", fmt::join(problems, "\n")), "`migralab doctor --host ADDRESS` tells all about one");
  }
}

Capabilities probe_all_for(const Topology& topology, CommandRunner& runner) {
  Capabilities capabilities = probe_capabilities_for(topology, runner);
  if (!remote_nodes(topology).empty()) {
    Topology asked = topology;
    if (asked.instance.empty()) {
      asked.instance = instance_on_record(topology.lab);
    }
    expect_remote_hosts_suit(asked, ask_remote_hosts(topology, runner), capabilities);
  }
  return capabilities;
}

RemoteUnderlay read_underlay(const LabFolder& folder) {
  const Json json = Json::parse(read_file(folder.path() / "remote.json"));
  RemoteUnderlay underlay{
      .port = json.at("port"), .controller = parse_ipv4(json.at("controller").get<std::string>()).value()};
  for (const auto& [host, address] : json.at("hosts").items()) {
    underlay.hosts[host] = parse_ipv4(address.get<std::string>()).value();
  }
  underlay.identities = json.value("identities", std::map<std::string, std::string>());
  return underlay;
}

void connect_remote_hosts(
    const Topology& topology,
    const KeeperRecord& keeper,
    const LabFolder& folder,
    CommandRunner& runner) {
  RemoteUnderlay underlay{.port = choose_uplink_port()};
  const std::map<std::string, RemoteFacts> answers = ask_remote_hosts(topology, runner);
  for (const auto& [host, facts] : answers) {
    underlay.hosts[host] = facts.address;
    underlay.identities[host] = facts.identity;
    if (underlay.controller != Ipv4Address{} && underlay.controller != facts.controller) {
      throw Error(fmt::format(
                      "hosts see this machine at different addresses, {} and {}: they are on different networks",
                      to_string(underlay.controller),
                      to_string(facts.controller)))
          .with_hint("give all hosts addresses of one network in 'ssh'");
    }
    underlay.controller = facts.controller;
  }
  expect_own_address(underlay.controller);
  write_underlay(folder, underlay);
  std::filesystem::create_directories(folder.logs(switch_node));
  const std::filesystem::path uplink_log = folder.logs(switch_node) / "uplink.log";
  const auto work = [&] {
    if (keeper.rootless) {
      show_home_as_roots();
    }
    const int uplink = runner.start(uplink_command(uplink_plan(topology, underlay), uplink_log));
    std::map<std::string, int> connections;
    for (const RemoteNode& node : remote_nodes(topology)) {
      connections[node.name] = start_connection(topology, node, answers.at(node.name).user, folder, runner);
    }
    for (const auto& connection : connections) {
      const std::string& node = connection.first;
      const std::filesystem::path log = folder.logs(node) / "ssh.log";
      const SshTarget way = way_into(topology, node);
      wait_until(fmt::format("ssh connection to {}", node), login_limit, std::chrono::milliseconds(50), [&] {
        if (const auto end = runner.ended(connection.second)) {
          throw Error(fmt::format("ssh to {} ended: {}\n{}", node, describe_end(*end), log_tail(log)));
        }
        return std::filesystem::exists(way.control) && runner.run(ssh_check(way)).ok();
      });
    }
    if (const auto end = runner.ended(uplink)) {
      throw Error(fmt::format("this machine's end of the networks ended: {}", log_tail(uplink_log)));
    }
    return 0;
  };
  inside(keeper, work, connect_limit, Network::of_machine);
}

} // namespace migralab
