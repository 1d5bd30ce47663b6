// SPDX-License-Identifier: Apache-2.0
#include "migralab/lab/host_facts.hpp"

#include "at_once.hpp"
#include "migralab/core/error.hpp"
#include "migralab/lab/hosts.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <set>
#include <sstream>

namespace migralab {

namespace {

constexpr auto answer_limit = std::chrono::seconds(60); // it may be emulated, and busy

/// Only what stays as it is while the machine runs: free memory, say, is no fact of a testbed.
constexpr auto tell = R"sh(
PATH=$PATH:/usr/sbin:/sbin
LC_ALL=C
export PATH LC_ALL
echo "kernel $(uname -sr)"
echo "processor $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
if [ "$(cat /sys/hypervisor/type 2>/dev/null)" = xen ]; then
  info=$(xl info) || exit
  of_xen() { printf '%s\n' "$info" | sed -n "s/^$1 *: *//p"; }
  echo "xen $(of_xen xen_version)"
  echo "xen-options $(of_xen xen_commandline)"
  echo "scheduler $(of_xen xen_scheduler)"
  echo "virtualisation $(of_xen virt_caps)"
  echo "processors $(of_xen nr_cpus)"
  echo "memory $(of_xen total_memory) MiB"
  echo "dom0-processors $(nproc)"
else
  echo "processors $(nproc)"
  echo "memory $(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo) KiB"
  ! command -v qemu-system-x86_64 >/dev/null || echo "qemu $(qemu-system-x86_64 --version | head -n 1)"
fi
! command -v virsh >/dev/null || echo "libvirt $(virsh --version)"
)sh";

/// Hosts first.
std::vector<std::string> machines_of(const Topology& topology) {
  std::vector<std::string> names;
  for (const HostSpec& host : topology.hosts) {
    if (is_machine(host)) {
      names.push_back(host.name);
    }
  }
  for (const StorageSpec& storage : topology.storage) {
    if (is_machine(storage)) {
      names.push_back(storage.name);
    }
  }
  return names;
}

} // namespace

std::map<std::string, HostFacts> ask_host_facts(const Topology& topology, CommandRunner& runner) {
  const std::vector<std::string> machines = machines_of(topology);
  std::vector<HostFacts> answers(machines.size());
  for_each_at_once(machines.size(), [&](std::size_t i) {
    const CommandResult result =
        runner.run(on_host(topology, machines[i], {.argv = {"sh", "-c", tell}, .timeout = answer_limit}));
    if (!result.ok()) {
      throw Error(fmt::format("{} does not tell what it runs: {}", machines[i], said_by(result)));
    }
    answers[i] = parse_host_facts(result.output);
  });
  std::map<std::string, HostFacts> facts;
  for (std::size_t i = 0; i < machines.size(); ++i) {
    facts[machines[i]] = std::move(answers[i]);
  }
  return facts;
}

std::vector<std::string>
lacking_features(const Topology& topology, const std::string& from, const std::string& to, CommandRunner& runner) {
  const auto features = [&](const std::string& host) {
    const Command tell_flags{.argv = {"grep", "-m1", "^flags", "/proc/cpuinfo"}, .timeout = answer_limit};
    std::istringstream words(run_checked(runner, on_host(topology, host, tell_flags)));
    return std::set<std::string>(std::istream_iterator<std::string>(words), {}); // and "flags", ":"
  };
  const std::set<std::string> here = features(from);
  const std::set<std::string> there = features(to);
  std::vector<std::string> lacking;
  std::set_difference(here.begin(), here.end(), there.begin(), there.end(), std::back_inserter(lacking));
  return lacking;
}

bool has_shadow_paging(const Topology& topology, const std::string& host, CommandRunner& runner) {
  const Command look{
      .argv = {"sh", "-c", "PATH=$PATH:/usr/sbin:/sbin xl info | grep -q '^virt_caps.* shadow'"},
      .timeout = answer_limit};
  return runner.run(on_host(topology, host, look)).ok();
}

HostFacts parse_host_facts(const std::string& text) {
  HostFacts facts;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t space = line.find(' ');
    if (space != std::string::npos && space + 1 < line.size()) {
      facts.emplace_back(line.substr(0, space), line.substr(space + 1));
    }
  }
  return facts;
}

} // namespace migralab
