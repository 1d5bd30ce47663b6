// SPDX-License-Identifier: Apache-2.0
// What `up` would do: a graph of named steps. A pure function of what is wished and what the machine can do, so that
// --dry-run prints exactly what is carried out.
#pragma once

#include "migralab/plan/capabilities.hpp"
#include "migralab/plan/image_traits.hpp"
#include "migralab/topology/topology.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace migralab {

/// The reserved name of the node that holds every network's bridge.
inline constexpr const char* switch_node = "switch";

struct MakeNode {
  enum class Kind { network_switch, storage, host, machine, client };
  std::string node;
  Kind kind = Kind::client;
};

/// A network as the switch has it: a bridge of its own, or a VLAN of the bridge that all VLANs share.
struct SwitchNetwork {
  std::string network;
  unsigned mtu = 1500;
  std::optional<unsigned> vlan = {}; // its id on the shared bridge
};
struct MakeBridges {
  std::vector<SwitchNetwork> networks;
};

/// One node's cable to one network's bridge in the switch.
struct MakeLink {
  std::string network;
  Subnet subnet;
  std::string node;
  Ipv4Address address;
  Shaping shaping = {};
  bool bridged = false; // a host or a machine: the address sits on a bridge of its own, which guests' taps join
  bool machine = false; // the address belongs to the machine in the node, whose card joins a bridge there
  unsigned mtu = 1500;
  std::optional<unsigned> vlan = {};      // the port's on the shared bridge; untagged towards the node
  std::optional<Ipv4Address> router = {}; // the node's default route leads there
  std::string remote = {};                // what its interfaces' names begin with there: the node is a remote host
  unsigned index = 0;                     // of its network in the topology
  std::string bridge = {};                // remote: one that is there
};

/// What the shaped cables of a network really carry.
struct MeasureLinks {
  std::string network;
  std::vector<MakeLink> links;
};

struct StartStorage {
  std::string storage;
  StorageSpec::Type type = StorageSpec::Type::iscsi;
  Ipv4Address portal; // on the storage network
};

/// A guest's disk, from file to what its hypervisor opens; or the disk of an image that guests' disks lie over.
struct DiskPlan {
  std::string guest; // or base_name() of an image
  std::string storage;
  StorageSpec::Type type = StorageSpec::Type::iscsi;
  Ipv4Address portal = {}; // of a server; none when local
  unsigned lun = 1;        // iscsi: its number at the server
  Bytes size = {};
  std::string host = {};  // where the guest starts; a local disk is there
  std::string image = {}; // the disk is a layer over this image's disk; empty: it stands alone
  bool base = false;      // the image's disk itself: shared, and read only
  bool copy = false;      // with `image`: a copy of the image's disk, for a hypervisor that knows no layers
};
struct MakeDisk {
  DiskPlan disk;
};
struct ExportDisk {
  DiskPlan disk;
};
struct VerifyDisk {
  DiskPlan disk;
  std::string host;     // from where
  bool contents = true; // compared byte for byte; else the guest may write already, and only reaching it counts
};

/// A host or storage server that is a machine of its own: booted, entered, and on its networks.
struct BootMachine {
  std::string host; // or storage server
  std::string image;
  Bytes memory; // all of it
  Bytes own;    // of that its own system's: dom0's
  unsigned processors = 1;
  std::vector<MakeLink> links;
  Bytes served = {}; // of a storage server: its second disk, which holds what it serves
};

/// The switch's ports that lead to remote hosts, one on each network that they are on.
struct UplinkPort {
  SwitchNetwork network;
  unsigned index = 0; // of the network in the topology
};
struct JoinUplink {
  std::vector<UplinkPort> ports;
};

/// A remote host gets a record of the lab, and its networks.
struct JoinRemote {
  std::string host;
};

struct StartHypervisor {
  std::string host;
};

/// What a guest boots from, put where the hypervisor of a machine sees it.
struct PutImage {
  std::string host;
  std::string image;
};

/// Makes a disk of a storage server a block device of a machine, and looks at it there.
struct AttachDisk {
  DiskPlan disk;
  std::string host;
};

/// One guest's way to one network on one host it may be on, where the guest has a network limit: a bridge of the
/// guest's own, and between it and the host's bridge a cable that is shaped in both directions.
struct LimitGuestLink {
  std::string host;
  std::string guest;
  std::string network;
  std::optional<BitRate> up = {};   // from the guest
  std::optional<BitRate> down = {}; // to it
  unsigned mtu = 1500;              // bytes
};

/// Gives a host's daemon what it needs to log in to a storage server.
struct KeepSecret {
  std::string host;
  std::string storage;
};

struct StartGuest {
  GuestSpec guest;
  std::optional<DiskPlan> disk;
};

