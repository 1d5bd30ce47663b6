// SPDX-License-Identifier: Apache-2.0
// What figures of a balancer's trial share: the time axis, the hosts, how a trial is called.
#pragma once

#include "migralab/experiment/outcome.hpp"

#include <string>
#include <vector>

namespace migralab {

/// The time that the balancer ran, and whatever it told before and after. Times count from when it began.
class BalanceAxis {
public:
  static constexpr const char* name = "time since the balancer began (s)";

  /// Of a trial with a balancer.
  explicit BalanceAxis(const TrialOutcome& trial);

  [[nodiscard]] Instant zero() const { return zero_; }
  [[nodiscard]] double from() const { return at(from_); }
  [[nodiscard]] double to() const { return at(to_); }
  [[nodiscard]] double at(Instant instant) const;
  /// Curves have a point in each at most.
  [[nodiscard]] Nanoseconds bin() const;
  /// How much of the axis a text takes up where there is least room: in print.
  [[nodiscard]] double width_of_text(const std::string& text) const;

private:
  Instant zero_;
  Instant from_;
  Instant to_;
};

/// By name.
[[nodiscard]] std::vector<std::string> hosts_of(const balancer::BalanceTrace& trace);

/// "trial 3, block 2"
[[nodiscard]] std::string balance_trial_words(const TrialOutcome& trial);
/// "Software emulation ..."; empty: it was none.
[[nodiscard]] std::string balance_trial_warning(const TrialOutcome& trial);

} // namespace migralab
