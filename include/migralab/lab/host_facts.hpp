// SPDX-License-Identifier: Apache-2.0
// What a lab's hosts run on, where that is not this machine's own: for the record of a measurement.
#pragma once

#include "migralab/process/command_runner.hpp"
#include "migralab/topology/topology.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace migralab {

/// Name and value, in the order of telling: "kernel" -> "Linux 6.1.0-56-amd64".
using HostFacts = std::vector<std::pair<std::string, std::string>>;

/// Of each host and storage server that is a machine or a remote one. Of Xen, what libvirt does not tell: its version,
/// scheduler, options and the machine's size by xl(1). To be called inside the lab. Throws Error where one does not
/// answer.
[[nodiscard]] std::map<std::string, HostFacts> ask_host_facts(const Topology& topology, CommandRunner& runner);

/// Features of the one's processor, of those that /proc/cpuinfo tells, that the other's has not. To be called inside
/// the lab. Throws Error where one does not answer.
[[nodiscard]] std::vector<std::string>
lacking_features(const Topology& topology, const std::string& from, const std::string& to, CommandRunner& runner);

/// Whether a Xen host can follow what a guest of mode pv writes (`xl info`, virt_caps). To be called inside the lab.
[[nodiscard]] bool has_shadow_paging(const Topology& topology, const std::string& host, CommandRunner& runner);

/// Lines NAME VALUE; one without a value is left out.
[[nodiscard]] HostFacts parse_host_facts(const std::string& text);

} // namespace migralab
