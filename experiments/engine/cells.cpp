// SPDX-License-Identifier: Apache-2.0
// From factors to cells: each is the experiment and the topology read once more, with its levels written into their
// texts. What is wrong is said at the factor or level that is to blame: the one with which alone the same is wrong.
#include "combinations.hpp"
#include "draft.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/experiment/design.hpp"
#include "misfits.hpp"
#include "overrides.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace migralab {

namespace {

constexpr const char* topology_prefix = "topology.";

/// Something that is wrong with a cell, or with the experiment with only one level set.
struct Remark {
  std::string message;
  std::string hint;

  auto operator<=>(const Remark&) const = default;
};

struct Reading {
  Experiment experiment;
  std::vector<std::string> topology_settings;
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
  try {
    text = with_settings(std::move(text), {setting}, sections);
  } catch (const Error& error) {
    // The message is made for the command line: "--set PATH=VALUE: what is wrong".
    const std::string beginning = fmt::format("--set {}: ", setting);
    const std::string what = error.what();
    const bool has_option = error.hint().find("--set") != std::string::npos;
    remarks.push_back(
        {what.starts_with(beginning) ? what.substr(beginning.size()) : what,
         has_option ? "it is a single value: vary it as a whole" : error.hint()});
  }
}

void add_errors(const Diagnostics& diagnostics, std::vector<Remark>& remarks) {
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    if (diagnostic.severity == Diagnostic::Severity::error) {
      remarks.push_back({diagnostic.message, diagnostic.hint});
    }
  }
}

class CellReader {
public:
  CellReader(const Experiment& experiment, const TopologyChanges& changes)
      : experiment_(experiment), changes_(changes) {}

  /// Text only: whether the file may be read, too, is for topology().
  Reading read(const std::vector<Chosen>& chosen) {
    Reading reading;
    std::string text = experiment_.text;
    for (const Chosen& one : chosen) {
      const std::string& path = experiment_.factors[one.factor].path;
      if (path.starts_with(topology_prefix)) {
        reading.topology_settings.push_back(path.substr(std::string(topology_prefix).size()) + "=" + one.level);
      } else {
        set(text, path + "=" + one.level, experiment_sections, reading.remarks);
      }
    }
    Diagnostics diagnostics(experiment_.file.native(), text);
    reading.experiment = read_experiment(text, experiment_.file, diagnostics);
    add_errors(diagnostics, reading.remarks);
    if (reading.experiment.legs() != experiment_.legs() && reading.remarks.empty()) {
      reading.remarks.push_back(
          {fmt::format("its route has {} stops, that of the file {}", reading.experiment.legs(), experiment_.legs()),
           "all cells have routes of the same length: every block walks them together"});
    }
    check_topology_text(reading);
    return reading;
  }

  Topology topology(const Reading& reading, std::string& warnings) {
    const auto key = std::pair(reading.experiment.topology, reading.topology_settings);
    const auto known = topologies_.find(key);
    if (known != topologies_.end()) {
      return known->second;
    }
    TopologyChanges changes = changes_;
    changes.settings.insert(changes.settings.end(), reading.topology_settings.begin(), reading.topology_settings.end());
    std::string found;
    Topology topology = load_topology(reading.experiment.topology, changes, &found);
    if (warnings.find(found) == std::string::npos) {
      warnings += found;
    }
    return topologies_.emplace(key, std::move(topology)).first->second;
  }

private:
  void check_topology_text(Reading& reading) {
    const auto key = std::pair(reading.experiment.topology, reading.topology_settings);
    const auto known = topology_remarks_.find(key);
    if (known == topology_remarks_.end()) {
      std::vector<Remark> remarks;
      try {
        std::string text = read_file(key.first);
        const std::vector<std::string> sections{"networks", "storage", "hosts", "clients", "guests"};
        text = with_settings(std::move(text), changes_.settings, sections);
        for (const std::string& setting : key.second) {
          set(text, setting, sections, remarks);
        }
        Diagnostics diagnostics(key.first.native(), text);
        static_cast<void>(parse_topology(text, key.first, changes_.name, diagnostics)); // for what is said about it
        add_errors(diagnostics, remarks);
      } catch (const Error& error) {
        remarks.push_back({error.what(), error.hint()});
      }
      topology_remarks_.emplace(key, remarks);
    }
    const std::vector<Remark>& remarks = topology_remarks_.at(key);
    reading.remarks.insert(reading.remarks.end(), remarks.begin(), remarks.end());
  }