struct AwaitGuest {
  std::string guest;
  std::string host;
  std::string observer; // the node that asks: a client of its network, else its host; empty: only its console tells
  Ipv4Address address;
  bool http = false;                                        // else UDP echo
  bool echo = true;                                         // false: what the image does not bring is not asked for
  bool boots = true;                                        // false: it has run for long, its console said so elsewhere
  std::chrono::nanoseconds limit = std::chrono::minutes(2); // a boot under TCG on a busy machine
};

using StepAction = std::variant<
    MakeNode,
    MakeBridges,
    MakeLink,
    MeasureLinks,
    StartStorage,
    MakeDisk,
    ExportDisk,
    VerifyDisk,
    BootMachine,
    JoinUplink,
    JoinRemote,
    StartHypervisor,
    PutImage,
    AttachDisk,
    LimitGuestLink,
    KeepSecret,
    StartGuest,
    AwaitGuest>;

/// A user-mode way out of a network. It is the only part of a lab that sees this machine's network, and is therefore
/// started from outside, after the steps.
struct Gateway {
  SwitchNetwork network;
  Subnet subnet;
};

/// What nodes and guests of a network with outbound access are told.
struct OutboundAddresses {
  Ipv4Address router; // .2
  Ipv4Address dns;    // .3: asks whom this machine asks

  bool operator==(const OutboundAddresses&) const = default;
};

/// On the first network of these with outbound access; nothing when there is none.
[[nodiscard]] std::optional<OutboundAddresses>
outbound_addresses(const Topology& topology, const std::vector<Attachment>& attachments);

struct Step {
  std::string name; // "link h1 lan", unique
  StepAction action;
  std::vector<std::size_t> after; // indices of earlier steps
};

struct Plan {
  std::string lab;
  bool kvm = false; // else TCG
  std::vector<Step> steps;
  std::vector<std::string> remotes = {}; // remote hosts: connected to before the steps, from this machine's network
  std::vector<Gateway> gateways = {};
  std::vector<std::string> remarks = {}; // where the lab is made otherwise than its user may expect
  std::string unenforced; // which limits of the topology this machine cannot enforce, why, and what to do; or empty
};

/// Should a plan end with measuring what shaped links carry?
enum class Measuring { none, rates };

/// What a host's processes may use together, where that can be enforced: the memory that the topology gives it, and
/// beyond that what its libvirtd and the QEMU of each guest that may come need for themselves.
[[nodiscard]] Bytes memory_limit_of(const Topology& topology, const HostSpec& host);

/// Throws Error, exit code 3, with what is missing: KVM asked for where it cannot be had, an NFS server without root,
/// delay or loss without netem, more memory or disk than the machine has left.
[[nodiscard]] Plan make_plan(
    const Topology& topology,
    const Capabilities& capabilities,
    Measuring measuring = Measuring::rates,
    const ImageCatalogue& images = {});

/// Of a storage server that is a machine: the second disk, for the disks that it serves and their file system.
[[nodiscard]] Bytes served_by(const Topology& topology, const std::string& storage);

/// Every cable of the lab, in the order of the file: storage servers, hosts, clients.
[[nodiscard]] std::vector<MakeLink> links_of(const Topology& topology);

/// What the names of a lab's interfaces and disks begin with on remote hosts: "ml1a2b3c".
[[nodiscard]] std::string remote_prefix(const std::string& instance);

/// Throws Error, exit code 3, when a network is to delay or lose frames and the kernel cannot.
void expect_netem(const std::string& network, const Shaping& shaping, const Capabilities& capabilities);

/// The disks of the topology's guests, by guest.
[[nodiscard]] std::map<std::string, DiskPlan> disk_plans(const Topology& topology, const ImageCatalogue& images = {});

/// What an image's disk is called among the disks of a storage: no guest has such a name.
[[nodiscard]] std::string base_name(const std::string& image);

/// The hosts on the network that a disk is served on and that its guest may come to, in the topology's order; of a
/// local disk, its own.
[[nodiscard]] std::vector<std::string> hosts_reaching(const Topology& topology, const DiskPlan& disk);

/// A line per step: number, name, what it waits for.
[[nodiscard]] std::string render_plan(const Plan& plan);

/// "kvm" or "tcg".
[[nodiscard]] std::string accelerator_name(bool kvm);
/// In the place of these, for a lab that is simulated.
inline constexpr const char* simulated_accelerator = "simulated";
/// "KVM", "TCG (software emulation)", "nobody (simulated)".
[[nodiscard]] std::string accelerator_words(const std::string& accelerator);

/// What must be known before figures are believed that were made so; both empty for KVM alone.
struct Caution {
  std::string sentence; ///< "software emulation (TCG): correct, but not performance figures"
  std::string brief;    ///< for a figure: "Software emulation (TCG): not performance figures"
};
/// `accelerators`: the name of one, or of several ("kvm, tcg").
[[nodiscard]] Caution caution_about(const std::string& accelerators);

} // namespace migralab
