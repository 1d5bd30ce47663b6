// SPDX-License-Identifier: Apache-2.0
// How much of the machine's processors the hosts of a lab have used.
#pragma once

#include "migralab/core/clock.hpp"
#include "migralab/substrate/control_groups.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace migralab {

/// Gives the processor time of each host so far: of its libvirtd, its QEMUs with all their threads, and what else runs
/// there. It never goes back. For one thread at a time, inside the lab; throws Error, then and now.
using ProcessorTimeReader = std::function<std::map<std::string, Nanoseconds>()>;

/// A reader for these hosts.
/// - With control groups that count (version 2, or version 1 with cpuacct): the host group's own account. Exact, with
///   all that ever ran in it; since the group was made.
/// - Else: the processes that are in the host's network namespace, by their processor clocks
///   (clock_getcpuclockid(3)), since each began; one that has ended keeps what was last seen of it. What is missed: a
///   process that lives between two readings only, and the last stretch of each, one interval at most.
[[nodiscard]] ProcessorTimeReader
processor_time_of_hosts(const ControlGroups& groups, const std::vector<std::string>& hosts);

/// Its two ways, for who is not given the groups. From the files of control groups: host -> file. Nothing when the
/// groups do not count.
[[nodiscard]] std::optional<std::map<std::string, std::filesystem::path>>
processor_accounts(const ControlGroups& groups, const std::vector<std::string>& hosts);
[[nodiscard]] ProcessorTimeReader read_accounts(const std::map<std::string, std::filesystem::path>& accounts);
/// By process: host -> its network namespace, a file of nsfs.
[[nodiscard]] ProcessorTimeReader read_processes(const std::map<std::string, std::filesystem::path>& networks);

/// What all processors of this machine have worked since it booted, whoever for: all that is not idle (proc_stat(5)).
/// Throws Error.
[[nodiscard]] Nanoseconds machine_processor_time();

} // namespace migralab
