// SPDX-License-Identifier: Apache-2.0
#include "support/machine.hpp"

#include "support/child.hpp"

#include <chrono>
#include <fstream>
#include <net/if.h>
#include <sstream>
#include <system_error>
#include <thread>

namespace migralab::test {

namespace {

namespace fs = std::filesystem;
using Lines = std::set<std::string>;

Lines lines_of(const fs::path& file) {
  Lines lines;
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    lines.insert(line);
  }
  return lines;
}

Lines processes() {
  const auto list = descendants();
  return {list.begin(), list.end()};
}

/// Namespaces that descendants of the test are in and the test itself is not.
Lines namespaces() {
  Lines own;
  Lines others;
  const auto add = [](const fs::path& process, Lines& to) {
    std::error_code ended;
    for (const auto& entry : fs::directory_iterator(process / "ns", ended)) {
      std::error_code gone;
      const fs::path name = fs::read_symlink(entry.path(), gone);
      if (!gone) {
        to.insert(name);
      }
    }
  };
  add("/proc/self", own);
  for (const std::string& process : descendants()) {
    add("/proc/" + process.substr(0, process.find(' ')), others);
  }
  for (const std::string& name : own) {
    others.erase(name);
  }
  return others;
}

Lines links() {
  Lines names;
  struct if_nameindex* list = ::if_nameindex();
  for (struct if_nameindex* link = list; link != nullptr && link->if_index != 0; ++link) {
    names.insert(link->if_name);
  }
  ::if_freenameindex(list);
  return names;
}

Lines loop_devices() {
  Lines devices;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("/sys/block", none)) {
    const fs::path backing = entry.path() / "loop/backing_file";
    if (fs::exists(backing)) {
      for (const std::string& file : lines_of(backing)) {
        devices.insert(entry.path().filename().native() + " " + file);
      }
    }
  }
  return devices;
}

Lines tree(const fs::path& root, bool folders_only = false) {
  Lines paths;
  std::error_code problem;
  for (auto entry = fs::recursive_directory_iterator(root, fs::directory_options::skip_permission_denied, problem);
       !problem && entry != fs::recursive_directory_iterator();
       entry.increment(problem)) {
    std::error_code gone;
    if (!folders_only || (entry->is_directory(gone) && !entry->is_symlink(gone))) {
      paths.insert(entry->path());
    }
  }
  return paths;
}

/// Those that libvirt or migralab would make: the machine's own come and go.
Lines control_groups() {
  Lines groups;
  for (const std::string& path : tree("/sys/fs/cgroup", true)) {
    for (const char* word : {"libvirt", "qemu", "machine.slice", "migralab"}) {
      if (path.find(word) != std::string::npos) {
        groups.insert(path);
      }
    }
  }
  return groups;
}

/// Where libvirt, tgt and migralab would keep things of the machine's own.
Lines service_files() {
  Lines paths;
  for (const char* folder :
       {"/run/libvirt", "/run/migralab", "/run/tgtd", "/etc/libvirt", "/var/lib/libvirt", "/var/log/libvirt"}) {
    paths.merge(tree(folder));
  }
  return paths;
}

} // namespace

Machine Machine::now(const fs::path& state_home) {
  Machine machine;
  machine.facts_ = {
      {"process", processes()},
      {"namespace", namespaces()},
      {"network link", links()},
      {"route", lines_of("/proc/net/route")},
      {"forwarding of IPv4", lines_of("/proc/sys/net/ipv4/ip_forward")},
      {"packet filter", lines_of("/proc/net/ip_tables_names")},
      {"mount", lines_of("/proc/self/mountinfo")},
      {"loop device", loop_devices()},
      {"control group", control_groups()},
      {"file of a service", service_files()},
      {"file", tree(state_home)}};
  return machine;
}

std::string Machine::difference(const Machine& before, const Machine& after) {
  std::ostringstream text;
  for (const auto& [kind, now] : after.facts_) {
    const Lines& then = before.facts_.at(kind);
    for (const std::string& line : now) {
      if (!then.contains(line)) {
        text << kind << ": + " << line << "\n";
      }
    }
    for (const std::string& line : then) {
      if (!now.contains(line)) {
        text << kind << ": - " << line << "\n";
      }
    }
  }
  return text.str();
}

std::string what_changed_since(const Machine& before, const fs::path& state_home) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(3);
  while (true) {
    std::string difference = Machine::difference(before, Machine::now(state_home));
    if (difference.empty() || std::chrono::steady_clock::now() > deadline) {
      return difference;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

} // namespace migralab::test
