// SPDX-License-Identifier: Apache-2.0
// What is varied, how it is combined, and how often everything is repeated.
#include "sections.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace migralab {

namespace {

constexpr std::size_t longest_name = 31;
constexpr unsigned most_repetitions = 10000;
constexpr unsigned most_failures = 1'000'000;
constexpr auto longest_trial = std::chrono::hours(24);
constexpr auto longest_run = std::chrono::hours(24 * 90);

const std::vector<Word<Combination>> combinations{
    {"full", Combination::full},
    {"zip", Combination::zip},
    {"list", Combination::list}};

Json any_level() {
  return {{"type", {"string", "number", "boolean", "array", "object"}}};
}

Json levels_schema() {
  return {{"type", "array"}, {"items", any_level()}, {"minItems", 1}};
}

void read_levels(YamlReader& reader, const YamlValue& value, FactorDraft& factor) {
  const auto items = reader.items(value, "[pre-copy, post-copy]");
  factor.levels.emplace();
  for (YamlValue item : items.value_or(std::vector<YamlValue>{})) {
    item.what = fmt::format("a level of factor '{}'", factor.name.value);
    if (auto text = level_text(reader, item)) {
      factor.levels->push_back({std::move(*text), item.where});
    }
  }
  if (items && items->empty()) {
    reader.diagnostics().error(
        value.where,
        fmt::format("factor '{}' has no levels", factor.name.value),
        "name the values that it is to have, for example '[pre-copy, post-copy]'");
  }
}

const Mapping<FactorDraft>& factor_mapping() {
  static const auto mapping = [] {
    Mapping<FactorDraft> keys("a factor", "One thing that is varied, by a name of one's own.");
    keys.required(
        "path",
        "path: topology.networks.lan.rate",
        text_kind("topology.networks.lan.rate"),
        &FactorDraft::path,
        "A key of this file (migration.technique), or after 'topology.' of the topology; '*' is every entry of a map.");
    keys.key("levels", levels_schema(), read_levels, "Its values. With 'combine: list' the rows say them.");
    return keys;
  }();
  return mapping;
}

/// The last key of a path that names something: "rate" of "topology.networks.*.rate".
std::string last_key(const std::string& path) {
  const auto dot = path.rfind('.');
  return dot == std::string::npos ? path : path.substr(dot + 1);
}

FactorDraft factor_of(YamlReader& reader, YamlEntry& entry) {
  FactorDraft factor;
  if (entry.value.node.IsMap()) {
    factor.name = entry.key;
    entry.value.what = fmt::format("factor '{}'", entry.key.value);
    factor_mapping().read(reader, entry.value, entry.key.where, factor);
    const std::string& name = factor.name.value;
    const bool plain = !name.empty() && name.size() <= longest_name &&
                       std::isalnum(static_cast<unsigned char>(name[0])) != 0 &&
                       std::all_of(name.begin(), name.end(), [](unsigned char c) {
                         return std::isalnum(c) != 0 || c == ' ' || c == '_' || c == '-';
                       });
    if (!plain) {
      reader.diagnostics().error(
          entry.key.where,
          fmt::format("'{}' cannot name a factor", name),
          fmt::format("a letter or digit, then letters, digits, blanks, '-' and '_', {} at most", longest_name));
    }
    return factor;
  }
  factor.path = entry.key;
  factor.name = {last_key(entry.key.value), entry.key.where};
  if (!entry.value.node.IsNull()) {
    read_levels(reader, entry.value, factor);
  }
  return factor;
}

} // namespace

Json factors_schema() {
  return {
      {"type", "object"},
      {"minProperties", 1},
      {"additionalProperties", {{"anyOf", {levels_schema(), {{"type", "null"}}, factor_mapping().schema()}}}}};
}

void read_factors(YamlReader& reader, const YamlValue& value, ExperimentDraft& draft) {
  draft.factors_where = value.where;
  auto entries = reader.entries(value, "{migration.technique: [pre-copy, post-copy]}");
  if (entries && entries->empty()) {
    reader.diagnostics().error(
        value.where, "'factors' names nothing", "add for example 'migration.technique: [pre-copy, post-copy]'");
  }
  const std::size_t before = reader.diagnostics().all().size();
  if (entries) {
    for (YamlEntry& entry : *entries) {
      draft.factor_drafts.push_back(factor_of(reader, entry));
    }
  }
  draft.factors_known = entries && !entries->empty() && reader.diagnostics().all().size() == before;
}

Json combine_schema() {
  return schema_of(combinations);
}

