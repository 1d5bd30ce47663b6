// SPDX-License-Identifier: Apache-2.0
// What has to hold before a migration can succeed, each looked at for real. Used inside the lab.
#pragma once

#include "migralab/core/exit_status.hpp"
#include "migralab/lab/interior.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace migralab {

enum class Prerequisite {
  hypervisor,        // the destination's libvirtd answers
  technique,         // this machine's hypervisor can do what is asked for
  processor,         // the destination can give the guest the processor that it has
  memory,            // the guest fits beside those that are there and those that come at the same time
  networks,          // the destination is on every network of the guest
  migration_network, // the source reaches the destination over it, by TCP
  storage            // the destination opens the guest's disk; or the disk is copied along
};
/// "migration network", ...
[[nodiscard]] std::string_view to_string(Prerequisite prerequisite);

struct PreflightFinding {
  enum class Verdict { ok, failed, unknown }; // unknown: cannot be looked at while another prerequisite fails
  std::string guest;
  std::string from;
  std::string to;
  Prerequisite prerequisite{};
  Verdict verdict = Verdict::ok;
  std::string what;                       // what was found, or what is wrong
  std::string fix;                        // what to do about it; empty unless failed
  ExitStatus status = ExitStatus::failed; // of a migration that is refused for it

  [[nodiscard]] bool failed() const { return verdict == Verdict::failed; }
};

/// Every prerequisite of each move, in order, given that all moves begin at once. Throws Error for moves that make no
/// sense: names that there are not, a guest that is there already, runs nowhere, or is named twice (exit code 2, or 1
/// for the guest that has ended).
[[nodiscard]] std::vector<PreflightFinding>
preflight(const Topology& topology, Interior& lab, const std::vector<Move>& moves, const MigrationOptions& options);

/// Throws one Error that has every failed one with its fix; of a single one, its text, fix and status.
void expect_ready(const std::vector<PreflightFinding>& findings);

} // namespace migralab
