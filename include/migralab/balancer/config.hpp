// SPDX-License-Identifier: Apache-2.0
// What an agent and a coordinator are told when they start (docs/protocol.md): all that they know of the world, as one
// JSON file each. Paths and addresses are those that the process itself sees.
#pragma once

#include "migralab/coordination/groups.hpp"
#include "migralab/core/address.hpp"
#include "migralab/hypervisor/migration.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace migralab::balancer {

/// Where one of them listens (UDP).
struct Endpoint {
  Ipv4Address address;
  std::uint16_t port = 4719;

  bool operator==(const Endpoint&) const = default;
};

/// Who tells how long a host's processors were busy.
struct ProcessorSource {
  enum class Kind {
    account, ///< a control group's file: cpuacct.usage or cpu.stat
    network, ///< no such group: the processes of a network namespace (a file of nsfs)
    machine  ///< all of this machine: /proc/stat
  };
  Kind kind = Kind::machine;
  std::filesystem::path path;

  bool operator==(const ProcessorSource&) const = default;
};

/// A host that guests may be sent to.
struct Destination {
  std::filesystem::path libvirt; ///< socket of its libvirtd
  std::string address;           ///< on the migration network

  bool operator==(const Destination&) const = default;
};

struct AgentConfig {
  std::string host;
  std::string coordinator; ///< its name
  Endpoint here;
  Endpoint to_coordinator;
  std::filesystem::path libvirt; ///< socket of this host's libvirtd
  ProcessorSource processors;
  double cpus = 1;                  ///< capacity: processors
  Bytes memory;                     ///< capacity: for guests
  BitRate network;                  ///< capacity: of all interfaces together, in one direction
  std::set<std::string> interfaces; ///< that count
  std::map<std::string, Destination> destinations;
  std::map<std::string, Endpoint> peers; ///< by host; of a policy without a coordinator, else empty
  std::string policy;
  std::vector<std::string> parameters; ///< "NAME=VALUE"; those of sampling matter here: period, mu, overload, watch
  MigrationOptions migration;
};

struct CoordinatorConfig {
  std::string name;
  Endpoint here;
  std::map<std::string, Endpoint> hosts; ///< that have an agent
  std::string policy;
  std::vector<std::string> parameters; ///< "NAME=VALUE"
  std::vector<coordination::NamedGroup> groups;
  std::set<std::string> evacuate;                        ///< hosts that all guests shall leave
  Nanoseconds migration_limit = std::chrono::minutes(5); ///< that agents give a migration
  std::filesystem::path memory;                          ///< file for what a policy remembers from round to round
};

[[nodiscard]] std::string to_json(const AgentConfig& config);
[[nodiscard]] std::string to_json(const CoordinatorConfig& config);

/// Throw Error (exit code 2) that names the file and what is wrong in it.
[[nodiscard]] AgentConfig read_agent_config(const std::filesystem::path& file);
[[nodiscard]] CoordinatorConfig read_coordinator_config(const std::filesystem::path& file);

} // namespace migralab::balancer
