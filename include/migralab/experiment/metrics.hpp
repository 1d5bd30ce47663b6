// SPDX-License-Identifier: Apache-2.0
// From a trial's facts to named numbers. Everything that is compared, stopped at, published or drawn is one of these.
// Pure. docs/measuring.md defines each.
#pragma once

#include "migralab/experiment/outcome.hpp"

#include <optional>
#include <string>
#include <vector>

namespace migralab {

/// One number of one trial. Names: "total_time", "downtime.hypervisor", "downtime.udp", "downtime.http",
/// "downtime.push", "downtime.guest", "rounds", "moved", "network.lan", "http.rate.before", "http.response_p99.during",
/// "processors.h1.during", "WORKLOAD.METRIC.after", ... With several guests "GUEST:" stands before what is of a guest.
struct Metric {
  std::string name;
  std::string unit; // "s", "ms", "B", "1/s", "%", "" for a count
  double value = 0;
};

/// In a stable order. What a trial does not tell is not among them (no downtime of a probe that never got an answer
/// back: that is "returned" = 0).
[[nodiscard]] std::vector<Metric> metrics_of(const TrialOutcome& trial, const Cell& cell);

[[nodiscard]] std::optional<double> value_of(const std::vector<Metric>& metrics, const std::string& name);

} // namespace migralab
