// SPDX-License-Identifier: Apache-2.0
// Metrics in words, and numbers for people. No locale: the same on every machine.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace migralab {

/// Where a metric is shown.
enum class MetricGroup {
  migration, // total time, rounds, moved bytes
  downtime,
  phases, // NAME.before, NAME.during, NAME.after, NAME.whole
  loss,
  network,
  model,
  balance, // what a balancer did, and what it came to
  other
};

/// A metric's name, taken apart: "web:http.rate.before".
struct MetricName {
  std::string guest; // "web"; empty: there is but one, or it is not of a guest
  std::string base;  // "http.rate.before"
  std::string stem;  // "http.rate": without its phase
  std::string phase; // "before", "whole"; empty: not of a phase
  MetricGroup group = MetricGroup::other;
};
[[nodiscard]] MetricName metric_name(const std::string& name);

/// "total migration time", "downtime (client, HTTP)"; what has no name in words stays as it is.
[[nodiscard]] std::string in_words(const std::string& metric);

/// Of a balancer's metrics those that say what it was good for; the others say how.
[[nodiscard]] bool is_balance_headline(const std::string& metric);

/// Unit and factor in which a metric is printed: bytes in MiB, the rest as it is.
struct PrintedUnit {
  std::string unit;
  double factor = 1;
};
[[nodiscard]] PrintedUnit printed_unit(const std::string& unit);

/// Three significant figures, no exponent for what people read without: "1.39", "0.0810", "216", "1234".
[[nodiscard]] std::string figures(double value);
/// The same, with as many decimals as three figures of `like` have: numbers beside each other.
[[nodiscard]] std::string figures_like(double value, double like);
/// With its unit: "1.39 s", "81.0 ms", "95.3 MiB", "12".
[[nodiscard]] std::string with_unit(double value, const std::string& unit);
/// "0.013", "<0.001".
[[nodiscard]] std::string p_value(double p);
/// "+12.5 %"
[[nodiscard]] std::string change(double ratio);
/// Of rising numbers: "1, 5 to 7".
[[nodiscard]] std::string in_ranges(const std::vector<unsigned>& numbers);
/// For CSV and JSON of computed numbers: ten significant digits, so that libraries' last bits do not show.
[[nodiscard]] std::string computed(double value);
[[nodiscard]] double rounded(double value);

/// The factor that turns `from` into `to` ("s" into "ms": 1000); 0: no such factor is known.
[[nodiscard]] double unit_factor(const std::string& from, const std::string& to);

} // namespace migralab
