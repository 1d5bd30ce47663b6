// SPDX-License-Identifier: Apache-2.0
// A guest as a hypervisor gets it: everything decided.
#pragma once

#include "migralab/core/address.hpp"
#include "migralab/core/units.hpp"
#include "migralab/topology/topology.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace migralab {

/// How an initiator proves who it is (CHAP, RFC 1994). No value holds the secret: it is read where it is used.
struct ChapLogin {
  std::string user;
  std::filesystem::path secret_file; // on the machine

  bool operator==(const ChapLogin&) const = default;
};

/// A LUN that the hypervisor's own initiator reaches (QEMU's iSCSI client, by libiscsi).
struct IscsiSource {
  std::string portal; // address
  std::uint16_t port = 3260;
  std::string target; // IQN
  unsigned lun = 1;
  std::optional<ChapLogin> chap = {}; // the host's daemon has the secret under the target's name (HostStorage)

  bool operator==(const IscsiSource&) const = default;
};

/// A file on an NFS server that QEMU's own client reaches (libnfs, NFSv3).
struct NfsSource {
  std::string server; // address
  std::string path;   // "/disks/web.img": export and file

  bool operator==(const NfsSource&) const = default;
};

/// A file on the guest's host. Other hosts do not see it: such a guest moves only together with its disk.
struct FileSource {
  std::filesystem::path path; // as the host's daemon sees it

  bool operator==(const FileSource&) const = default;
};

/// A disk on the storage network's Ethernet (ATA over Ethernet): a host's kernel finds it there by its numbers.
struct AoeSource {
  unsigned shelf = 1; // 0 to 65534
  unsigned slot = 1;  // 0 to 254

  bool operator==(const AoeSource&) const = default;
};

/// A block device of the guest's host, whose own kernel is the initiator. Every host has the disk under this name.
struct BlockSource {
  std::filesystem::path path; // "/dev/migralab/web"

  bool operator==(const BlockSource&) const = default;
};

using DiskSource = std::variant<IscsiSource, NfsSource, FileSource, AoeSource, BlockSource>;

/// What a guest's disk lies over when it holds only what the guest wrote: an image's disk, never written to.
struct BaseDisk {
  DiskSource source;
  bool qcow2 = false; // else raw

  bool operator==(const BaseDisk&) const = default;
};

struct GuestInterface {
  std::string bridge; // on the host
  std::string mac;
  std::string tap; // name of the host's end
  unsigned mtu = 1500;
};

struct GuestDefinition {
  std::string lab;
  std::string name;
  std::string uuid;
  bool kvm = false; // else TCG
  Bytes memory;
  unsigned vcpus = 1;
  std::filesystem::path kernel; // empty: the guest boots by the loader on its disk
  std::filesystem::path initramfs;
  std::string kernel_arguments;
  std::optional<DiskSource> disk;
  std::optional<BaseDisk> base = {};              // with one, `disk` is a qcow2 layer over it; without, it is raw
  std::optional<std::filesystem::path> seed = {}; // a file that all hosts see: a second disk, read only
  std::vector<GuestInterface> interfaces;
  std::filesystem::path console_log; // as the hypervisor's daemon sees it
  /// Of the disk, the processor and memory; those of processor and memory need a daemon with control groups. A network
  /// limit is not libvirt's: see LimitGuestLink.
  GuestLimits limits = {};
  std::optional<GuestSpec::Mode> xen = {}; // on a Xen host; else QEMU's, with or without KVM
};

/// The partition (https://libvirt.org/cgroups.html) of a guest with a memory limit, as its XML names it. libvirt's
/// group for it is the same path with ".partition" behind; it must exist, with the limit, before the guest comes.
[[nodiscard]] std::string guest_partition(const std::string& guest);

/// libvirt domain XML (https://libvirt.org/formatdomain.html). Pure; every text is escaped.
[[nodiscard]] std::string domain_xml(const GuestDefinition& guest);

/// The guest's disk alone, as it stands in domain_xml(): for a guest that runs. Throws Error when it has none.
[[nodiscard]] std::string disk_xml(const GuestDefinition& guest);

/// The name that the hypervisor has for the guest's disk.
inline constexpr const char* disk_target = "vda";
inline constexpr const char* xen_disk_target = "xvda";

} // namespace migralab
