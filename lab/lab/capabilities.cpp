// SPDX-License-Identifier: Apache-2.0
#include "migralab/plan/capabilities.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/handle.hpp"
#include "migralab/lab/doctor.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sstream>
#include <system_error>
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

/// The CPU first: /dev/kvm can open on a virtual machine whose CPU lacks both, and then guests hang at boot.
std::string why_no_kvm(const MachinePaths& paths) {
  if (!cpu_has_virtualisation(text_of(paths.proc / "cpuinfo"))) {
    return "the CPU has neither vmx nor svm";
  }
  const UniqueFd kvm(::open((paths.dev / "kvm").c_str(), O_RDWR | O_CLOEXEC));
  return kvm ? "" : fmt::format("cannot open /dev/kvm: {}", std::strerror(errno));
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

Bytes disk_available(fs::path folder) {
  std::error_code problem;
  while (!fs::exists(folder, problem) && folder.has_relative_path()) {
    folder = folder.parent_path(); // it will be made there
  }
  const fs::space_info space = fs::space(folder, problem);
  return problem ? Bytes{} : Bytes{space.available};
}

Capabilities probe_capabilities(const MachinePaths& paths) {
  const std::string reason = why_no_kvm(paths);
  return {
      .root = ::geteuid() == 0,
      .kvm_usable = reason.empty(),
      .kvm_reason = reason,
      .memory_available = memory_available(paths.proc),
      .disk_available = disk_available(paths.state.empty() ? state_home() : paths.state)};
}

} // namespace migralab
