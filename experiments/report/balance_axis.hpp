// SPDX-License-Identifier: Apache-2.0
// What figures of a balancer's trial share: the time axis, the hosts, how a trial is called.
#pragma once

#include "figures.hpp"
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

/// A figure of such a trial, without panels. `caption`: "What each host measured in {}, ...", where {} becomes the
/// trial.
[[nodiscard]] Figure balance_figure(
    const CellFacts& cell,
    const TrialOutcome& trial,
    const std::string& kind,
    const std::string& subject,
    const std::string& caption);

} // namespace migralab
