// SPDX-License-Identifier: Apache-2.0
// From factors to cells: each is the experiment and the topology read once more, with its levels written into their
// texts. What is wrong is said at the factor or level that is to blame: the one with which alone the same is wrong.
#include "combinations.hpp"
#include "draft.hpp"
#include "migralab/core/error.hpp"
#include "migralab/experiment/design.hpp"
#include "misfits.hpp"
#include "overrides.hpp"
#include "places.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace migralab {

namespace {

const std::vector<std::string> topology_sections{"networks", "storage", "hosts", "clients", "guests"};

struct Reading {
  Experiment experiment;
  Topology topology;
  std::vector<Remark> remarks;
};

/// A level of the factor with this index.
struct Chosen {
  std::size_t factor = 0;
  std::string level;

  auto operator<=>(const Chosen&) const = default;
};

/// One setting written into a text; a remark where it cannot be meant.
void set(
    std::string& text,
    const std::string& setting,
    const std::vector<std::string>& sections,
    std::vector<Remark>& remarks) {
  const std::string option = "with";
  try {
    text = with_settings(text, {setting}, sections, option); // a copy: the text stays when this throws
  } catch (const Error& error) {
    const std::string beginning = fmt::format("{} {}: ", option, setting);
    const std::string what = error.what();
    const bool of_the_command_line = error.hint().find(option + " '") != std::string::npos;
    remarks.push_back(
        {what.starts_with(beginning) ? what.substr(beginning.size()) : what,
         of_the_command_line ? "it is a single value: vary it as a whole" : error.hint()});
  }
}

void add_errors(const Diagnostics& diagnostics, std::vector<Remark>& remarks) {
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    if (diagnostic.severity == Diagnostic::Severity::error) {
      remarks.push_back({diagnostic.message, diagnostic.hint, {}});
    }
  }
}

class CellReader {
public:
  CellReader(const Experiment& experiment, const TopologySource& topology)
      : experiment_(experiment), topology_(topology) {}

  Reading read(const std::vector<Chosen>& chosen) {
    Reading reading;
    std::string text = experiment_.text;
    std::vector<std::string> settings;
    for (const Chosen& one : chosen) {
      const std::string& path = experiment_.factors[one.factor].path;
      if (path.starts_with(topology_prefix)) {
        settings.push_back(path.substr(topology_prefix.size()) + "=" + one.level);
      } else {
        set(text, path + "=" + one.level, experiment_sections, reading.remarks);
      }
    }
    Diagnostics diagnostics(experiment_.file.native(), text);
    reading.experiment = read_experiment(text, experiment_.file, diagnostics);
    add_errors(diagnostics, reading.remarks);
    if (reading.experiment.legs() != experiment_.legs() && reading.remarks.empty()) {
      reading.remarks.push_back(
          {fmt::format(
               "a route of {}, where that of the file is one of {}", reading.experiment.legs(), experiment_.legs()),
           "all cells have routes of the same length: every block walks them together"});
    }
    const auto& [topology, remarks] = topology_with(settings);
    reading.topology = topology;
    reading.remarks.insert(reading.remarks.end(), remarks.begin(), remarks.end());
    if (reading.remarks.empty()) {
      reading.remarks = misfits_of(reading.experiment, reading.topology);
    }
    return reading;
  }

private:
  using TopologyReading = std::pair<Topology, std::vector<Remark>>;

  /// Many cells differ in other things only.
  const TopologyReading& topology_with(const std::vector<std::string>& settings) {
    const auto known = topologies_.find(settings);
    if (known != topologies_.end()) {
      return known->second;
    }
    auto& [topology, remarks] = topologies_[settings];
    std::string text = topology_.text;
    for (const std::string& setting : settings) {
      set(text, setting, topology_sections, remarks);
    }
    Diagnostics diagnostics(topology_.file.native(), text);
    topology = parse_topology(text, topology_.file, topology_.rename, diagnostics);
    add_errors(diagnostics, remarks);
    return topologies_.at(settings);
  }

  const Experiment& experiment_;
  const TopologySource& topology_;
  std::map<std::vector<std::string>, TopologyReading> topologies_;
};

/// The remarks on all cells, each said once and at what is to blame.
class Blame {
public:
  Blame(const Experiment& experiment, CellReader& reader)
      : experiment_(experiment), reader_(reader), diagnostics_(experiment.file.native(), experiment.text) {
    Diagnostics ignored; // the text was read before without an error
    draft_ = read_experiment(experiment.text, experiment.file, ignored);
    for (Remark& remark : reader.read({}).remarks) {
      without_levels_.insert(std::move(remark));
    }
  }

  void add(const Remark& remark, const Cell& in, const std::vector<Chosen>& chosen) {
    const std::size_t cell = in.number - 1;
    if (without_levels_.contains(remark)) { // the levels are not to blame
      at_places_[remark].push_back(in.number);
      return;
    }
    const auto guilty =
        std::find_if(chosen.begin(), chosen.end(), [&](const Chosen& one) { return causes(one, remark); });
    if (guilty == chosen.end()) {
      combined_[remark].push_back(in.number);
      return;
    }
    const Factor& factor = experiment_.factors[guilty->factor];
    const bool any_level = std::all_of(factor.levels.begin(), factor.levels.end(), [&](const std::string& level) {
      return level == Level::as_in_file || causes({guilty->factor, level}, remark);
    });
    if (any_level) {
      say(draft_.factor_drafts[guilty->factor].path.where,
          fmt::format("factor '{}': {}", factor.name, remark.message),
          remark.hint);
    } else {
      say(level_place(*guilty, cell),
          fmt::format("factor '{}', level {}: {}", factor.name, guilty->level, remark.message),
          remark.hint);
    }
  }

