// SPDX-License-Identifier: Apache-2.0
#include "provenance.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"

#include <fmt/format.h>
#include <sstream>
#include <sys/utsname.h>
#include <thread>

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

std::string kernel() {
  utsname names = {};
  ::uname(&names);
  return fmt::format("{} {}", names.sysname, names.release);
}

} // namespace

Provenance collect_provenance(
    const Experiment& experiment,
    const Topology& topology,
    const LabState& state,
    CommandRunner& runner) {
  Provenance facts{
      {"migralab", MIGRALAB_VERSION},
      {"measured_at", utc_timestamp()},
      {"lab", state.lab},
      {"lab_uuid", state.uuid},
      {"accelerator", state.accelerator},
      {"mode", state.keeper.rootless ? "rootless" : "root"},
      {"machine_kernel", kernel()},
      {"machine_processor", processor()},
      {"machine_processors", std::to_string(std::thread::hardware_concurrency())},
      {"qemu", version_of(runner, "qemu-system-x86_64")},
      {"libvirt", version_of(runner, "libvirtd")},
      {"topology_sha256", sha256_of_text(topology.text)},
      {"experiment_sha256", sha256_of_text(experiment.text)},
  };
  for (const auto& [image, digest] : state.image_digests) {
    facts.emplace_back("image_" + image, digest);
  }
  for (const NetworkSpec& network : topology.networks) {
    facts.emplace_back("declared_rate_" + network.name, describe_rate(network.shaping));
  }
  facts.emplace_back("udp_rate", experiment.udp_rate ? fmt::format("{}/s", *experiment.udp_rate) : "none");
  facts.emplace_back("http_rate", experiment.http ? fmt::format("{}/s", experiment.http->rate) : "none");
  return facts;
}

} // namespace migralab
