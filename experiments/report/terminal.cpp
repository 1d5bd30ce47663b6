// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/printable.hpp"
#include "migralab/lab/network_rates.hpp"
#include "migralab/report/report.hpp"
#include "tables.hpp"
#include "words.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace migralab {

namespace {

/// A single cell has few enough trials and few enough numbers for a row each, and a balancer's trials are long and few.
std::string rows_of_trials(const Analysis& analysis) {
  return terminal_table(trial_table(analysis));
}

std::string title(const Analysis& analysis) {
  const MeasuredRun& run = *analysis.run;
  const std::string lab = run.run.cells.empty() ? "no lab" : run.run.cells.front().topology.lab;
  const std::string cells =
      analysis.cells.size() > 1 ? fmt::format(" in {} cells", analysis.cells.size()) : std::string();
  return fmt::format("{} on {}: {}{}\n\n", run.run.experiment.name, lab, counted_trials(run), cells);
}

std::string failures(const Analysis& analysis) {
  std::string text;
  for (const auto& row : failed_trials_table(analysis).rows) {
    text += fmt::format("trial {} failed: {}\n", row[0].text, row[2].text);
  }
  return text;
}

/// Which links were off their rate, with how often.
std::string links_off(const Analysis& analysis) {
  std::string text;
  for (const auto& row : link_table(analysis).rows) {
    if (row.back().text != "0") {
      text += fmt::format(
          "network off its rate in {} of {} trials: {} {} {}: declared {} Mbit/s, measured {} to {} Mbit/s\n",
          row[9].text,
          row[8].text,
          row[0].text,
          row[1].text,
          row[2].text,
          row[3].text,
          row[5].text,
          row[6].text);
    }
  }
  return text;
}

/// Sentences do not fit the columns of a terminal.
std::string publication(const Analysis& analysis) {
  std::string text;
  for (const auto& row : source_table(analysis).rows) {
    text += fmt::format("{}: {}\n", text.empty() ? "published" : row[0].text, row[1].text);
  }
  return text.empty() ? text : text + "\n";
}

/// Of the columns.
std::string meanings(const Analysis& analysis) {
  if (analysis.balanced) {
    return fmt::format(
        "over {}: seconds in which a sample of the host had a resource above it\n"
        "imbalance: standard deviation of the hosts' largest shares, mean over time\n"
        "downtime: of all moves together, by the hypervisor's own account\n",
        overload_words(analysis));
  }
  return analysis.moves
             ? "downtime: by the hypervisor's own account; by each probe, the longest silence its client saw\n"
             : "";
}

} // namespace

std::string render_table(const MeasuredRun& run) {
  const Analysis analysis = analyse(run, Comparing::nothing);
  std::string text = title(analysis);
  if (analysis.cells.size() <= 1 || analysis.balanced) {
    text += rows_of_trials(analysis) + "\n";
  }
  const Table cells = cell_table(analysis);
  // What a single cell's migrations come to stands below its trials already.
  if (!cells.empty() && (analysis.cells.size() > 1 || !analysis.moves)) {
    text += terminal_table(cells) + "\n";
  }
  if (const Table workloads = workload_table(analysis); (analysis.moves || analysis.balanced) && !workloads.empty()) {
    text += terminal_table(workloads) + "\n";
  }
  if (const Table saturation = saturation_table(analysis); !saturation.empty()) {
    text += terminal_table(saturation) + saturation.note + "\n\n";
  }
  if (const Table published = published_table(analysis); !published.empty()) {
    text += terminal_table(published) + "\n";
  }
  text += publication(analysis);
  for (const std::string& remark : remarks(analysis)) {
    text += remark + "\n";
  }
  text += failures(analysis);
  for (const std::string& damaged : run.damaged) {
    text += "damaged, left out: " + damaged + "\n";
  }
  text += meanings(analysis);
  if (!cells.empty() && (analysis.cells.size() > 1 || !analysis.moves)) {
    text += "medians; below them 95 % intervals, or how many values one takes\n";
  }
  text += links_off(analysis);
  text += accelerator_note(analysis) + "\n";
  return printable(text);
}

} // namespace migralab
