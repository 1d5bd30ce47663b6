// SPDX-License-Identifier: Apache-2.0
// Figures of policies that were compared in simulated clusters.
#pragma once

#include "migralab/process/command_runner.hpp"
#include "migralab/statistics/summary.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace migralab {

/// What a policy came to, with every seed.
struct PolicyRow {
  std::string policy;
  std::vector<double> values;
  double median = 0;
  std::optional<Interval> interval; ///< of the median
};

struct PolicyMeasure {
  std::string heading; ///< "ENERGY kWh"
  std::vector<PolicyRow> rows;
};

/// A figure: a panel for each measure, a row for each policy.
struct PolicyFigure {
  std::string name;  ///< of its files
  std::string title; ///< drawn above it
  std::vector<PolicyMeasure> measures;
};

/// NAME.svg and NAME.pdf of each, with gnuplot; "simulated" stands on all. Throws Error.
void write_policy_figures(
    const std::vector<PolicyFigure>& figures,
    const std::filesystem::path& folder,
    CommandRunner& runner);

} // namespace migralab
