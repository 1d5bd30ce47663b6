// SPDX-License-Identifier: Apache-2.0
#include "world.hpp"

#include "migralab/balancer/plan.hpp"
#include "migralab/models/model.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

namespace migralab::simulated {

namespace {

constexpr double processors_of_a_host = 4;    // where the topology says nothing
constexpr double processors_per_byte = 4e-10; // of either host, for each byte of a migration in a second
constexpr double most_memory = 0.95;          // of a guest: what may be other than zero

double in_seconds(Nanoseconds span) {
  return std::chrono::duration<double>(span).count();
}

double capacity(const std::optional<BitRate>& rate, double goodput) {
  return bytes_per_second(rate.value_or(balancer::unshaped_rate)) * goodput;
}

Cable cable(const std::string& network, const std::string& node, const char* direction) {
  return network + "." + node + "." + direction;
}

std::map<Cable, double> capacities_of(const Topology& topology) {
  std::map<Cable, double> capacities;
  const auto add = [&](const auto& nodes) {
    for (const auto& node : nodes) {
      for (const Attachment& attachment : node.networks) {
        const Shaping& shaping = network_of(topology, attachment.network).shaping_of(node.name);
        const double goodput = topology.simulated.goodput;
        capacities[cable(attachment.network, node.name, "up")] = capacity(shaping.up, goodput);
        capacities[cable(attachment.network, node.name, "down")] = capacity(shaping.down, goodput);
      }
    }
  };
  add(topology.storage);
  add(topology.hosts);
  add(topology.clients);
  return capacities;
}

template <typename Nodes> const std::vector<Attachment>* find_networks(const Nodes& nodes, const std::string& name) {
  const auto found = std::find_if(nodes.begin(), nodes.end(), [&](const auto& node) { return node.name == name; });
  return found == nodes.end() ? nullptr : &found->networks;
}

const std::vector<Attachment>& networks_of(const Topology& topology, const std::string& node) {
  static const std::vector<Attachment> none;
  for (const auto* networks :
       {find_networks(topology.hosts, node),
        find_networks(topology.clients, node),
        find_networks(topology.storage, node)}) {
    if (networks != nullptr) {
      return *networks;
    }
  }
  return none;
}

/// On the first network with that role that both are on.
std::vector<Cable> path_between(const Topology& topology, const std::string& from, const std::string& to, Role role) {
  if (from == to) {
    return {};
  }
  const auto is_on = [&](const std::string& node, const std::string& network) {
    const auto& networks = networks_of(topology, node);
    return std::any_of(networks.begin(), networks.end(), [&](const auto& one) { return one.network == network; });
  };
  for (const NetworkSpec& network : topology.networks) {
    if (network.roles.contains(role) && is_on(from, network.name) && is_on(to, network.name)) {
      return {cable(network.name, from, "up"), cable(network.name, to, "down")};
    }
  }
  return {};
}

bool is_guest(const Topology& topology, const std::string& node) {
  return std::any_of(
      topology.guests.begin(), topology.guests.end(), [&](const GuestSpec& guest) { return guest.name == node; });
}

} // namespace

double dirtied(const std::vector<Writer>& writers, double seconds) {
  double sum = 0;
  for (const Writer& writer : writers) {
    sum += writer.set > 0 ? writer.set * -std::expm1(-writer.rate * seconds / writer.set) : 0;
  }
  return sum;
}

World::World(
    const Topology& topology,
    std::vector<WorkloadSpec> workloads,
    std::string measured,
    Instant now,
    std::uint64_t seed)
    : topology_(topology), workloads_(std::move(workloads)), timeline_(now), links_(timeline_, capacities_of(topology)),
      random_(seed) {
  for (const GuestSpec& guest : topology.guests) {
    hosts_[guest.name] = guest.host;
  }
  for (const WorkloadSpec& spec : workloads_) {
    const std::string guest = is_guest(topology, spec.node) ? spec.node : measured;
    running_.push_back({&spec, demand_of(spec), guest});
  }
}

void World::runs(const std::string& guest) {
  if (const auto stopped = stopped_.find(guest); stopped != stopped_.end()) {
    still_[guest].push_back({stopped->second, timeline_.now()});
    stopped_.erase(stopped);
  }
}

std::vector<const World::Running*> World::running_for(const std::string& guest) const {
  std::vector<const Running*> found;
  for (const Running& one : running_) {
    const Nanoseconds since = go_ ? timeline_.now() - *go_ : Nanoseconds(-1);
    const bool now = since >= one.spec->begins && (!one.spec->lasts || since < one.spec->begins + *one.spec->lasts);
    if (now && one.guest == guest) {
      found.push_back(&one);
    }
  }
  return found;
}

double World::asked_by(const std::string& guest) const {
  double sum = topology_.simulated.idle_cpu;
  for (const Running* one : running_for(guest)) {
    sum += one->demand.processors;
    if (one->demand.swing > 0) {
      const double turns = in_seconds(timeline_.now() - *go_ - one->spec->begins) / in_seconds(one->demand.period);
      sum += one->demand.swing * std::sin(2 * std::numbers::pi * turns);
    }
  }
  return sum;
}

double World::wanted_by(const std::string& guest) const {
  if (stopped_.contains(guest)) {
    return 0;
  }
  const GuestSpec& spec = guest_of(topology_, guest);
  const double most = std::min<double>(spec.vcpus, spec.limits.cpu_quota.value_or(spec.vcpus));
  const auto throttled = throttled_.find(guest);
  return std::min(asked_by(guest), most) * (throttled == throttled_.end() ? 1 : 1 - throttled->second);
}

double World::processors_on(const std::string& host) const {
  return host_of(topology_, host).cpus.value_or(processors_of_a_host);
}

double World::wanted_on(const std::string& host) const {
  double sum = taken_by_migrations(host);
  for (const auto& [guest, where] : hosts_) {
    sum += where == host ? wanted_by(guest) : 0;
  }
  return sum;
}

double World::taken_by_migrations(const std::string& host) const {
  double bytes = 0;
  for (const Attachment& attachment : host_of(topology_, host).networks) {
    bytes += links_.through(cable(attachment.network, host, "up"));
    bytes += links_.through(cable(attachment.network, host, "down"));
  }
  return bytes * processors_per_byte;
}

double World::used_on(const std::string& host) const {
  return std::min(wanted_on(host), processors_on(host));
}

double World::processors_of(const std::string& guest) const {
  const std::string& host = hosts_.at(guest);
  return wanted_by(guest) * std::min(1.0, processors_on(host) / std::max(wanted_on(host), 1e-9));
}

double World::speed_of(const std::string& guest) const {
  if (stopped_.contains(guest)) {
    return 0;
  }
  const double asked = asked_by(guest);
  return asked <= 0 ? 1 : std::min(1.0, processors_of(guest) / asked);
}

double World::sent_by(const std::string& guest) const {
  double sum = 0;
  for (const Running* one : running_for(guest)) {
    sum += one->demand.sent;
  }
  return sum * speed_of(guest);
}

std::vector<Writer> World::writers_of(const std::string& guest) const {
  const double speed = speed_of(guest);
  const SimulatedSpec& idle = topology_.simulated;
  std::vector<Writer> writers{
      {static_cast<double>(idle.dirty_rate.count), static_cast<double>(idle.working_set.count)}};
  for (const Running* one : running_for(guest)) {
    writers.push_back({one->demand.dirtied * speed, one->demand.working_set});
  }
  return writers;
}

double World::memory_of(const std::string& guest) const {
  auto sum = static_cast<double>(topology_.simulated.used.count);
  for (const Running* one : running_for(guest)) {
    sum += one->demand.working_set;
  }
  return std::min(sum, most_memory * static_cast<double>(guest_of(topology_, guest).memory.count));
}

std::vector<Cable> World::path(const std::string& from, const std::string& to) const {
  return path_between(topology_, from, to, Role::migration);
}

std::vector<Cable> World::guest_path(const std::string& node, const std::string& host) const {
  return path_between(topology_, node, host, Role::guest);
}

Nanoseconds World::round_trip(const std::vector<Cable>& path) const {
  constexpr auto of_a_switch = std::chrono::microseconds(200);
  Nanoseconds delay = of_a_switch;
  for (const Cable& one : path) {
    const std::string network = one.substr(0, one.find('.'));
    delay += 2 * network_of(topology_, network).shaping.delay;
  }
  return delay;
}

} // namespace migralab::simulated
