// SPDX-License-Identifier: Apache-2.0
// What keeps a lab's hosts to their processors and memory: a control group for the lab, one for each host in it, and in
// that the guests' own, which libvirt makes (cgroups(7); the kernel's admin-guide/cgroup-v1 and cgroup-v2.rst).
//
//   migralab-LAB-HASH / HOST          the host's limits
//                       HOST / node     its libvirtd, and what `exec` runs there
//                       HOST / machine  libvirt's, with a group for each guest; one with a memory limit is in a
//                                       partition made before
//
// With version 1 there is such a tree in each of several hierarchies. A group outlives its processes: whoever clears a
// lab removes its groups, which are found by name.
#pragma once

#include "migralab/core/units.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace migralab {

enum class ControlGroupVersion { none, v1, v2 };

/// Where this process may make groups.
struct ControlGroupPlace {
  ControlGroupVersion version = ControlGroupVersion::none;
  std::map<std::string, std::filesystem::path>
      folders;           // hierarchy ("cpu", "memory", "unified") -> folder to make it in
  bool occupied = false; // v2: this process is in the folder, which it must leave before the folder can be divided
  std::string reason;    // none: why
  std::string fix;       // none: what to do about it
};

/// Version 1 where its controllers are mounted: in this process's own groups. Version 2: in its own group when that was
/// delegated to it alone (systemd-run --scope -p Delegate=yes), else, for root, beside the machine's top-level groups
/// if these have the controllers. What is looked at comes from `proc`/self/mountinfo and `proc`/self/cgroup.
[[nodiscard]] ControlGroupPlace find_control_groups(bool root, const std::filesystem::path& proc = "/proc");

/// The groups of a lab; with version none there are none, and everything below does nothing.
struct ControlGroups {
  ControlGroupVersion version = ControlGroupVersion::none;
  std::map<std::string, std::filesystem::path> folders; // hierarchy -> the lab's group in it

  bool operator==(const ControlGroups&) const = default;
};

/// The name of a lab's groups: of its name and its folder, so that those of another user are others.
[[nodiscard]] std::string control_group_name(const std::filesystem::path& lab_folder);

/// Throws Error when the kernel refuses.
/// `weight`: against what else runs on the machine, in processes of the usual priority.
[[nodiscard]] ControlGroups
make_control_groups(const ControlGroupPlace& place, const std::string& name, std::size_t weight);

/// cpu.shares or, with version 2, cpu.weight for a weight of which 1024 is the usual one.
[[nodiscard]] unsigned weight_of(ControlGroupVersion version, unsigned long shares);

struct PartitionLimits {
  Bytes memory;                       // of what runs in it; without swap
  std::optional<unsigned> cpu_shares; // of 1024; none: the usual weight
};

struct HostLimits {
  std::optional<double> cpus;                             // none: as many as the machine has
  Bytes memory;                                           // all its processes together; without swap
  std::map<std::string, PartitionLimits> partitions = {}; // of libvirt: "/machine/guest-web"
};
void make_host_group(const ControlGroups& groups, const std::string& host, const HostLimits& limits);

/// Where a process of the host belongs, for Command::groups.
[[nodiscard]] std::vector<std::filesystem::path> groups_of_host(const ControlGroups& groups, const std::string& host);

/// What a host's libvirtd is to find as the roots of its hierarchies: the host's group -> where it looks for it.
[[nodiscard]] std::vector<std::pair<std::filesystem::path, std::filesystem::path>>
group_mounts(const ControlGroups& groups, const std::string& host);

/// Removes the groups of that name wherever they are, waiting a moment for processes that are ending. Throws Error when
/// one stays. To be called on the machine, not in a lab.
void remove_control_groups(const std::string& name, const std::filesystem::path& proc = "/proc");

/// Removes empty groups of labs whose folder, below `labs`, is gone. What cannot be removed stays.
void sweep_control_groups(const std::filesystem::path& labs, const std::filesystem::path& proc = "/proc");

/// Every lab's group on this machine, of any user.
[[nodiscard]] std::vector<std::filesystem::path> lab_control_groups(const std::filesystem::path& proc = "/proc");

/// Whether a group is of a lab whose folder, below `labs`, is gone.
[[nodiscard]] bool is_left_over_group(const std::filesystem::path& group, const std::filesystem::path& labs);

} // namespace migralab
