// SPDX-License-Identifier: Apache-2.0
// A lab as its user wishes it: resolved (every default filled in, every address given), checked, and nothing else.
// What is to be done about it is a Plan; what was done is a LabState.
#pragma once

#include "migralab/core/address.hpp"
#include "migralab/core/units.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace migralab {

/// The planes of a network: which streams it carries.
enum class Role { management, migration, storage, guest };

struct NetworkSpec {
  std::string name;
  Subnet subnet;
  std::optional<BitRate> rate; // per link and direction; none: not shaped
  std::set<Role> roles;        // default: all four
};

/// One node's place on one network.
struct Attachment {
  std::string network;
  Ipv4Address address;

  bool operator==(const Attachment&) const = default;
};

struct StorageSpec {
  /// `iscsi`, `nfs`: a server of that kind. `local`: no server, the disk is a file on the guest's host.
  enum class Type { iscsi, nfs, local };
  std::string name;
  Type type = Type::iscsi;
  std::vector<Attachment> networks; // none for `local`
};

struct HostSpec {
  enum class Hypervisor { kvm };
  std::string name;
  Hypervisor hypervisor = Hypervisor::kvm;
  Bytes memory;      // the sum of its guests must fit
  unsigned cpus = 1; // default 1
  std::vector<Attachment> networks;
};

struct ClientSpec {
  std::string name;
  std::vector<Attachment> networks;
};

struct DiskSpec {
  std::string storage; // name of a storage server
  Bytes size;          // a multiple of 512 B
};

enum class Service { http, echo }; // http: TCP port 80; echo: UDP port 7, always on in micro guests

struct GuestSpec {
  std::string name;
  std::string image = "micro";
  Bytes memory;
  unsigned vcpus = 1;
  std::string host; // where it starts
  std::optional<DiskSpec> disk;
  std::vector<Attachment> networks;
  std::set<Service> services;
};

/// Which accelerator the guests use. `automatic`: KVM where it is really usable, TCG otherwise.
enum class Accelerator { automatic, kvm, tcg };

struct Topology {
  std::string lab;
  std::filesystem::path file;
  std::string text; // of the file, as it was read
  Accelerator accelerator = Accelerator::automatic;
  std::vector<NetworkSpec> networks;
  std::vector<StorageSpec> storage;
  std::vector<HostSpec> hosts;
  std::vector<ClientSpec> clients;
  std::vector<GuestSpec> guests;
};

/// Look-ups by name; throw Error that lists the known names when there is none.
[[nodiscard]] const NetworkSpec& network_of(const Topology& topology, const std::string& name);
[[nodiscard]] const StorageSpec& storage_of(const Topology& topology, const std::string& name);
[[nodiscard]] const HostSpec& host_of(const Topology& topology, const std::string& name);
[[nodiscard]] const GuestSpec& guest_of(const Topology& topology, const std::string& name);

/// The address that a node with these attachments has for a role: on the first network of the topology with that role
/// that it is attached to.
[[nodiscard]] std::optional<Attachment>
attachment_for(const Topology& topology, const std::vector<Attachment>& attachments, Role role);

[[nodiscard]] std::string to_string(Role role);
[[nodiscard]] std::string to_string(StorageSpec::Type type);
[[nodiscard]] std::string to_string(Service service);
[[nodiscard]] std::string to_string(Accelerator accelerator);

} // namespace migralab
