// SPDX-License-Identifier: Apache-2.0
// The experiment file as a whole.
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/topology/load.hpp"
#include "misfits.hpp"
#include "overrides.hpp"
#include "sections.hpp"

#include <cctype>
#include <fmt/format.h>
#include <limits>

namespace migralab {

namespace {

constexpr unsigned most_repetitions = 10000;
constexpr auto longest_settle = std::chrono::minutes(60);
constexpr auto longest_stretch = std::chrono::hours(24);
constexpr std::size_t longest_name = 63;

const std::vector<Word<Experiment::Restart>> restarts{
    {"never", Experiment::Restart::never},
    {"block", Experiment::Restart::block},
    {"trial", Experiment::Restart::trial}};

void read_name(YamlReader& reader, const YamlValue& value, ExperimentDraft& experiment) {
  const auto name = reader.text(value, "quickstart");
  if (!name) {
    return;
  }
  experiment.name = name->value;
  const bool plain =
      name->value.size() <= longest_name && std::isalnum(static_cast<unsigned char>(name->value.front())) != 0 &&
      name->value.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
          std::string::npos;
  if (!plain) { // it becomes the name of a folder
    reader.diagnostics().error(
        name->where,
        fmt::format("'{}' cannot name an experiment", name->value),
        fmt::format("a letter or digit, then letters, digits, '-', '_' and '.', {} at most", longest_name));
  }
}

void add_what_happens(Mapping<ExperimentDraft>& keys) {
  keys.key("guest", text_kind("web").schema, read_guest, "The guest that moves; with 'route'.");
  keys.key("route", route_schema(), read_route, "Hosts that the guest visits in one repetition, in order.");
  keys.key("moves", moves_schema(), read_moves, "In place of guest and route: several guests at once, each its route.");
  keys.key(
      "migration",
      migration_schema(),
      read_migration,
      "How guests move; 'none': everything is measured and nothing moves. Default: pre-copy.");
  keys.key(
      "balance",
      balance_section_schema(),
      read_balance_section,
      "In place of guest and route: a balancer that moves any guest when it must.");
  keys.required("client", "client: client", text_kind("client"), &ExperimentDraft::client, "The node that measures.");
  keys.key("load", load_schema(), read_load, "Default: 1000 echo requests per second.");
  keys.key("gaps", switch_kind(), &ExperimentDraft::gaps, "Detect standstills in each guest itself. Default: false.");
  keys.key(
      "dirty_rate",
      switch_kind(),
      &ExperimentDraft::dirty_rate,
      "Ask the hypervisor how fast each guest writes to memory, after settling; takes 4 s. Default: false.");
  keys.key(
      "workloads", workload_section_schema(), read_workload_section, "What keeps guests or clients busy, by name.");
  keys.key("only", only_schema(), read_only, "Of the workloads those that run; 'none': none. Default: all.");
}

void add_design(Mapping<ExperimentDraft>& keys) {
  keys.key("factors", factors_schema(), read_factors, "What is varied: path and levels. Default: nothing.");
  keys.key(
      "combine",
      combine_schema(),
      read_combine,
      "full: every level with every other; zip: first with first and so on; list: as in 'rows'. Default: full.");
  keys.key("rows", rows_schema(), read_rows, "With 'combine: list': a level of each factor; ~ for what the file says.");
  const ValueKind<unsigned> repetitions = count_kind(1, most_repetitions);
  keys.key(
      "repetitions",
      repetitions.schema,
      [repetitions](YamlReader& reader, const YamlValue& value, ExperimentDraft& draft) {
        draft.repetitions_where = value.where;
        draft.repetitions = repetitions.read(reader, value).value_or(draft.repetitions);
      },
      "Of each cell's whole route. Default: 1.");
  keys.key(
      "warm_up",
      count_kind(0, most_repetitions),
      &ExperimentDraft::warm_up,
      "Repetitions before these that count in no statistic. Default: 0.");
  keys.key(
      "seed",
      count_kind(0, std::numeric_limits<unsigned>::max()),
      &ExperimentDraft::seed,
      "Of the order of the cells in each block. Default: 1.");
  keys.key(
      "stop",
      stop_mapping().schema(),
      [](YamlReader& reader, const YamlValue& value, ExperimentDraft& draft) {
        stop_mapping().read(reader, value, value.where, draft);
      },
      "When a cell has been repeated often enough. Default: after 'repetitions'.");
  keys.key(
      "restart",
      word_kind(restarts),
      &ExperimentDraft::restart,
      "When the lab is made anew although nothing in it changes. Default: never.");
}

void add_times(Mapping<ExperimentDraft>& keys) {
  keys.key(
      "settle",
      duration_kind(longest_settle, "2s"),
      &ExperimentDraft::settle,
      "At a trial's begin: workloads run, nothing counts. Default: 2s.");
  keys.key(
      "before", duration_kind(longest_stretch, "2s"), &ExperimentDraft::before, "Measured before it. Default: 2s.");
  keys.key("after", duration_kind(longest_stretch, "2s"), &ExperimentDraft::after, "Measured after it. Default: 2s.");
  keys.key(
      "limits",
      limits_mapping().schema(),
      [](YamlReader& reader, const YamlValue& value, ExperimentDraft& draft) {
        limits_mapping().read(reader, value, value.where, draft);
      },
      "When a trial or the run is given up.");
}

/// What only the topology tells, beside mistakes that are there anyway: cells_of would never come to it.
void add_misfits(Diagnostics& diagnostics, const Experiment& experiment) {
  std::vector<Remark> misfits;
  try {
    misfits = misfits_of(experiment, load_topology(experiment.topology));
  } catch (const Error&) {
    return; // its mistakes are told when this file has none
  }
  Places places(experiment.text);
  for (const Remark& misfit : misfits) {
    diagnostics.error(place_of(misfit, places), misfit.message, misfit.hint);
  }
}

void expect_topology(Diagnostics& diagnostics, const Experiment& experiment) {
  const Location where = Places(experiment.text).of("topology");
  std::error_code unreadable;
  if (where.line != 0 && !std::filesystem::is_regular_file(experiment.topology, unreadable)) {
    diagnostics.error(
        where,
        fmt::format("there is no file {}", experiment.topology.native()),
        "'topology' is the path of a *.lab.yaml, from the folder of this file");
  }
}

/// A level of a factor replaces the whole value at its path, so that a setting there would be lost.
void expect_unvaried(const Experiment& experiment, const std::vector<std::string>& settings) {
  for (const std::string& setting : settings) {
    const std::string path = setting.substr(0, setting.find('='));
    for (const Factor& factor : experiment.factors) {
      if (path == factor.path || path.starts_with(factor.path + ".")) {
        throw Error(
            fmt::format(
                "'{}' would change nothing: factor '{}' sets '{}' in every cell", setting, factor.name, factor.path),
            ExitStatus::bad_input)
            .with_hint(fmt::format("name the levels: factors.{}.levels=[...]", factor.name));
      }
    }
  }
}

} // namespace

const Mapping<ExperimentDraft>& experiment_mapping() {
  static const auto mapping = [] {
    Mapping<ExperimentDraft> keys("an experiment", "Guests that move, and what is measured meanwhile.");
    const Json name{{"type", "string"}, {"pattern", "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"}};
    keys.required("experiment", "experiment: quickstart", name, read_name, "Names the folder of its results.");
    keys.required(
        "topology",
        "topology: ../topologies/quickstart.lab.yaml",
        text_kind("../topologies/quickstart.lab.yaml"),
        &ExperimentDraft::topology,
        "Path of the lab's topology, relative to this file.");
    keys.key("about", text_kind("What is found out."), &ExperimentDraft::about, "A sentence for the report.");
    add_what_happens(keys);
    add_design(keys);
    add_times(keys);
    keys.key("quick", quick_schema(), read_quick, "Settings of the short form, by path: what --quick changes.");
    keys.key("published", published_schema(), read_published, "What was published of the same experiment.");
    return keys;
  }();
  return mapping;
}

std::string experiment_schema() {
  Json schema{
      {"$schema", "https://json-schema.org/draft/2020-12/schema"},
      {"$id", "urn:migralab:experiment:2"},
      {"title", "migralab experiment (*.exp.yaml)"}};
  schema.update(experiment_mapping().schema());
  // The mapping knows no alternatives.
  schema["oneOf"] = {{{"required", {"guest"}}}, {{"required", {"moves"}}}, {{"required", {"balance"}}}};
  return schema.dump(2) + "\n";
}

ExperimentDraft read_experiment(const std::string& text, const std::filesystem::path& file, Diagnostics& diagnostics) {
  ExperimentDraft draft;
  draft.file = file;
  draft.text = text;
  YamlReader reader(text, diagnostics, "experiment: NAME");
  const auto root = reader.root();
  if (root && experiment_mapping().read(reader, *root, {}, draft)) {
    draft.topology = std::filesystem::absolute(file.parent_path() / draft.topology).lexically_normal();
    complete_routes(diagnostics, draft);
    check_design(diagnostics, draft);
  }
  return draft;
}

Experiment parse_experiment(const std::string& text, const std::filesystem::path& file, Diagnostics& diagnostics) {
  ExperimentDraft draft = read_experiment(text, file, diagnostics);
  if (!diagnostics.has_errors()) {
    check_quick(diagnostics, draft);
  }
  return draft;
}

SplitSettings split_settings(const std::vector<std::string>& settings) {
  SplitSettings split;
  for (const std::string& setting : settings) {
    if (setting.starts_with(topology_prefix)) {
      split.topology.push_back(setting.substr(topology_prefix.size()));
    } else {
      split.experiment.push_back(setting);
    }
  }
  return split;
}

Experiment load_experiment(const std::filesystem::path& file, const std::vector<std::string>& settings) {
  std::string text;
  try {
    text = read_file(file);
  } catch (const Error& error) {
    throw Error(error.what(), ExitStatus::bad_input).with_hint("give the path of an experiment file (*.exp.yaml)");
  }
  text = with_settings(std::move(text), settings, experiment_sections, "--with");
  Diagnostics diagnostics(file.native(), text);
  Experiment experiment = parse_experiment(text, file, diagnostics);
  expect_topology(diagnostics, experiment);
  if (diagnostics.has_errors()) {
    add_misfits(diagnostics, experiment);
  }
  diagnostics.throw_if_errors();
  expect_unvaried(experiment, settings);
  return experiment;
}

} // namespace migralab