void read_combine(YamlReader& reader, const YamlValue& value, ExperimentDraft& draft) {
  draft.combine_where = value.where;
  const auto word = word_kind(combinations).read(reader, value);
  draft.factors_known = draft.factors_known && word;
  draft.combination = word.value_or(draft.combination);
}

Json rows_schema() {
  Json level = any_level();
  level["type"].push_back("null");
  return {{"type", "array"}, {"items", {{"type", "array"}, {"items", level}, {"minItems", 1}}}, {"minItems", 1}};
}

void read_rows(YamlReader& reader, const YamlValue& value, ExperimentDraft& draft) {
  draft.rows_where = value.where;
  const std::size_t before = reader.diagnostics().all().size();
  const auto rows = reader.items(value, "[[pre-copy, 100Mbit/s], [post-copy, 1Gbit/s]]");
  if (rows && rows->empty()) {
    reader.diagnostics().error(value.where, "'rows' has no row", "write one for each cell: '[pre-copy, 100Mbit/s]'");
  }
  for (YamlValue row : rows.value_or(std::vector<YamlValue>{})) {
    row.what = fmt::format("row {}", draft.row_drafts.size() + 1);
    auto& levels = draft.row_drafts.emplace_back();
    levels.where = row.where;
    const auto items = reader.items(row, "[pre-copy, 100Mbit/s]");
    for (YamlValue item : items.value_or(std::vector<YamlValue>{})) {
      item.what = fmt::format("a level of {}", row.what);
      if (item.node.IsNull()) {
        levels.value.push_back({Level::as_in_file, item.where});
      } else if (auto text = level_text(reader, item)) {
        levels.value.push_back({std::move(*text), item.where});
      }
    }
  }
  draft.rows_known = rows && !rows->empty() && reader.diagnostics().all().size() == before;
}

const Mapping<ExperimentDraft>& stop_mapping() {
  static const auto mapping = [] {
    Mapping<ExperimentDraft> keys(
        "the stopping rule", "A cell is repeated until the median of a metric is known well enough.");
    keys.required(
        "metric",
        "metric: total_time",
        text_kind("total_time").schema,
        [](YamlReader& reader, const YamlValue& value, ExperimentDraft& draft) {
          if (const auto metric = reader.text(value, "total_time")) {
            draft.metric_where = metric->where;
            draft.stop.metric = metric->value;
          }
        },
        "Name of a metric of a trial.");
    keys.key(
        "within",
        percent_kind(0.01, 100, "5%"),
        [](ExperimentDraft & draft) -> auto& { return draft.stop.within; },
        "Half the width of the median's 95 % interval over the median. Default: 5%.");
    const ValueKind<unsigned> most = count_kind(1, most_repetitions);
    keys.key(
        "at_most",
        most.schema,
        [most](YamlReader& reader, const YamlValue& value, ExperimentDraft& draft) {
          draft.at_most_where = value.where;
          draft.stop.at_most = most.read(reader, value).value_or(draft.stop.at_most);
        },
        "Repetitions, then a cell is complete however uncertain. Default: 30.");
    return keys;
  }();
  return mapping;
}

const Mapping<ExperimentDraft>& limits_mapping() {
  static const auto mapping = [] {
    Mapping<ExperimentDraft> keys("the limits", "When a trial or the run is given up.");
    const ValueKind<Nanoseconds> trial = duration_kind(longest_trial, "10min");
    keys.key(
        "trial",
        trial.schema,
        [trial](YamlReader& reader, const YamlValue& value, ExperimentDraft& draft) {
          draft.trial_limit_where = value.where;
          draft.trial_limit = trial.read(reader, value).value_or(draft.trial_limit);
        },
        "A trial that takes longer has failed. Default: 10min.");
    const ValueKind<Nanoseconds> run = duration_kind(longest_run, "2h");
    keys.key(
        "run",
        run.schema,
        [run](YamlReader& reader, const YamlValue& value, ExperimentDraft& draft) {
          const auto limit = run.read(reader, value);
          if (limit && *limit == Nanoseconds{}) {
            reader.diagnostics().error(value.where, "a run of no time has no trial", "leave 'run' out for no limit");
          }
          draft.run_limit = limit.value_or(draft.run_limit);
        },
        "No trial is begun after this time; --resume goes on. Default: none.");
    keys.key(
        "failures",
        count_kind(1, most_failures),
        &ExperimentDraft::most_failures,
        "After so many failed trials in a row the run ends. Default: 3.");
    return keys;
  }();
  return mapping;
}

} // namespace migralab
