// SPDX-License-Identifier: Apache-2.0
// A lab as its user wishes it: resolved (every default filled in, every address given), checked, and nothing else.
// What is to be done about it is a Plan; what was done is a LabState.
#pragma once

#include "migralab/core/address.hpp"
#include "migralab/core/units.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace migralab {

/// The planes of a network: which streams it carries.
enum class Role { management, migration, storage, guest };

/// How each cable of a network is shaped. `up` is from a node to the switch, `down` from the switch to a node.
struct Shaping {
  std::optional<BitRate> up = {}; // none: not shaped
  std::optional<BitRate> down = {};
  std::chrono::nanoseconds delay{}; // added in each direction
  double loss = 0;                  // of the frames, in each direction; 0 to 1

  [[nodiscard]] bool delays_or_loses() const { return delay.count() > 0 || loss > 0; }

  bool operator==(const Shaping&) const = default;
};

struct NetworkSpec {
  std::string name;
  Subnet subnet;
  Shaping shaping = {};
  unsigned mtu = 1500;               // bytes
  std::optional<unsigned> vlan = {}; // 802.1Q id: this network is a VLAN of the switch's one VLAN-aware bridge
  bool outbound = false;             // guests reach what the machine reaches, by a user-mode gateway
  std::set<Role> roles = {};         // default: all four
  std::string bridge = {};           // of remote hosts: one that is there, and leads from host to host; empty: none
  /// By node: cables that were shaped otherwise in the running lab (`shape --node`). No file says so.
  std::map<std::string, Shaping> exceptions = {};

  [[nodiscard]] const Shaping& shaping_of(const std::string& node) const {
    const auto exception = exceptions.find(node);
    return exception == exceptions.end() ? shaping : exception->second;
  }
};

/// One node's place on one network.
struct Attachment {
  std::string network;
  Ipv4Address address;

  bool operator==(const Attachment&) const = default;
};

/// CHAP (RFC 1994, RFC 3720 section 8.2.1): the initiator proves that it knows the target's secret.
struct ChapSpec {
  std::string user = "migralab";
  std::filesystem::path secret_file = {}; // absolute; empty: a secret is made for the lab
};

/// Where a node comes from. `name_space`: namespaces of this machine, with daemons of its own. `machine`: a virtual
/// machine that the lab boots, with a kernel of its own. `remote`: a machine that is there, reached by ssh.
enum class Substrate { name_space, machine, remote };

struct StorageSpec {
  /// `iscsi`, `nfs`, `aoe`: a server of that kind. `local`: no server, the disk is a file on the guest's host.
  enum class Type { iscsi, nfs, aoe, local };
  std::string name;
  Type type = Type::iscsi;
  std::vector<Attachment> networks;  // none for `local`
  std::optional<ChapSpec> chap = {}; // `iscsi` only
  std::filesystem::path folder = {}; // of the machine, where the disks' files are kept; empty: the lab's own
  Substrate substrate = Substrate::name_space;
  std::string image = {}; // of a machine that the lab boots: the recipe of its system
  std::string ssh = {};   // remote: as of a host
};

struct HostSpec {
  enum class Hypervisor { kvm, xen };
  using Substrate = migralab::Substrate; // a machine has a hypervisor of its own, too
  std::string name;
  Hypervisor hypervisor = Hypervisor::kvm;
  Bytes memory;                    // the sum of its guests must fit
  std::optional<double> cpus = {}; // in hundredths of a processor; none: as many as the machine has
  std::vector<Attachment> networks;
  Substrate substrate = Substrate::name_space;
  std::string image = {}; // of a machine that the lab boots: the recipe of its system
  std::string ssh = {};   // remote: its destination for ssh(1), a name of the user's configuration or user@address
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

/// What a guest may use at most (https://libvirt.org/formatdomain.html: cputune, memtune, iotune, bandwidth). Absent:
/// no limit.
struct GuestLimits {
  std::optional<unsigned> cpu_shares = {};  // weight against the other guests of its host; libvirt's default is 1024
  std::optional<double> cpu_quota = {};     // processors, all its vCPUs together: 0.5 is half of one
  std::optional<Bytes> memory = {};         // of its QEMU process, the guest's memory and QEMU's own
  std::optional<Bytes> disk_rate = {};      // per second, reads and writes together
  std::optional<unsigned> disk_iops = {};   // per second, reads and writes together
  std::optional<BitRate> network_up = {};   // sent, on each of its interfaces
  std::optional<BitRate> network_down = {}; // received

