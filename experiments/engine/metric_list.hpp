// SPDX-License-Identifier: Apache-2.0
// What metrics are made with. Private to this room.
#pragma once

#include "migralab/experiment/metrics.hpp"

#include <string>
#include <utility>
#include <vector>

namespace migralab {

class MetricList {
public:
  void add(std::string name, const char* unit, double value) { metrics_.push_back({std::move(name), unit, value}); }
  void add(std::string name, const std::string& unit, double value) {
    metrics_.push_back({std::move(name), unit, value});
  }
  /// Nothing where there is no value.
  void add(std::string name, const char* unit, std::optional<double> value) {
    if (value) {
      add(std::move(name), unit, *value);
    }
  }
  [[nodiscard]] std::vector<Metric> take() { return std::move(metrics_); }

private:
  std::vector<Metric> metrics_;
};

/// A stretch of a trial: [from, to).
struct Phase {
  std::string name; // "before", "during", "after", "whole" (all three)
  Instant from;
  Instant to;

  [[nodiscard]] double seconds() const { return std::chrono::duration<double>(to - from).count(); }
};
/// Those that are not empty: a trial without a migration has no "during".
[[nodiscard]] std::vector<Phase> phases_of(const TrialOutcome& trial);

/// The name of the workload that `gaps: true` puts into a guest. No user's workload has a dot in its name.
[[nodiscard]] std::string gaps_of(const std::string& guest);

[[nodiscard]] double in_seconds(Nanoseconds span);
[[nodiscard]] double in_milliseconds(Nanoseconds span);

} // namespace migralab
