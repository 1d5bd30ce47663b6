// SPDX-License-Identifier: Apache-2.0
#include "mounted_groups.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/substrate/control_groups.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <sstream>
#include <unistd.h>

namespace migralab {

namespace {

namespace fs = std::filesystem;

// What is limited, and what libvirt wants to have beside it: with version 1, cpuacct may be mounted together with cpu,
// and then it takes both or neither.
constexpr std::array controllers{"cpu", "cpuacct", "memory"};

struct Mount {
  std::string root;               // the group that the mount shows
  fs::path at;                    // where
  bool unified = false;           // version 2
  std::set<std::string> controls; // version 1: of `controllers`, those that it has
};

std::string text_of(const fs::path& file) {
  try {
    return read_file(file);
  } catch (const Error&) {
    return {}; // not there is the same as says nothing
  }
}

std::set<std::string> words_of(const std::string& text, char between) {
  std::set<std::string> words;
  std::istringstream stream(text);
  for (std::string word; std::getline(stream, word, between);) {
    words.insert(word.substr(0, word.find('\n')));
  }
  return words;
}

/// proc(5): ID PARENT DEVICE ROOT POINT OPTIONS [TAGS...] - TYPE SOURCE OPTIONS
std::vector<Mount> mounts_of(const fs::path& proc) {
  std::vector<Mount> mounts;
  std::istringstream lines(text_of(proc / "self" / "mountinfo"));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t dash = line.find(" - ");
    std::istringstream front(line.substr(0, dash));
    std::istringstream back(dash == std::string::npos ? "" : line.substr(dash + 3));
    std::string ignored;
    std::string point;
    std::string type;
    std::string options;
    Mount mount;
    front >> ignored >> ignored >> ignored >> mount.root >> point;
    back >> type >> ignored >> options;
    mount.at = point;
    mount.unified = type == "cgroup2";
    for (const std::string& option : words_of(options, ',')) {
      if (type == "cgroup" && std::find(controllers.begin(), controllers.end(), option) != controllers.end()) {
        mount.controls.insert(option);
      }
    }
    const auto same = [&](const Mount& other) {
      return other.unified == mount.unified && other.controls == mount.controls;
    };
    if ((mount.unified || !mount.controls.empty()) && std::none_of(mounts.begin(), mounts.end(), same)) {
      mounts.push_back(std::move(mount));
    }
  }
  return mounts;
}

/// The group of this process as a folder. A mount may show less than the whole hierarchy (containers).
fs::path own_group(const fs::path& proc, const Mount& mount) {
  std::istringstream lines(text_of(proc / "self" / "cgroup"));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find(':'); // NUMBER:CONTROLLERS:PATH
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) {
      continue;
    }
    const std::set<std::string> names = words_of(line.substr(first + 1, second - first - 1), ',');
    const bool ours = mount.unified ? line.starts_with("0::") : names.contains(*mount.controls.begin());
    if (!ours) {
      continue;
    }
    const fs::path below = fs::path(line.substr(second + 1)).lexically_relative(mount.root);
    return below.empty() || below == "." || *below.begin() == ".." ? mount.at : mount.at / below;
  }
  return mount.at;
}

ControlGroupPlace no_place(std::string reason, std::string fix) {
  ControlGroupPlace place;
  place.reason = std::move(reason);
  place.fix = std::move(fix);
  return place;
}

ControlGroupPlace place_v1(const std::vector<Mount>& mounts, const fs::path& proc, bool root) {
  ControlGroupPlace place;
  place.version = ControlGroupVersion::v1;
  for (const Mount& mount : mounts) {
    if (mount.unified) {
      continue;
    }
    const fs::path folder = own_group(proc, mount);
    if (::access(folder.c_str(), W_OK) != 0) {
      return no_place(
          fmt::format("control group {} cannot be divided: {}", folder.native(), std::strerror(errno)),
          root ? "run migralab where /sys/fs/cgroup can be written (containers: --privileged)"
               : "run migralab as root, or boot with control groups version 2, which systemd can delegate");
    }
    std::string name;
    for (const std::string& controller : mount.controls) {
      name += (name.empty() ? "" : "+") + controller;
    }
    place.folders[name] = folder;
  }
  return place;
}

bool has_both(const fs::path& file) {
  const std::set<std::string> words = words_of(text_of(file), ' ');
  return words.contains("cpu") && words.contains("memory");
}

ControlGroupPlace place_v2(const Mount& mount, const fs::path& proc, bool root) {
  const fs::path own = own_group(proc, mount);
  ControlGroupPlace place;
  place.version = ControlGroupVersion::v2;
  const bool writable =
      ::access(own.c_str(), W_OK) == 0 && ::access((own / "cgroup.subtree_control").c_str(), W_OK) == 0;
  // The machine's root group is nobody's to divide, and a group with others' processes not ours.
  if (own != mount.at && writable && has_both(own / "cgroup.controllers") &&
      processes_of(own) == std::set<int>{::getpid()}) {
    place.folders["unified"] = own;
    place.occupied = true;
    return place;
  }
  if (root && ::access(mount.at.c_str(), W_OK) == 0 && has_both(mount.at / "cgroup.subtree_control")) {
    place.folders["unified"] = mount.at;
    return place;
  }
  return root ? no_place(
                    fmt::format(
                        "the control groups in {} have no controllers for processors and memory", mount.at.native()),
                    "run it as `systemd-run --scope -p Delegate=yes migralab ...`")
              : no_place(
                    fmt::format("control group {} was not delegated to this process alone", own.native()),
                    "run it as `systemd-run --user --scope -p Delegate=yes migralab ...`, or as root");
}

} // namespace

std::vector<fs::path> roots_of_groups(const fs::path& proc) {
  std::vector<fs::path> roots;
  for (const Mount& mount : mounts_of(proc)) {
    roots.push_back(mount.at);
  }
  return roots;
}

std::set<int> processes_of(const fs::path& group) {
  std::set<int> processes;
  std::istringstream text(text_of(group / "cgroup.procs"));
  for (int process = 0; text >> process;) {
    processes.insert(process);
  }
  return processes;
}

ControlGroupPlace find_control_groups(bool root, const fs::path& proc) {
  const std::vector<Mount> mounts = mounts_of(proc);
  const auto controls = [&](const char* controller) {
    return std::any_of(
        mounts.begin(), mounts.end(), [&](const Mount& mount) { return mount.controls.contains(controller); });
  };
  if (controls("cpu") && controls("memory")) {
    return place_v1(mounts, proc, root);
  }
  const auto unified = std::find_if(mounts.begin(), mounts.end(), [](const Mount& mount) { return mount.unified; });
  if (unified == mounts.end()) {
    return no_place("no control groups for processors and memory are mounted", "mount them, as systemd does");
  }
  return place_v2(*unified, proc, root);
}

} // namespace migralab
