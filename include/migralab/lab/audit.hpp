// SPDX-License-Identifier: Apache-2.0
// Every object of labs on this machine, and inside a lab that runs: whose it is, and whether it should still be there.
#pragma once

#include "migralab/lab/lab_state.hpp"
#include "migralab/process/command_runner.hpp"
#include "migralab/topology/topology.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace migralab {

struct AuditItem {
  /// `ours`: of a lab that runs, or is on its way up or down. `left_over`: of a lab of this user that does not.
  /// `foreign`: looks like ours and is another user's, or was put on a host by somebody else; left alone.
  enum class Verdict { ours, left_over, foreign };
  Verdict verdict = Verdict::ours;
  std::string lab;   // by its name; empty where it cannot be told
  std::string place; // "this machine", or a host
  std::string kind;  // "keeper", "control group", "folder", "guest", "disk"
  std::string what;  // process, path, name
};

[[nodiscard]] std::string_view to_string(AuditItem::Verdict verdict);

/// What there is on this machine: keepers, control groups, folders of labs, disks that are kept elsewhere.
[[nodiscard]] std::vector<AuditItem> audit_machine();

/// What there is on the hosts of a running lab: guests, and on machines attached disks. Inside the lab. A host that
/// does not answer is an item of kind "host" and verdict left_over, with its reason.
[[nodiscard]] std::vector<AuditItem>
audit_hosts(const Topology& topology, const LabState& state, CommandRunner& runner);

/// What there is on a lab's hosts that outlive it, of this lab and of others. For outside of the lab, whether it runs
/// or not. A host that does not answer is an item of kind "host" and verdict left_over, with its reason.
[[nodiscard]] std::vector<AuditItem>
audit_remote_hosts(const Topology& topology, const LabState& state, CommandRunner& runner);

/// What a machine that ssh finds has of labs, whoever's: those that are on record here are not told apart. Throws Error
/// when it does not answer.
[[nodiscard]] std::vector<AuditItem> audit_machine_at(const std::string& destination, CommandRunner& runner);

} // namespace migralab
