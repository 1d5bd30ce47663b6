// SPDX-License-Identifier: Apache-2.0
// What agents and the coordinator write down: a JSON object on a line for each thing that happened
// (docs/balancing.md). Pure; TraceReader reads them.
#pragma once

#include "migralab/coordination/agent.hpp"
#include "migralab/coordination/record.hpp"
#include "migralab/hypervisor/migration.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace migralab::balancer {

/// Datagrams of one process since it began.
struct TrafficCount {
  std::uint64_t sent = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t received = 0;
  std::array<std::uint64_t, coordination::refusals> refused{}; ///< of the received ones, by reason
};

/// Who writes, and when.
struct LogStamp {
  std::string node;
  Instant at;
};

[[nodiscard]] std::string note_line(const LogStamp& stamp, const std::string& text);
[[nodiscard]] std::string
sample_line(const LogStamp& stamp, const coordination::HostSample& seen, const coordination::HostSample& averages);
[[nodiscard]] std::string traffic_line(const LogStamp& stamp, const TrafficCount& count);
[[nodiscard]] std::string begin_line(const LogStamp& stamp, const coordination::Order& order);
[[nodiscard]] std::string
end_line(const LogStamp& stamp, const coordination::Order& order, const MigrationRecord& record);
/// `policy`, `parameters`: what decided.
[[nodiscard]] std::string record_line(
    const LogStamp& stamp,
    const coordination::Record& record,
    const std::string& policy,
    const balance::Parameters& parameters);
/// Of lines that could not be written.
[[nodiscard]] std::string lost_line(const LogStamp& stamp, std::uint64_t lines, const std::string& why);

} // namespace migralab::balancer
