// SPDX-License-Identifier: Apache-2.0
// A topology as read, before it is checked and resolved: every value that a later check may have to point at carries
// its place. A value that could not be read is absent, and checks that need it stay silent: its error is already
// reported.
#pragma once

#include "migralab/core/diagnostics.hpp"
#include "migralab/topology/topology.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace migralab {

/// Ethernet's, in bytes.
inline constexpr unsigned usual_mtu = 1500;

struct NetworkDraft {
  Located<std::string> name;
  std::optional<Located<Subnet>> subnet; // the default is placed at the name
  Shaping shaping;
  unsigned mtu = usual_mtu;
  std::optional<Located<unsigned>> vlan;
  Located<bool> outbound;
  std::optional<Located<std::string>> bridge;
  std::set<Role> roles{Role::management, Role::migration, Role::storage, Role::guest};
};

struct AttachmentDraft {
  Located<std::string> network;
  std::optional<Located<Ipv4Address>> address; // none: automatic
};

/// What storage servers, hosts, clients and guests have in common.
struct NodeDraft {
  std::string_view kind; // "storage server", "host", "client", "guest"
  Located<std::string> name;
  std::vector<AttachmentDraft> networks;
  std::optional<Location> networks_where; // the key 'networks', where it is given and not empty
  bool networks_known = true;             // false once an error about them is reported
};

struct StorageDraft {
  NodeDraft node;
  StorageSpec::Type type = StorageSpec::Type::iscsi;
  std::optional<Located<ChapSpec>> chap;
  std::optional<Located<std::string>> folder;
  std::optional<Located<Substrate>> substrate; // none: remote with `ssh`, else namespace
  std::optional<Located<std::string>> image;
  std::optional<Located<std::string>> ssh;
};

struct HostDraft {
  NodeDraft node;
  Located<HostSpec::Hypervisor> hypervisor{HostSpec::Hypervisor::kvm, {}};
  std::optional<Located<Substrate>> substrate; // none: remote with `ssh`, else as the hypervisor needs it
  std::optional<Located<std::string>> image;
  std::optional<Located<std::string>> ssh;
  std::optional<Located<Bytes>> memory;
  std::optional<double> cpus;
};

struct ClientDraft {
  NodeDraft node;
};

struct DiskDraft {
  std::optional<Located<std::string>> storage;
  std::optional<Located<Bytes>> size;
};

struct LimitsDraft {
  std::optional<unsigned> cpu_shares;
  std::optional<Located<double>> cpu_quota;
  std::optional<Located<Bytes>> memory;
  std::optional<Bytes> disk_rate;
  std::optional<unsigned> disk_iops;
  std::optional<Location> disk_where; // the key 'disk'
  Shaping network;                    // rates only
  std::optional<Location> network_where;
};

struct GuestDraft {
  NodeDraft node;
  Located<std::string> image{"micro", {}};
  std::optional<Located<Bytes>> memory;
  unsigned vcpus = 1;
  std::optional<Located<std::string>> host;
  std::optional<DiskDraft> disk;
  std::vector<Located<Service>> services;
  LimitsDraft limits;
  std::optional<Location> limits_where; // the key 'limits'
  std::optional<Located<GuestSpec::Mode>> mode;
};

struct Draft {
  Located<std::string> lab;
  Accelerator accelerator = Accelerator::automatic;
  bool is_simulated = false;
  SimulatedSpec simulated;
  std::vector<NetworkDraft> networks;
  std::vector<StorageDraft> storage;
  std::vector<HostDraft> hosts;
  std::vector<ClientDraft> clients;
  std::vector<GuestDraft> guests;
};

/// All nodes in the order in which they get their addresses: storage, hosts, clients, guests, each in file order.
[[nodiscard]] std::vector<NodeDraft*> nodes_of(Draft& draft);
[[nodiscard]] std::vector<const NodeDraft*> nodes_of(const Draft& draft);

/// What the file says, or what the hypervisor needs.
[[nodiscard]] Substrate substrate_of(const HostDraft& host);
[[nodiscard]] Substrate substrate_of(const StorageDraft& storage);
/// Whether it has a kernel of its own; and whether that is one which the lab boots.
[[nodiscard]] bool is_machine(const HostDraft& host);
[[nodiscard]] bool is_booted(const HostDraft& host);
[[nodiscard]] bool is_booted(const StorageDraft& storage);
[[nodiscard]] bool is_machine(const StorageDraft& storage);

/// The recipe of a machine whose file names none; empty: it is no machine.
[[nodiscard]] std::string image_of(const HostDraft& host);
[[nodiscard]] std::string image_of(const StorageDraft& storage);

[[nodiscard]] const NetworkDraft* find_network(const Draft& draft, std::string_view name);
[[nodiscard]] const HostDraft* find_host(const Draft& draft, std::string_view name);
[[nodiscard]] const StorageDraft* find_storage(const Draft& draft, std::string_view name);
[[nodiscard]] bool is_attached(const NodeDraft& node, std::string_view network);
/// Whether the two nodes share a network, one with `role` where a role is given.
[[nodiscard]] bool
share_network(const Draft& draft, const NodeDraft& a, const NodeDraft& b, std::optional<Role> role = std::nullopt);

} // namespace migralab
