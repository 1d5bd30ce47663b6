// SPDX-License-Identifier: Apache-2.0
// What agents and the coordinator write down: a JSON object on a line for each thing that happened
// (docs/balancing.md). Private to this room.
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

/// Lines on standard output, each with one write(2), so that who reads it while it grows sees whole ones.
class LogWriter {
public:
  explicit LogWriter(std::string node) : node_(std::move(node)) {}

  void note(const std::string& text) const;
  void sample(const coordination::HostSample& seen, const coordination::HostSample& averages) const;
  void traffic(const TrafficCount& count) const;
  void began(const coordination::Order& order) const;
  void ended(const coordination::Order& order, const MigrationRecord& record) const;
  /// `policy`, `parameters`: what decided.
  void
  record(const coordination::Record& record, const std::string& policy, const balance::Parameters& parameters) const;

private:
  std::string node_;
};

} // namespace migralab::balancer
