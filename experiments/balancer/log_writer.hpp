// SPDX-License-Identifier: Apache-2.0
// Where agents and the coordinator write down what happened. Private to this room.
#pragma once

#include "migralab/balancer/log_lines.hpp"

#include <cstdint>
#include <string>

namespace migralab::balancer {

/// Exit code of a process that could not write down all that happened (EX_IOERR of sysexits.h), and not even that.
inline constexpr int log_incomplete = 74;

/// Lines on standard output, each with one write(2), so that who reads it while it grows sees whole ones. One that does
/// not fit on the disk is lost; how many were is told as soon as there is room.
class LogWriter {
public:
  explicit LogWriter(std::string node) : node_(std::move(node)) {}

  /// The same text again within a minute is counted only.
  void note(const std::string& text);
  void sample(const coordination::HostSample& seen, const coordination::HostSample& averages);
  void traffic(const TrafficCount& count);
  void began(const coordination::Order& order);
  void ended(const coordination::Order& order, const MigrationRecord& record);
  /// `policy`, `parameters`: what decided.
  void record(const coordination::Record& record, const std::string& policy, const balance::Parameters& parameters);

  /// The process's exit code: 0, or log_incomplete.
  [[nodiscard]] int finish();

private:
  [[nodiscard]] LogStamp stamp() const;
  void write(const std::string& line);
  bool put(const std::string& text);
  void tell_folded();

  std::string node_;
  std::uint64_t lost_ = 0; // lines
  std::string why_;        // the first one was
  bool untold_ = false;    // some of them
  bool torn_ = false;      // the file ends within a line
  std::string last_note_;
  Instant noted_;
  std::uint64_t folded_ = 0; // notes like the last one
};

} // namespace migralab::balancer
