// SPDX-License-Identifier: Apache-2.0
// What the shaped cables of a running lab carry, measured, beside what was declared; and what is on record about it.
#pragma once

#include "migralab/lab/lab_state.hpp"
#include "migralab/plan/plan.hpp"
#include "migralab/topology/topology.hpp"

#include <functional>
#include <string>
#include <vector>

namespace migralab {

/// More than this share off the declared rate is flagged.
inline constexpr double tolerated_deviation = 0.05;

/// One direction of one cable.
struct LinkRate {
  enum class Direction { up, down }; // node to switch, switch to node
  std::string network;
  std::string node;
  Direction direction = Direction::up;
  BitRate declared;
  BitRate measured;

  /// -0.1: a tenth less than declared.
  [[nodiscard]] double deviation() const;
  [[nodiscard]] bool off() const;

  bool operator==(const LinkRate&) const = default;
};

[[nodiscard]] std::string to_string(LinkRate::Direction direction);

/// Each shaped direction of these links, by real frames (see measure_link), in order. As many at a time as make up
/// 10 Gbit/s, so that they do not compete for processors. One that is off is measured again, longer: a busy machine is
/// no slow link. Inside the lab. Throws Error.
[[nodiscard]] std::vector<LinkRate> measure_links(const std::vector<MakeLink>& links);

/// A cable that `shape` changed; the topology file does not know of it.
struct ChangedShaping {
  std::string network;
  std::string node; // empty: every cable of the network
  Shaping shaping;

  bool operator==(const ChangedShaping&) const = default;
};

/// networks.json in a lab's folder.
struct NetworkRecord {
  std::vector<ChangedShaping> changes; // in the order in which they were made
  std::string measured_at;             // UTC, of the youngest measurement; empty: none yet
  std::vector<LinkRate> rates;

  /// The network's shaping, or that of one of its cables (for all of them: an earlier one for a single cable is over).
  void change(const ChangedShaping& shaping);
  /// In place of earlier ones of the same networks and nodes.
  void measured(const std::vector<LinkRate>& fresh);

  bool operator==(const NetworkRecord&) const = default;
};

/// Empty when there is none. Throws Error on a damaged one.
[[nodiscard]] NetworkRecord read_network_record(const LabFolder& folder);
void write_network_record(const LabFolder& folder, const NetworkRecord& record);

/// The topology as it is shaped now.
void apply_changes(Topology& topology, const NetworkRecord& record);

/// measure_links for the whole lab, and on record. Inside the lab.
std::vector<LinkRate> measure_lab(const Topology& topology, const LabFolder& folder);

/// "lan h1 up: declared 1Gbit/s, measured 870 Mbit/s (-13.0 %)", a line for each that is off.
[[nodiscard]] std::vector<std::string> deviations(const std::vector<LinkRate>& rates);

} // namespace migralab