  bool operator==(const GuestLimits&) const = default;
};

struct GuestSpec {
  std::string name;
  std::string image = "micro"; // the name of a recipe, or the absolute path of a qcow2 file
  Bytes memory;
  unsigned vcpus = 1;
  std::string host; // where it starts
  std::optional<DiskSpec> disk;
  std::vector<Attachment> networks;
  std::set<Service> services;
  GuestLimits limits = {};
  /// On Xen hosts. `pvh`: by the processor's virtualisation, without an emulated machine. `pv`: by Xen alone; it cannot
  /// go live where Xen has no shadow paging (Debian's). `hvm`: by the processor's virtualisation, in a machine that
  /// QEMU emulates.
  enum class Mode { pvh, pv, hvm };
  Mode mode = Mode::pvh;
};

/// Which accelerator the guests use. `automatic`: KVM where it is really usable, TCG otherwise.
enum class Accelerator { automatic, kvm, tcg };

/// What a simulated lab takes for granted: its times, and its guests' memory beside what workloads do
/// (docs/simulator.md).
struct SimulatedSpec {
  Bytes used = Bytes::mib(120);                                    // of each guest: not zero
  Bytes dirty_rate{512U << 10U};                                   // per second, of an idle guest
  Bytes working_set = Bytes::mib(2);                               // that these writes go to
  double idle_cpu = 0.02;                                          // processors of an idle guest
  double goodput = 0.94;                                           // of a link's rate, that a migration gets
  std::chrono::nanoseconds setup = std::chrono::milliseconds(30);  // before a migration's first byte
  std::chrono::nanoseconds resume = std::chrono::milliseconds(20); // from its last byte until the guest runs
  std::chrono::nanoseconds finish = std::chrono::milliseconds(30); // after that
  bool noise = true;                                               // times and latencies differ a little, by the seed
};

struct Topology {
  std::string lab;
  std::string instance = {}; // UUID of the lab that was brought up from it; empty before
  std::filesystem::path file;
  std::string text; // of the file, as it was read
  Accelerator accelerator = Accelerator::automatic;
  bool is_simulated = false; // all of it: nothing is brought up
  SimulatedSpec simulated = {};
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

/// Whether it has a kernel of its own, and is entered by ssh: booted by the lab, or remote.
[[nodiscard]] bool is_machine(const HostSpec& host);

[[nodiscard]] bool is_machine(const StorageSpec& storage);

/// Of the host or storage server of this name; false for every other node.
[[nodiscard]] bool is_machine(const Topology& topology, const std::string& node);

/// Whether it is a machine that outlives the lab.
[[nodiscard]] bool is_remote(const HostSpec& host);
[[nodiscard]] bool is_remote(const StorageSpec& storage);
/// Of the host or storage server of this name; false for every other node.
[[nodiscard]] bool is_remote(const Topology& topology, const std::string& node);

/// A host or storage server that outlives the lab.
struct RemoteNode {
  std::string name;
  std::string ssh;
  const HostSpec* host = nullptr; // none: a storage server
};
/// All of them: storage servers, then hosts. They live as long as the topology.
[[nodiscard]] std::vector<RemoteNode> remote_nodes(const Topology& topology);

/// Whether a guest of the one may come to the other: of one hypervisor and one substrate.
[[nodiscard]] bool same_kind(const HostSpec& one, const HostSpec& other);

/// How many nodes of the lab are machines that it boots.
[[nodiscard]] std::size_t count_machines(const Topology& topology);

/// What its storage servers and hosts that are machines, and its guests, boot; each once.
[[nodiscard]] std::vector<std::string> images_of(const Topology& topology);

/// The address that a node with these attachments has for a role: on the first network of the topology with that role
/// that it is attached to.
[[nodiscard]] std::optional<Attachment>
attachment_for(const Topology& topology, const std::vector<Attachment>& attachments, Role role);

/// Of the rates: "100Mbit/s", "10Mbit/s up, 100Mbit/s down", "not shaped".
[[nodiscard]] std::string describe_rate(const Shaping& shaping);

[[nodiscard]] std::string to_string(Role role);
[[nodiscard]] std::string to_string(StorageSpec::Type type);
[[nodiscard]] std::string to_string(Service service);
[[nodiscard]] std::string to_string(Accelerator accelerator);
[[nodiscard]] std::string to_string(HostSpec::Hypervisor hypervisor);
[[nodiscard]] std::string to_string(Substrate substrate);
[[nodiscard]] std::string to_string(GuestSpec::Mode mode);

} // namespace migralab
