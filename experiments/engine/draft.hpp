// SPDX-License-Identifier: Apache-2.0
// An experiment while it is read: with the places of what is checked against other parts of the file. Private to this
// room.
#pragma once

#include "mapping.hpp"
#include "migralab/experiment/experiment.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace migralab {

/// One thing that is varied, as the file has it.
struct FactorDraft {
  Located<std::string> name;
  Located<std::string> path;
  std::optional<std::vector<Located<std::string>>> levels; // none: not given
};

struct PublishedDraft {
  Location where;
  Located<std::string> metric;
  std::vector<std::pair<Located<std::string>, Located<std::string>>> cell; // factor and level
};

/// Slices to the experiment that was read.
struct ExperimentDraft : Experiment {
  std::optional<Located<std::string>> guest;
  std::optional<std::vector<Located<std::string>>> route;
  std::optional<Location> moves_where;
  bool routes_known = true; // false: what is there could not be read
  std::optional<Location> migration_where;
  std::optional<Location> balance_where;
  std::optional<Location> factors_where;
  std::vector<WorkloadSpec> all_workloads; // those that 'only' leaves out, too
  bool workloads_known = true;             // false: one of them could not be read
  std::vector<FactorDraft> factor_drafts;
  bool factors_known = true;
  std::optional<Location> combine_where;
  std::optional<Location> rows_where;
  std::vector<Located<std::vector<Located<std::string>>>> row_drafts;
  bool rows_known = true;
  std::optional<Location> repetitions_where;
  std::optional<Location> metric_where; // of the stopping rule
  std::optional<Location> at_most_where;
  std::optional<Location> trial_limit_where;
  std::vector<PublishedDraft> published_drafts;
  std::vector<Located<std::string>> quick_drafts;
};

/// The whole format; the one place that knows every key.
[[nodiscard]] const Mapping<ExperimentDraft>& experiment_mapping();

/// Text to draft, with every check that the file alone allows.
[[nodiscard]] ExperimentDraft
read_experiment(const std::string& text, const std::filesystem::path& file, Diagnostics& diagnostics);

/// Settings and factors with this before their path are of the topology.
inline constexpr std::string_view topology_prefix = "topology.";

/// The experiment's maps whose entries a user names: a path to one that does not exist is a slip.
inline const std::vector<std::string> experiment_sections{"workloads", "moves", "factors"};

} // namespace migralab
