// SPDX-License-Identifier: Apache-2.0
#include "migralab/balancer/plan.hpp"

#include "migralab/balance/policy.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/units.hpp"
#include "migralab/lab/interior.hpp"
#include "migralab/plan/plan.hpp"
#include "migralab/substrate/links.hpp"
#include "migralab/substrate/nodes.hpp"
#include "migralab/substrate/processor_time.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

namespace migralab::balancer {

namespace {

constexpr std::uint16_t agent_port = 4719;
constexpr std::uint16_t coordinator_port = 4720;                 // another one: both may be on one host
constexpr const char* coordinator_name = "migralab.coordinator"; // no node's: those have no dots

std::optional<Ipv4Address> address_on(const std::vector<Attachment>& attachments, const std::string& network) {
  for (const Attachment& attachment : attachments) {
    if (attachment.network == network) {
      return attachment.address;
    }
  }
  return std::nullopt;
}

bool all_hosts_on(const Topology& topology, const std::string& network) {
  return std::all_of(topology.hosts.begin(), topology.hosts.end(), [&](const HostSpec& host) {
    return address_on(host.networks, network).has_value();
  });
}

/// A network that carries the messages, and who coordinates from where on it.
struct Seat {
  std::string network;
  std::string node;
  Ipv4Address address;
};

std::optional<Seat> seat_on(const Topology& topology, const std::string& network) {
  const auto look_at = [&](const auto& nodes) -> std::optional<Seat> {
    for (const auto& node : nodes) {
      const auto address = address_on(node.networks, network);
      if (address && !is_machine(topology, node.name)) { // the addresses of a machine are in it
        return Seat{network, node.name, *address};
      }
    }
    return std::nullopt;
  };
  for (const auto& seat : {look_at(topology.storage), look_at(topology.clients), look_at(topology.hosts)}) {
    if (seat) {
      return seat;
    }
  }
  return std::nullopt;
}

Seat seat_in(const Topology& topology) {
  for (const bool management : {true, false}) { // rather on a network for management
    for (const NetworkSpec& network : topology.networks) {
      if (network.roles.contains(Role::management) == management && all_hosts_on(topology, network.name)) {
        if (const auto seat = seat_on(topology, network.name)) {
          return *seat;
        }
      }
    }
  }
  throw Error("no network is shared by all hosts, so that none can coordinate them", ExitStatus::bad_input)
      .with_hint("attach every host to one network");
}

/// Each host knows itself and the one that it has drawn.
void expect_nothing_of_the_whole(const BalanceWish& wish) {
  const char* const what = !wish.evacuate.empty() ? "empties no host" : !wish.groups.empty() ? "knows no groups" : "";
  if (balance::is_distributed(wish.policy) && *what != '\0') {
    throw Error(fmt::format("policy '{}' has no coordinator: it {}", wish.policy, what), ExitStatus::bad_input)
        .with_hint("take another policy: `migralab balance policies`");
  }
}

void expect_balanceable(const Topology& topology, const BalanceWish& wish) {
  if (topology.hosts.size() < 2) {
    throw Error("a lab with one host cannot be balanced", ExitStatus::bad_input)
        .with_hint("the topology needs a second host for guests to go to");
  }
  for (const std::string& host : wish.evacuate) {
    static_cast<void>(host_of(topology, host)); // a wrong name is an error that lists the right ones
  }
  for (const coordination::NamedGroup& group : wish.groups) {
    for (const std::string& guest : group.guests) {
      static_cast<void>(guest_of(topology, guest));
    }
    if (group.guests.size() < 2) {
      throw Error("a group of less than two guests", ExitStatus::bad_input)
          .with_hint("guests that stay together or apart are two or more");
    }
  }
  if (const auto pair = balance::torn_pair(wish.groups)) {
    throw Error(
        fmt::format("guests {} and {} are to stay together and apart", pair->first, pair->second),
        ExitStatus::bad_input)
        .with_hint("take one of them out of one of the groups");
  }
  for (const HostSpec& host : topology.hosts) {
    if (is_machine(host) && !topology.is_simulated) {
      throw Error(
          fmt::format("host {} is a machine of its own: balancers run on hosts that are namespaces only", host.name),
          ExitStatus::bad_input)
          .with_hint("use a topology whose hosts are of substrate namespace");
    }
  }
  for (const GuestSpec& guest : topology.guests) {
    if (guest.disk && storage_of(topology, guest.disk->storage).type == StorageSpec::Type::local) {
      throw Error(
          fmt::format("guest {} has its disk on storage of type local: it cannot go to another host", guest.name),
          ExitStatus::bad_input)
          .with_hint("a lab that is balanced needs disks that all hosts reach: storage of type iscsi or nfs");
    }
  }
  expect_nothing_of_the_whole(wish);
  constexpr auto shortest_period = std::chrono::milliseconds(100);
  const Nanoseconds period = balance::make_policy(wish.policy, wish.parameters).parameters().period;
  if (period < shortest_period) {
    throw Error(
        fmt::format("period={}: agents look at their hosts every {} at most", human(period), human(shortest_period)),
        ExitStatus::bad_input)
        .with_hint("a look takes some milliseconds, and a load is a mean over the time between two");
  }
}

ProcessorSource processors_of(const ControlGroups& groups, const std::string& host) {
  if (const auto accounts = processor_accounts(groups, {host})) {
    return {.kind = ProcessorSource::Kind::account, .path = accounts->at(host)};
  }
  return {.kind = ProcessorSource::Kind::network, .path = namespaces_of(host).net};
}

/// In one direction, all its networks together.
BitRate network_of_host(const Topology& topology, const HostSpec& host) {
  BitRate sum;
  for (const Attachment& attachment : host.networks) {
    const Shaping& shaping = network_of(topology, attachment.network).shaping_of(host.name);
    const BitRate rate = shaping.up ? *shaping.up : shaping.down.value_or(unshaped_rate);
    sum.bits_per_second += rate.bits_per_second;
  }
  return sum;
}

std::set<std::string> uplinks_of(const Topology& topology, const std::string& host) {
  std::set<std::string> uplinks;
  for (const MakeLink& link : links_of(topology)) {
    if (link.node == host) {
      uplinks.insert(ends_of(link).node.interface);
    }
  }
  return uplinks;
}

std::map<std::string, Destination> destinations_from(const Topology& topology, const std::string& from) {
  std::map<std::string, Destination> destinations;
  for (const HostSpec& host : topology.hosts) {
    const auto attachment = attachment_for(topology, host.networks, Role::migration);
    if (host.name != from && attachment) {
      destinations[host.name] = {.libvirt = libvirt_socket(host.name), .address = to_string(attachment->address)};
    }
  }
  return destinations;
}

} // namespace

BalancerPlan plan_balancer(
    const Topology& topology,
    const ControlGroups& groups,
    const BalanceWish& wish,
    const std::filesystem::path& folder,
    unsigned processors) {
  expect_balanceable(topology, wish);
  const Seat seat = seat_in(topology);
  BalancerPlan plan{
      .node = seat.node,
      .coordinator =
          {.name = coordinator_name,
           .here = {.address = seat.address, .port = coordinator_port},
           .hosts = {},
           .policy = wish.policy,
           .parameters = wish.parameters,
           .groups = wish.groups,
           .evacuate = wish.evacuate,
           .migration_limit = wish.migration.timeout,
           .memory = folder / "memory.json"},
      .agents = {}};
  for (const HostSpec& host : topology.hosts) {
    const Endpoint here{.address = *address_on(host.networks, seat.network), .port = agent_port};
    plan.coordinator.hosts[host.name] = here;
    plan.agents[host.name] = {
        .host = host.name,
        .coordinator = coordinator_name,
        .here = here,
        .to_coordinator = plan.coordinator.here,
        .libvirt = libvirt_socket(host.name),
        .processors = processors_of(groups, host.name),
        .cpus = host.cpus ? static_cast<double>(*host.cpus) : processors,
        .memory = host.memory,
        .network = network_of_host(topology, host),
        .interfaces = uplinks_of(topology, host.name),
        .destinations = destinations_from(topology, host.name),
        .peers = {},
        .policy = wish.policy,
        .parameters = wish.parameters,
        .migration = wish.migration};
  }
  if (balance::is_distributed(wish.policy)) {
    for (auto& [name, agent] : plan.agents) {
      agent.peers = plan.coordinator.hosts;
      agent.peers.erase(name);
    }
  }
  return plan;
}

} // namespace migralab::balancer
