// SPDX-License-Identifier: Apache-2.0
// A policy: four parts, their parameters, and what it remembers. The same object decides for a real lab, a replayed
// trace and a simulated cluster.
#pragma once

#include "migralab/balance/parts.hpp"

#include <string>
#include <vector>

namespace migralab::balance {

class Policy {
public:
  Policy(Parts parts, const Parameters& parameters) : parts_(std::move(parts)), parameters_(parameters) {}

  [[nodiscard]] const Parameters& parameters() const { return parameters_; }

  /// One round. The cluster's indices are valid (read_cluster sees to it). Moves are proposals: whoever begins one
  /// tells the policy.
  [[nodiscard]] Decision decide(const Cluster& cluster, Instant now);

  /// A move begins: from now on it counts on both ends. Of a guest that is in flight already: this is how it goes.
  void started(const Move& move);
  /// It ended then, whether it succeeded or not: a guest that cannot move is not tried again at once.
  void finished(const std::string& guest, Instant ended);
  /// It never began.
  void dropped(const std::string& guest);

  /// To be written down and given to another policy after a restart.
  [[nodiscard]] const PacingState& state() const { return state_; }
  void restore(PacingState state) { state_ = std::move(state); }

private:
  void forget_old_moves(Instant now);
  void relieve(Round& round, HostIndex host, HostRecord::Trigger trigger, double limit, Decision& decision);

  Parts parts_;
  Parameters parameters_;
  PacingState state_;
};

struct PolicyInfo {
  std::string name;
  std::string about;
  std::string source; ///< where it was published; empty: nowhere
  std::vector<std::string> parameters;
  Parameters defaults; ///< of its own
  /// Hosts decide among themselves, two by two, and there is no coordinator; a decision on a whole cluster is one round
  /// of that.
  bool distributed = false;
};

/// All policies.
[[nodiscard]] const std::vector<PolicyInfo>& policies();

/// False for an unknown policy, too.
[[nodiscard]] bool is_distributed(const std::string& name);

/// `settings`: "NAME=VALUE" each. Throws Error (exit code 2) for an unknown policy and for wrong settings.
[[nodiscard]] Policy make_policy(const std::string& name, const std::vector<std::string>& settings = {});

} // namespace migralab::balance