  using Key = std::pair<std::filesystem::path, std::vector<std::string>>;
  const Experiment& experiment_;
  const TopologyChanges& changes_;
  std::map<Key, std::vector<Remark>> topology_remarks_;
  std::map<Key, Topology> topologies_;
};

/// The remarks on all cells, each said once and at what is to blame.
class Blame {
public:
  Blame(const Experiment& experiment, CellReader& reader)
      : experiment_(experiment), reader_(reader), diagnostics_(experiment.file.native(), experiment.text) {
    Diagnostics ignored; // the text was read before without an error
    draft_ = read_experiment(experiment.text, experiment.file, ignored);
  }

  void add(const Remark& remark, std::size_t cell, const std::string& name, const std::vector<Chosen>& chosen) {
    const auto guilty =
        std::find_if(chosen.begin(), chosen.end(), [&](const Chosen& one) { return causes(one, remark); });
    if (guilty == chosen.end()) {
      say(combination_place(cell), fmt::format("cell {} ({}): {}", cell + 1, name, remark.message), remark.hint);
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

  void throw_if_errors() const { diagnostics_.throw_if_errors(); }

private:
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
  std::map<Chosen, std::vector<Remark>> alone_;
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

void expect_fit(const Experiment& experiment, const std::vector<Cell>& cells) {
  std::vector<std::string> misfits; // in the order of their first cell
  std::map<std::string, std::vector<std::string>> where;
  for (const Cell& cell : cells) {
    for (const std::string& misfit : misfits_of(cell.experiment, cell.topology)) {
      std::vector<std::string>& names = where[misfit];
      if (names.empty()) {
        misfits.push_back(misfit);
      }
      names.push_back(fmt::format("{} ({})", cell.number, cell.name()));
    }
  }
  for (std::string& misfit : misfits) {
    const std::vector<std::string>& names = where[misfit];
    if (names.size() < cells.size()) {
      misfit = fmt::format(
          "cell {}{}: {}",
          names.front(),
          names.size() == 1 ? "" : fmt::format(" and {} more", names.size() - 1),
          misfit);
    }
  }
  if (!misfits.empty()) {
    throw misfit_error(experiment, misfits);
  }
}

} // namespace

std::string Cell::name() const {
  std::vector<std::string> values;
  for (const Level& level : levels) {
    const std::string& value = level.value;
    values.push_back(value.size() > 1 && value.front() == '"' ? value.substr(1, value.size() - 2) : value);
  }
  return values.empty() ? "all" : fmt::format("{}", fmt::join(values, ", "));
}

std::vector<Cell> cells_of(const Experiment& experiment, const TopologyChanges& changes, std::string* warnings) {
  std::string found;
  std::vector<Cell> cells;
  if (experiment.factors.empty()) {
    Topology topology = load_topology(experiment.topology, changes, &found);
    cells.push_back({.number = 1, .levels = {}, .experiment = experiment, .topology = std::move(topology)});
  } else {
    const bool other_file = std::any_of(experiment.factors.begin(), experiment.factors.end(), [](const Factor& factor) {
      return factor.path == "topology";
    });
    if (!other_file) { // what is wrong without any level is said at its own place
      static_cast<void>(load_topology(experiment.topology, changes));
    }
    CellReader reader(experiment, changes);
    Blame blame(experiment, reader);
    std::vector<Reading> readings;
    for (const std::vector<std::string>& levels : combinations_of(experiment)) {
      Cell& cell = cells.emplace_back();
      cell.number = static_cast<unsigned>(cells.size());
      for (std::size_t i = 0; i < levels.size(); ++i) {
        cell.levels.push_back({experiment.factors[i].name, levels[i]});
      }
      const std::vector<Chosen> chosen = chosen_of(levels);
      Reading& reading = readings.emplace_back(reader.read(chosen));
      for (const Remark& remark : reading.remarks) {
        blame.add(remark, cells.size() - 1, cell.name(), chosen);
      }
    }
    blame.throw_if_errors();
    for (std::size_t i = 0; i < cells.size(); ++i) {
      cells[i].topology = reader.topology(readings[i], found);
      cells[i].experiment = std::move(readings[i].experiment);
      cells[i].experiment.factors.clear();
      cells[i].experiment.rows.clear();
      cells[i].experiment.combination = Combination::full;
    }
  }
  expect_fit(experiment, cells);
  if (warnings != nullptr) {
    *warnings = found;
  }
  return cells;
}

} // namespace migralab