  /// Once all cells have been looked at.
  void throw_if_errors(const std::vector<Cell>& cells) {
    Places places(experiment_.text);
    for (const auto& [remark, numbers] : at_places_) {
      const std::string where = numbers.size() == cells.size() ? "" : name_of(cells, numbers);
      say(place_of(remark, places), where + remark.message, remark.hint);
    }
    for (const auto& [remark, numbers] : combined_) { // only together
      say(combination_place(numbers.front() - 1), name_of(cells, numbers) + remark.message, remark.hint);
    }
    diagnostics_.throw_if_errors();
  }

private:
  /// "cell 3 (wbe, 1s) and 1 more: ", by the first of them.
  static std::string name_of(const std::vector<Cell>& cells, const std::vector<unsigned>& numbers) {
    const Cell& first = cells.at(numbers.front() - 1);
    const std::string more = numbers.size() == 1 ? "" : fmt::format(" and {} more", numbers.size() - 1);
    return fmt::format("cell {} ({}){}: ", first.number, first.name(), more);
  }

  bool causes(const Chosen& one, const Remark& remark) {
    auto known = alone_.find(one);
    if (known == alone_.end()) {
      known = alone_.emplace(one, reader_.read({one}).remarks).first;
    }
    return std::find(known->second.begin(), known->second.end(), remark) != known->second.end();
  }

  [[nodiscard]] Location combination_place(std::size_t cell) const {
    switch (experiment_.combination) {
    case Combination::list:
      return draft_.row_drafts.at(cell).where;
    case Combination::zip:
      return draft_.factor_drafts.front().levels->at(cell).where;
    case Combination::full:
      break;
    }
    return draft_.factors_where.value_or(Location{});
  }

  [[nodiscard]] Location level_place(const Chosen& one, std::size_t cell) const {
    if (experiment_.combination == Combination::list) {
      return draft_.row_drafts.at(cell).value.at(one.factor).where;
    }
    for (const Located<std::string>& level : *draft_.factor_drafts.at(one.factor).levels) {
      if (level.value == one.level) {
        return level.where;
      }
    }
    return draft_.factor_drafts.at(one.factor).path.where;
  }

  void say(Location where, const std::string& message, const std::string& hint) {
    if (said_.insert({message, hint}).second) {
      diagnostics_.error(where, message, hint);
    }
  }

  const Experiment& experiment_;
  CellReader& reader_;
  Diagnostics diagnostics_;
  ExperimentDraft draft_;
  std::set<Remark> without_levels_; // of the file as it is
  std::map<Chosen, std::vector<Remark>> alone_;
  std::map<Remark, std::vector<unsigned>> at_places_; // the cells that have what is wrong without levels, too
  std::map<Remark, std::vector<unsigned>> combined_;  // the cells that no single level spoils
  std::set<Remark> said_;
};

std::vector<Chosen> chosen_of(const std::vector<std::string>& levels) {
  std::vector<Chosen> chosen;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (levels[i] != Level::as_in_file) {
      chosen.push_back({i, levels[i]});
    }
  }
  return chosen;
}

} // namespace

std::string Cell::name() const {
  const bool sparse =
      std::any_of(levels.begin(), levels.end(), [](const Level& level) { return level.value == Level::as_in_file; });
  std::vector<std::string> values;
  for (const Level& level : levels) {
    if (level.value != Level::as_in_file) {
      const bool quoted = level.value.front() == '"';
      const std::string value = quoted ? level.value.substr(1, level.value.size() - 2) : level.value;
      values.push_back(sparse ? level.factor + " " + value : value); // a value alone would not tell what it is of
    }
  }
  return levels.empty() ? "all" : values.empty() ? "as in the file" : fmt::format("{}", fmt::join(values, ", "));
}

TopologySource topology_source(const Experiment& experiment, const TopologyChanges& changes) {
  const Topology topology = load_topology(experiment.topology, changes);
  return {.file = experiment.topology, .text = topology.text, .rename = changes.name};
}

std::vector<Cell> cells_of(const Experiment& experiment, const TopologySource& topology) {
  CellReader reader(experiment, topology);
  Blame blame(experiment, reader);
  std::vector<Cell> cells;
  for (const std::vector<std::string>& levels : combinations_of(experiment)) {
    Cell& cell = cells.emplace_back();
    cell.number = static_cast<unsigned>(cells.size());
    for (std::size_t i = 0; i < levels.size(); ++i) {
      cell.levels.push_back({experiment.factors[i].name, levels[i]});
    }
    const std::vector<Chosen> chosen = chosen_of(levels);
    Reading reading = reader.read(chosen);
    for (const Remark& remark : reading.remarks) {
      blame.add(remark, cell, chosen);
    }
    cell.topology = std::move(reading.topology);
    cell.experiment = std::move(reading.experiment);
    cell.experiment.factors.clear();
    cell.experiment.rows.clear();
    cell.experiment.combination = Combination::full;
  }
  blame.throw_if_errors(cells);
  return cells;
}

} // namespace migralab
