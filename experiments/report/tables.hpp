// SPDX-License-Identifier: Apache-2.0
// The tables of a report, each a value made from an Analysis. Empty where there is nothing to say.
#pragma once

#include "analysis.hpp"
#include "table.hpp"

namespace migralab {

/// A row per trial and guest, or per trial of a balancer; one of medians of a run with a single cell.
[[nodiscard]] Table trial_table(const Analysis& analysis);
/// A row per cell: medians of the migrations' metrics with their intervals, or what it takes to have one.
[[nodiscard]] Table cell_table(const Analysis& analysis);
/// Bytes by network.
[[nodiscard]] Table network_table(const Analysis& analysis);
/// Trials, failures and the interval of their share.
[[nodiscard]] Table failure_table(const Analysis& analysis);
/// Each trial that failed, and why; those that could not be read.
[[nodiscard]] Table failed_trials_table(const Analysis& analysis);
/// Failed requests of probes by kind.
[[nodiscard]] Table failed_request_table(const Analysis& analysis);
[[nodiscard]] Table outlier_table(const Analysis& analysis);
/// Of the migrations' metrics; comparisons.csv has all.
[[nodiscard]] Table comparison_table(const Analysis& analysis);
/// All that a balancer's trials come to.
[[nodiscard]] Table balance_table(const Analysis& analysis);
/// trial_table() of such trials: a row each.
[[nodiscard]] Table balance_trial_table(const Analysis& analysis);
/// Each move of each trial, and each order that came to none.
[[nodiscard]] Table move_table(const Analysis& analysis);
/// Each round of each trial: what was decided, or why nothing.
[[nodiscard]] Table decision_table(const Analysis& analysis);
/// Guests of the hosts that had to be relieved, with what they cost to move: as tables 7.2 and 7.5 to 7.7 of Ferreira
/// and Martins 2013.
[[nodiscard]] Table weighed_guest_table(const Analysis& analysis);
/// Before, during and after the migration.
[[nodiscard]] Table phase_table(const Analysis& analysis);
/// The same of what workloads told, and over the whole trial: for the terminal, where the phases of all probes are too
/// much.
[[nodiscard]] Table workload_table(const Analysis& analysis);
[[nodiscard]] Table loss_table(const Analysis& analysis);
/// What is in none of the other tables.
[[nodiscard]] Table other_table(const Analysis& analysis);
/// Replies by demanded rate, of workloads with a ramp; its note names the saturation point.
[[nodiscard]] Table saturation_table(const Analysis& analysis);
[[nodiscard]] Table model_table(const Analysis& analysis);
/// Who published something of the same experiment, what, and why ours differs.
[[nodiscard]] Table source_table(const Analysis& analysis);
/// Published numbers beside ours; empty where only words were published.
[[nodiscard]] Table published_table(const Analysis& analysis);
[[nodiscard]] Table link_table(const Analysis& analysis);
[[nodiscard]] Table factor_table(const Analysis& analysis);
[[nodiscard]] Table design_table(const Analysis& analysis);
[[nodiscard]] Table provenance_table(const Analysis& analysis);

/// What each factor with two levels changes, in percent and by class.
[[nodiscard]] Table influence_table(const Analysis& analysis);

/// All that are for print, in the order of the page; without empty ones.
[[nodiscard]] std::vector<Table> printed_tables(const Analysis& analysis);

/// A median with its interval below, in the unit that is printed; "n >= 6" where the sample is too small for one.
[[nodiscard]] Field median_field(const CellMetric& metric);

/// What a reader must know before believing the medians: trials that are missing, a run without any that went well,
/// cells whose migrations did not go as they were asked to, statistics with holes.
[[nodiscard]] std::vector<std::string> remarks(const Analysis& analysis);

/// "6 trials"; "5 of 6 trials" where there are fewer than planned; "5 of at most 60 trials" with a stopping rule.
[[nodiscard]] std::string counted_trials(const MeasuredRun& run);

/// What the downtimes are: a sentence each.
[[nodiscard]] std::vector<std::string> downtime_definitions();
/// What the figures of a balancer are: a sentence each.
[[nodiscard]] std::vector<std::string> balance_definitions();
/// "90 %": the limit above which a host is overloaded; "the limit" where cells differ in it.
[[nodiscard]] std::string overload_words(const Analysis& analysis);

} // namespace migralab
