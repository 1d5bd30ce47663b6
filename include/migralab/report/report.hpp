// SPDX-License-Identifier: Apache-2.0
// From a RunOutcome to what people read: tidy CSV, one JSON, a table, a timeline figure and one HTML page.
#pragma once

#include "migralab/experiment/outcome.hpp"
#include "migralab/process/command_runner.hpp"

#include <filesystem>
#include <string>

namespace migralab {

/// The table on stdout: a row per trial (total time, three downtimes, iterations, bytes per network, requests by end),
/// a row of medians, and the accelerator with its warning when it is TCG.
[[nodiscard]] std::string render_table(const RunOutcome& run);

/// The same facts for scripts; "schema": "migralab.run/1".
[[nodiscard]] std::string render_json(const RunOutcome& run);

/// Writes into `folder`: requests.csv, job_samples.csv, events.csv, network.csv, link_rates.csv, trials.csv (tidy: one
/// observation a row, units in the column names, times in seconds since the run's origin), run.json, timeline.svg
/// (gnuplot) and index.html (self-contained: the figure inlined). Every file is written whole or not at all. Throws
/// Error.
void write_report(const RunOutcome& run, const std::filesystem::path& folder, CommandRunner& runner);

} // namespace migralab
