// SPDX-License-Identifier: Apache-2.0
#include "migralab/simulation/ganeti.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace migralab::simulation {

namespace {

/// hbal reads whole numbers of megabytes and cores.
long whole(double number) {
  return std::lround(number);
}

/// owner|standard|bounds|templates|vcpu ratio|spindle ratio: of the cluster, then of the group.
std::string policy_of(const char* owner, double vcpu_ratio) {
  return fmt::format("{}|128,1,1024,1,1,1|1,1,1,1,1,1;1048576,1024,1048576,16,8,12|ext|{}|32.0\n", owner, vcpu_ratio);
}

} // namespace

HbalFiles hbal_files(const GanetiCluster& cluster) {
  HbalFiles files;
  files.state = "group-1|uuid-1|preferred||\n\n";
  for (const GanetiNode& node : cluster.nodes) {
    double given = 0;
    for (const GanetiInstance& instance : cluster.instances) {
      given += &cluster.nodes[instance.node] == &node ? instance.memory_mb : 0;
    }
    files.state += fmt::format(
        "{}|{}|{}|{}|{}|{}|{}|{}|uuid-1|1||N|0|{}|{}\n",
        node.name,
        whole(node.memory_mb),
        whole(node.memory_mb - node.free_memory_mb - given),
        whole(node.free_memory_mb),
        whole(node.disk_mb),
        whole(node.free_disk_mb),
        whole(node.cores),
        node.offline ? "Y" : "N",
        whole(node.own_vcpus),
        node.speed);
  }
  files.state += "\n";
  for (const GanetiInstance& instance : cluster.instances) {
    files.state += fmt::format(
        "{}|{}|0|{}|running|{}|{}||ext||1|-\n",
        instance.name,
        whole(instance.memory_mb),
        whole(instance.vcpus),
        instance.movable ? "Y" : "N",
        cluster.nodes[instance.node].name);
    files.loads += fmt::format(
        "{} {} {} {} {}\n", instance.name, instance.load[0], instance.load[1], instance.load[2], instance.load[3]);
  }
  files.state += "\n\n" + policy_of("", cluster.vcpu_ratio) + policy_of("group-1", cluster.vcpu_ratio);
  return files;
}

GanetiCluster ganeti_of(const balance::Cluster& cluster) {
  constexpr double gigabytes = 1e6;   // MB of memory and disk in a host of capacity 1
  constexpr double free_ratio = 1000; // vcpus of a core: processors are weighed by their loads
  balance::Load largest{};
  for (const balance::Host& host : cluster.hosts) {
    largest.cpu = std::max(largest.cpu, host.capacity.cpu);
    largest.mem = std::max(largest.mem, host.capacity.mem);
    largest.net = std::max(largest.net, host.capacity.net);
  }
  GanetiCluster ganeti;
  ganeti.vcpu_ratio = free_ratio;
  for (const balance::Host& host : cluster.hosts) {
    GanetiNode& node = ganeti.nodes.emplace_back();
    node.name = host.name;
    node.memory_mb = std::max(1.0, std::round(gigabytes * host.capacity.mem / largest.mem));
    node.free_memory_mb = std::round(node.memory_mb * (1 - host.load.mem));
    node.disk_mb = node.free_disk_mb = gigabytes;
    node.cores = 1;
    node.offline = host.evacuating;
  }
  for (const balance::Guest& guest : cluster.guests) {
    const balance::Host& host = cluster.hosts[guest.host];
    GanetiInstance& instance = ganeti.instances.emplace_back();
    instance.name = guest.name;
    instance.node = guest.host;
    instance.memory_mb = std::round(ganeti.nodes[guest.host].memory_mb * guest.load.mem);
    instance.vcpus = 1;
    const balance::Load load = guest.load * host.capacity / largest; // deviations of all are added up: in one unit
    instance.load = {load.cpu, load.mem, 0, load.net};
  }
  return ganeti;
}

} // namespace migralab::simulation
