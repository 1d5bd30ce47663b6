// SPDX-License-Identifier: Apache-2.0
// What a machine can do, as far as a plan depends on it.
#pragma once

#include "migralab/core/units.hpp"

#include <string>

namespace migralab {

struct Capabilities {
  bool root = false;
  bool kvm_usable = false;           // /dev/kvm opens read-write and the processor has vmx or svm
  std::string kvm_reason;            // why it is not usable; empty when it is
  bool nested = false;               // KVM lets guests use the processor's virtualisation (module parameter `nested`)
  unsigned processors = 0;           // that this process may run on; 0: not known
  Bytes memory_available;            // MemAvailable of /proc/meminfo
  Bytes disk_available;              // where labs keep their disks
  bool control_groups = false;       // can be made: limits of processors and memory are enforced
  std::string no_groups_reason = {}; // why not, and
  std::string no_groups_fix = {};    // what to do about it

  // Looked at only where a topology asks for it: a trial takes a process.
  bool netem = false;               // the kernel can delay and lose frames (sch_netem)
  std::string netem_reason = {};    // what it said when it was asked
  bool slirp = false;               // slirp4netns is there
  bool ganesha = false;             // an NFS server, and the rpcbind that it needs
  bool vblade = false;              // serves disks by AoE
  bool autossh = false;             // keeps the way into hosts that are machines
  std::string remote_emulated = {}; // which remote host emulates its guests or itself, and why; empty: none does
  bool vlan_filtering = false;      // its bridges know VLANs (CONFIG_BRIDGE_VLAN_FILTERING)
};

} // namespace migralab
