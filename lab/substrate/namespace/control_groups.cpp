// SPDX-License-Identifier: Apache-2.0
#include "migralab/substrate/control_groups.hpp"

#include "migralab/core/clock.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/handle.hpp"
#include "mounted_groups.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <fcntl.h>
#include <fmt/format.h>
#include <functional>
#include <thread>
#include <unistd.h>

namespace migralab {

namespace {

namespace fs = std::filesystem;

constexpr const char* prefix = "migralab-";
constexpr const char* aside = "aside"; // of a lab's group: processes that made room for it
constexpr const char* seat = "node";   // of a host's group
constexpr std::size_t hash_length = 8;
// A host that has used its quota up stands still for the rest of the period: short ones, or a client would see outages
// that are none.
constexpr unsigned period_us = 20'000; // of which the least host (0.05) has 1 ms: the kernel takes no less

/// Not write_file: these files take what is written, whole, at the write.
bool put(const fs::path& file, const std::string& text) {
  const UniqueFd target(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644)); // made in tests only
  return target && ::write(target.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

void put_checked(const fs::path& file, const std::string& text) {
  if (!put(file, text)) {
    throw system_error(fmt::format("cannot write {} to {}", text, file.native()));
  }
}

void make_folder(const fs::path& folder) {
  std::error_code problem;
  fs::create_directory(folder, problem);
  if (problem) {
    throw Error(fmt::format("cannot make the control group {}: {}", folder.native(), problem.message()));
  }
}

/// Every group below a folder; not those inside of a lab's.
void for_each_lab_group(const fs::path& folder, const std::function<void(const fs::path&)>& work) {
  std::vector<fs::path> below;
  std::error_code gone; // groups come and go while we look
  for (auto entry = fs::directory_iterator(folder, gone); !gone && entry != fs::directory_iterator();
       entry.increment(gone)) {
    std::error_code unknown;
    if (entry->is_directory(unknown) && !entry->is_symlink(unknown)) {
      below.push_back(entry->path());
    }
  }
  for (const fs::path& group : below) {
    if (group.filename().native().starts_with(prefix)) {
      work(group);
    } else {
      for_each_lab_group(group, work);
    }
  }
}

std::vector<fs::path> lab_groups(const fs::path& proc, const std::function<bool(const std::string&)>& wanted) {
  std::vector<fs::path> found;
  for (const fs::path& root : roots_of_groups(proc)) {
    for_each_lab_group(root, [&](const fs::path& group) {
      if (wanted(group.filename())) {
        found.push_back(group);
      }
    });
  }
  return found;
}

/// True when nothing of it is left. rmdir(2) takes a group with all its files, if it has neither processes nor groups.
bool remove_tree(const fs::path& group) {
  std::vector<fs::path> below;
  std::error_code gone;
  for (auto entry = fs::directory_iterator(group, gone); !gone && entry != fs::directory_iterator();
       entry.increment(gone)) {
    std::error_code unknown;
    if (entry->is_directory(unknown)) {
      below.push_back(entry->path());
    }
  }
  for (const fs::path& inner : below) {
    remove_tree(inner);
  }
  return ::rmdir(group.c_str()) == 0 || errno == ENOENT;
}

/// A process that made room for the lab's groups goes back to where it was, when that is no longer divided.
void return_from(const fs::path& group) {
  if (!processes_of(group / aside).contains(::getpid())) {
    return;
  }
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator(group, gone)) {
    if (entry.is_directory() && entry.path().filename() != aside) {
      remove_tree(entry.path());
    }
  }
  // What fails here shows when the group cannot be removed.
  static_cast<void>(put(group / "cgroup.subtree_control", "-cpu -memory"));
  static_cast<void>(put(group.parent_path() / "cgroup.subtree_control", "-cpu -memory"));
  static_cast<void>(put(group.parent_path() / "cgroup.procs", "0"));
}

/// Does a hierarchy's name ("cpu+cpuacct") hold the controller?
bool controls(const std::string& hierarchy, const std::string& controller) {
  return ("+" + hierarchy + "+").find("+" + controller + "+") != std::string::npos;
}

void weigh(ControlGroupVersion version, const std::string& hierarchy, const fs::path& group, unsigned long shares) {
  const std::string weight = std::to_string(weight_of(version, shares));
  if (version == ControlGroupVersion::v2) {
    put_checked(group / "cpu.weight", weight);
  } else if (controls(hierarchy, "cpu")) {
    put_checked(group / "cpu.shares", weight);
  }
}

void limit_memory_v1(const fs::path& group, Bytes limit) {
  put_checked(group / "memory.limit_in_bytes", std::to_string(limit.count));
  // Memory and swap together. Kernels that do not count swap lack the file.
  static_cast<void>(put(group / "memory.memsw.limit_in_bytes", std::to_string(limit.count)));
}

void limit_memory_v2(const fs::path& group, Bytes limit) {
  put_checked(group / "memory.max", std::to_string(limit.count));
  static_cast<void>(put(group / "memory.swap.max", "0")); // kernels that do not count swap lack the file
}

/// What `cpus` processors do in a period.
long long quota_us(double cpus) {
  return std::llround(cpus * period_us);
}

/// The kernel hands time out in slices of 5 ms; what one processor has left of its slice when the period ends, another
/// one lacked: a host whose guests all want more gets to some 90 % of its limit. What was left counts in the next
/// period.
void keep_unused(const fs::path& burst, double cpus) {
  static_cast<void>(put(burst, std::to_string(quota_us(cpus)))); // kernels before 5.14 lack the file
}

void limit_v1(const std::string& hierarchy, const fs::path& group, const HostLimits& limits) {
  if (controls(hierarchy, "cpu") && limits.cpus) {
    put_checked(group / "cpu.cfs_period_us", std::to_string(period_us));
    put_checked(group / "cpu.cfs_quota_us", std::to_string(quota_us(*limits.cpus)));
    keep_unused(group / "cpu.cfs_burst_us", *limits.cpus);
  }
  if (controls(hierarchy, "memory")) {
    limit_memory_v1(group, limits.memory);
  }
}

void limit_v2(const fs::path& group, const HostLimits& limits) {
  if (limits.cpus) {
    put_checked(group / "cpu.max", fmt::format("{} {}", quota_us(*limits.cpus), period_us));
    keep_unused(group / "cpu.max.burst", *limits.cpus);
  }
  limit_memory_v2(group, limits.memory);
  put_checked(group / "cgroup.subtree_control", "+cpu +memory"); // for libvirt's groups
}

/// libvirt makes its groups in such a partition, but not the partition.
void make_partition(
    const ControlGroups& groups,
    const std::string& hierarchy,
    const fs::path& host,
    const fs::path& partition,
    const PartitionLimits& limits) {
  const bool unified = groups.version == ControlGroupVersion::v2;
  fs::path group = host / partition.relative_path();
  group += ".partition";
  for (const fs::path& each : {group.parent_path(), group}) {
    make_folder(each);
    if (unified) {
      put_checked(each / "cgroup.subtree_control", "+cpu +memory");
    }
  }
  if (unified) {
    limit_memory_v2(group, limits.memory);
  } else if (controls(hierarchy, "memory")) {
    limit_memory_v1(group, limits.memory);
  }
  weigh(groups.version, hierarchy, group, limits.cpu_shares.value_or(1024)); // libvirt weighs what is inside of it
}

} // namespace

std::string control_group_name(const fs::path& lab_folder) {
  return fmt::format(
      "{}{}-{}", prefix, lab_folder.filename().native(), sha256_of_text(lab_folder.native()).substr(0, hash_length));
}

unsigned weight_of(ControlGroupVersion version, unsigned long shares) {
  return static_cast<unsigned>(
      version == ControlGroupVersion::v2 ? std::clamp(shares * 100 / 1024, 1UL, 10'000UL)
                                         : std::clamp(shares, 2UL, 262'144UL));
}

ControlGroups make_control_groups(const ControlGroupPlace& place, const std::string& name, std::size_t weight) {
  ControlGroups groups{.version = place.version, .folders = {}};
  for (const auto& [hierarchy, parent] : place.folders) {
    groups.folders[hierarchy] = parent / name;
    make_folder(parent / name);
  }
  if (place.version == ControlGroupVersion::v2) {
    const fs::path& group = groups.folders.begin()->second;
    if (place.occupied) {
      // Only a group without processes can hand controllers down.
      make_folder(group / aside);
      put_checked(group / aside / "cgroup.procs", "0");
      put_checked(group.parent_path() / "cgroup.subtree_control", "+cpu +memory");
    }
    put_checked(group / "cgroup.subtree_control", "+cpu +memory");
  }
  for (const auto& [hierarchy, group] : groups.folders) { // otherwise the whole lab would count as one process
    weigh(groups.version, hierarchy, group, 1024 * weight);
  }
  return groups;
}

void make_host_group(const ControlGroups& groups, const std::string& host, const HostLimits& limits) {
  for (const auto& [hierarchy, folder] : groups.folders) {
    const fs::path group = folder / host;
    make_folder(group);
    try {
      if (groups.version == ControlGroupVersion::v2) {
        limit_v2(group, limits);
      } else {
        limit_v1(hierarchy, group, limits);
      }
      for (const auto& [partition, of_partition] : limits.partitions) {
        make_partition(groups, hierarchy, group, partition, of_partition);
      }
    } catch (Error& error) {
      throw error.with_hint("a control group above may allow less than the host is declared to have");
    }
    make_folder(group / seat);
  }
}

std::vector<fs::path> groups_of_host(const ControlGroups& groups, const std::string& host) {
  std::vector<fs::path> folders;
  for (const auto& [hierarchy, folder] : groups.folders) {
    folders.push_back(folder / host / seat);
  }
  return folders;
}

std::vector<std::pair<fs::path, fs::path>> group_mounts(const ControlGroups& groups, const std::string& host) {
  std::vector<std::pair<fs::path, fs::path>> mounts;
  for (const auto& [hierarchy, folder] : groups.folders) {
    // libvirt takes a hierarchy to be where the last line of /proc/mounts says; of version 2 the first one must be good
    // as well, and that is the machine's, which the node's own /sys covers.
    const bool unified = groups.version == ControlGroupVersion::v2;
    mounts.emplace_back(folder / host, unified ? fs::path("/sys/fs/cgroup") : fs::path("/run/cgroup") / hierarchy);
  }
  return mounts;
}

void remove_control_groups(const std::string& name, const fs::path& proc) {
  constexpr auto limit = std::chrono::seconds(3);
  constexpr auto glance = std::chrono::milliseconds(10);
  const Deadline deadline(limit);
  for (const fs::path& group : lab_groups(proc, [&](const std::string& found) { return found == name; })) {
    return_from(group);
    while (!remove_tree(group)) {
      if (deadline.passed()) {
        throw system_error(fmt::format("cannot remove the control group {}", group.native()))
            .with_hint(fmt::format("`find {} -name cgroup.procs -exec cat {{}} +` lists who is in it", group.native()));
      }
      std::this_thread::sleep_for(glance);
    }
  }
}

std::vector<fs::path> lab_control_groups(const fs::path& proc) {
  return lab_groups(proc, [](const std::string&) { return true; });
}

bool is_left_over_group(const fs::path& group, const fs::path& labs) {
  const std::string name = group.filename();
  const std::size_t start = std::string(prefix).size();
  if (name.size() < start + hash_length + 2) {
    return false;
  }
  const fs::path folder = labs / name.substr(start, name.size() - start - hash_length - 1);
  return control_group_name(folder) == name && !fs::exists(folder);
}

void sweep_control_groups(const fs::path& labs, const fs::path& proc) {
  for (const fs::path& group :
       lab_groups(proc, [&](const std::string& name) { return is_left_over_group(name, labs); })) {
    remove_tree(group);
  }
}

} // namespace migralab
