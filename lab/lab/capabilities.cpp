// SPDX-License-Identifier: Apache-2.0
#include "migralab/plan/capabilities.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/handle.hpp"
#include "migralab/lab/doctor.hpp"
#include "migralab/substrate/control_groups.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sstream>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace migralab {

namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  try {
    return read_file(file);
  } catch (const Error&) {
    return {}; // not there is the same as says nothing
  }
}

bool cpu_has_virtualisation(const std::string& cpuinfo) {
  std::istringstream lines(cpuinfo);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("flags")) {
      continue;
    }
    std::istringstream flags(line);
    for (std::string flag; flags >> flag;) {
      if (flag == "vmx" || flag == "svm") {
        return true;
      }
    }
  }
  return false;
}

bool kvm_nests(const MachinePaths& paths) {
  for (const char* module : {"kvm_intel", "kvm_amd"}) {
    const std::string nested = text_of(paths.sys / "module" / module / "parameters/nested");
    if (nested.starts_with('1') || nested.starts_with('Y')) {
      return true;
    }
  }
  return false;
}

/// The CPU first: /dev/kvm can open on a virtual machine whose CPU lacks both, and then guests hang at boot.
std::string why_no_kvm(const MachinePaths& paths) {
  if (!cpu_has_virtualisation(text_of(paths.proc / "cpuinfo"))) {
    return "the CPU has neither vmx nor svm";
  }
  const fs::path device = paths.dev / "kvm";
  const UniqueFd kvm(::open(device.c_str(), O_RDWR | O_CLOEXEC));
  if (!kvm) {
    return fmt::format("cannot open /dev/kvm: {}", std::strerror(errno));
  }
  return opens_without_groups(device, ::geteuid())
             ? ""
             : "/dev/kvm opens only for a group, and QEMU under libvirt has no groups in a lab without root";
}

Bytes memory_available(const fs::path& proc) {
  std::istringstream lines(text_of(proc / "meminfo"));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string key;
    std::uint64_t kib = 0;
    if (words >> key >> kib && key == "MemAvailable:") {
      return Bytes{kib << 10U};
    }
  }
  return {};
}

} // namespace

bool opens_without_groups(const fs::path& device, unsigned user) {
  constexpr mode_t owner_rw = S_IRUSR | S_IWUSR;
  constexpr mode_t others_rw = S_IROTH | S_IWOTH;
  struct stat status {};
  if (::stat(device.c_str(), &status) != 0) {
    return false;
  }
  if (user == 0 || (status.st_mode & others_rw) == others_rw ||
      (status.st_uid == user && (status.st_mode & owner_rw) == owner_rw)) {
    return true;
  }
  // acl(5) as the kernel stores it: a version, then entries; logind gives the user at the screen one of her own.
  struct Entry {
    std::uint16_t tag;
    std::uint16_t permissions;
    std::uint32_t id;
  };
  constexpr std::uint16_t of_user = 0x02;
  constexpr std::uint16_t read_write = 06;
  std::array<char, 1024> acl{};
  const ssize_t got = ::getxattr(device.c_str(), "system.posix_acl_access", acl.data(), acl.size());
  const std::size_t size = got < 0 ? 0 : static_cast<std::size_t>(got); // -1: no list, or none on this file system
  for (std::size_t at = sizeof(std::uint32_t); at + sizeof(Entry) <= size; at += sizeof(Entry)) {
    Entry entry{};
    std::memcpy(&entry, acl.data() + at, sizeof entry);
    if (entry.tag == of_user && entry.id == user && (entry.permissions & read_write) == read_write) {
      return true;
    }
  }
  return false;
}

Bytes disk_available(fs::path folder) {
  std::error_code problem;
  while (!fs::exists(folder, problem) && folder.has_relative_path()) {
    folder = folder.parent_path(); // it will be made there
  }
  const fs::space_info space = fs::space(folder, problem);
  return problem ? Bytes{} : Bytes{space.available};
}

Capabilities probe_capabilities(const MachinePaths& paths) {
  const ControlGroupPlace groups = find_control_groups(::geteuid() == 0, paths.proc);
  const std::string reason = why_no_kvm(paths);
  return {
      .root = ::geteuid() == 0,
      .kvm_usable = reason.empty(),
      .kvm_reason = reason,
      .nested = kvm_nests(paths),
      .processors = std::thread::hardware_concurrency(),
      .memory_available = memory_available(paths.proc),
      .disk_available = disk_available(paths.state.empty() ? state_home() : paths.state),
      .control_groups = groups.version != ControlGroupVersion::none,
      .no_groups_reason = groups.reason,
      .no_groups_fix = groups.fix};
}

Command trial_command(std::vector<std::string> command, bool root) {
  Command trial{.argv = {"unshare", "--net"}};
  if (!root) {
    trial.argv.insert(trial.argv.end(), {"--user", "--map-root-user"});
  }
  // unshare would look for it in PATH only, and /usr/sbin need not be there.
  if (const std::string path = find_program(command.front()); !path.empty()) {
    command.front() = path;
  }
  trial.argv.insert(trial.argv.end(), command.begin(), command.end());
  return trial;
}

void look_for_netem(Capabilities& machine, CommandRunner& runner) {
  const CommandResult trial = runner.run(
      trial_command({"tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms", "loss", "1%"}, machine.root));
  machine.netem = trial.ok();
  machine.netem_reason = trial.errors.substr(0, trial.errors.find('\n'));
}

Capabilities probe_capabilities_for(const Topology& topology, CommandRunner& runner) {
  Capabilities machine = probe_capabilities();
  machine.slirp = !find_program("slirp4netns").empty();
  machine.vblade = !find_program("vblade").empty();
  machine.autossh = !find_program("autossh").empty();
  const std::vector<NetworkSpec>& networks = topology.networks;
  if (std::any_of(networks.begin(), networks.end(), [](const auto& one) { return one.shaping.delays_or_loses(); })) {
    look_for_netem(machine, runner);
  }
  if (std::any_of(networks.begin(), networks.end(), [](const auto& one) { return one.vlan.has_value(); })) {
    machine.vlan_filtering =
        runner.run(trial_command({"ip", "link", "add", "trial", "type", "bridge", "vlan_filtering", "1"}, machine.root))
            .ok();
  }
  machine.ganesha = !find_program("ganesha.nfsd").empty() && !find_program("rpcbind").empty();
  return machine;
}

} // namespace migralab
