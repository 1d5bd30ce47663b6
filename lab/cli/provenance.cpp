// SPDX-License-Identifier: Apache-2.0
#include "provenance.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/units.hpp"
#include "migralab/plan/plan.hpp"

#include <fmt/format.h>
#include <sstream>
#include <sys/utsname.h>
#include <thread>
#include <unistd.h>

namespace migralab {

namespace {

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

std::string version_of(CommandRunner& runner, const char* program) {
  const CommandResult result = runner.run({.argv = {program, "--version"}, .timeout = std::chrono::seconds(10)});
  return result.ok() ? first_line(result.output) : "unknown";
}

std::string processor() {
  std::istringstream lines(read_file("/proc/cpuinfo"));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("model name")) {
      return line.substr(line.find(':') + 2);
    }
  }
  return "unknown";
}

std::string machine_memory() {
  return to_string(Bytes{
      static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))});
}

std::string kernel() {
  utsname names = {};
  ::uname(&names);
  return fmt::format("{} {}", names.sysname, names.release);
}

Provenance digests_of(const RunRecord& run, const TopologySource& topology) {
  return {
      {"experiment_sha256", sha256_of_text(run.experiment.text)},
      {"topology_sha256", sha256_of_text(topology.text)},
      {"seed", std::to_string(run.experiment.seed)}};
}

} // namespace

Provenance simulated_provenance(const RunRecord& run, const TopologySource& topology) {
  Provenance facts{
      {"migralab", MIGRALAB_VERSION}, {"began_at", run.created_at}, {"accelerator", simulated_accelerator}};
  const Provenance digests = digests_of(run, topology);
  facts.insert(facts.end(), digests.begin(), digests.end());
  return facts;
}

Provenance collect_provenance(
    const RunRecord& run,
    const TopologySource& topology,
    const std::map<std::string, GuestImage>& images,
    CommandRunner& runner) {
  Provenance facts{
      {"migralab", MIGRALAB_VERSION},
      {"began_at", run.created_at},
      {"mode", ::geteuid() == 0 ? "root" : "rootless"},
      {"machine_kernel", kernel()},
      {"machine_processor", processor()},
      {"machine_processors", std::to_string(std::thread::hardware_concurrency())},
      {"machine_memory", machine_memory()},
      {"qemu", version_of(runner, "qemu-system-x86_64")},
      {"libvirt", version_of(runner, "libvirtd")},
  };
  const Provenance digests = digests_of(run, topology);
  facts.insert(facts.end(), digests.begin(), digests.end());
  for (const auto& [name, image] : images) {
    facts.emplace_back("image_" + name, image.digest);
  }
  return facts;
}

} // namespace migralab
