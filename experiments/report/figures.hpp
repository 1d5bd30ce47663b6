// SPDX-License-Identifier: Apache-2.0
// The figures of a report, as values.
#pragma once

#include "analysis.hpp"
#include "plot.hpp"

#include <optional>

namespace migralab {

/// At most so many cells have figures of their own: a page of more would be neither loaded nor read.
inline constexpr std::size_t most_cells_drawn = 24;

/// For figures; empty where nothing was emulated or simulated.
[[nodiscard]] std::string figure_warning(const Analysis& analysis);

/// Every value, the median and its interval, a row per cell. Nothing when no trial has these metrics.
[[nodiscard]] std::optional<Figure> total_time_figure(const Analysis& analysis);
[[nodiscard]] std::optional<Figure> downtime_figure(const Analysis& analysis);
/// A row per model and cell: the error of each trial.
[[nodiscard]] std::optional<Figure> model_error_figure(const Analysis& analysis);

/// Replies over the demanded rate, of workloads with a ramp.
[[nodiscard]] std::optional<Figure> saturation_figure(const Analysis& analysis);

/// A whole trial over time: response times, networks, processors, workloads, events; the migration shaded.
[[nodiscard]] std::optional<Figure> timeline_figure(const CellFacts& cell, const TrialOutcome& trial);
/// The same of the workloads that the timeline has no room for; nothing where it has all.
[[nodiscard]] std::optional<Figure> workload_figure(const CellFacts& cell, const TrialOutcome& trial);
/// The same trial around the switch: good answers per second in stretches of 10 ms, events, ARP and RARP frames.
[[nodiscard]] std::optional<Figure> switch_figure(const CellFacts& cell, const TrialOutcome& trial);
/// Response times of all trials of a cell by percentile, before, during and after.
[[nodiscard]] std::optional<Figure> percentile_figure(const CellFacts& cell, const MeasuredRun& run);

/// The load of each host while a balancer ran, the policy's limits, migrations.
[[nodiscard]] std::optional<Figure> load_figure(const CellFacts& cell, const TrialOutcome& trial);
/// A row per guest: the hosts that it was on, one after the other.
[[nodiscard]] std::optional<Figure> placement_figure(const CellFacts& cell, const TrialOutcome& trial);

/// Of figures of a cell: "timeline-03" for cell 3.
[[nodiscard]] std::string cell_file(const std::string& kind, const Cell& cell);

} // namespace migralab
