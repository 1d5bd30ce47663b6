// SPDX-License-Identifier: Apache-2.0
// How factors, rows, repetitions, the stopping rule and published values fit together.
#include "combinations.hpp"
#include "migralab/core/spelling.hpp"
#include "migralab/statistics/summary.hpp"
#include "sections.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace migralab {

namespace {

constexpr std::size_t most_cells = 1000;
constexpr std::size_t most_trials = 100'000;

/// Keys that say what is done with the factors, not what is measured.
const std::vector<std::string> keys_of_the_design{
    "experiment",
    "about",
    "factors",
    "combine",
    "rows",
    "repetitions",
    "warm_up",
    "seed",
    "stop",
    "restart",
    "limits",
    "published",
    "quick"};

/// "topology.networks.lan" holds "topology.networks.lan.rate".
bool holds(const std::string& outer, const std::string& inner) {
  return inner == outer || (inner.size() > outer.size() && inner.starts_with(outer) && inner[outer.size()] == '.');
}

void check_path(Diagnostics& diagnostics, const FactorDraft& factor) {
  const std::string& path = factor.path.value;
  if (path.starts_with('.') || path.ends_with('.') || path.find("..") != std::string::npos ||
      path.find_first_of(" \t:,{}[]#'\"&!|>%@`=\n\r") != std::string::npos) {
    diagnostics.error(
        factor.path.where,
        fmt::format("'{}' is no path", path),
        "keys joined by dots, as 'migration.technique' or 'topology.networks.lan.rate'");
    return;
  }
  if (path == "topology") {
    diagnostics.error(
        factor.path.where,
        "the topology itself cannot be a factor",
        "vary what is in it: 'topology.networks.lan.rate'");
    return;
  }
  const std::string first = path.substr(0, path.find('.'));
  if (std::find(keys_of_the_design.begin(), keys_of_the_design.end(), first) != keys_of_the_design.end()) {
    diagnostics.error(
        factor.path.where,
        fmt::format("'{}' cannot be a factor: it is the same for a whole run", path),
        "vary what is measured: a key of 'migration', 'load', 'workloads', or after 'topology.' of the topology");
  }
}

void check_names(Diagnostics& diagnostics, const std::vector<FactorDraft>& factors) {
  for (auto factor = factors.begin(); factor != factors.end(); ++factor) {
    check_path(diagnostics, *factor);
    for (auto other = factors.begin(); other != factor; ++other) {
      const bool within = holds(other->path.value, factor->path.value) || holds(factor->path.value, other->path.value);
      if (within) {
        diagnostics
            .error(
                factor->path.where,
                fmt::format("'{}' and '{}' set the same value", factor->path.value, other->path.value),
                "one factor for one value: put both into the levels of one")
            .notes.emplace_back(other->path.where, "the other one");
      } else if (other->name.value == factor->name.value) {
        diagnostics
            .error(
                factor->name.where,
                fmt::format("two factors are called '{}'", factor->name.value),
                fmt::format(
                    "name one of them: 'my {}: {{path: {}, levels: [...]}}'", factor->name.value, factor->path.value))
            .notes.emplace_back(other->name.where, "the other one");
      }
    }
  }
}

void expect_different(
    Diagnostics& diagnostics,
    const std::vector<Located<std::string>>& levels,
    const std::string& factor) {
  for (auto level = levels.begin(); level != levels.end(); ++level) {
    const auto earlier =
        std::find_if(levels.begin(), level, [&](const auto& other) { return other.value == level->value; });
    if (earlier != level) {
      diagnostics
          .error(
              level->where,
              fmt::format("factor '{}' has the level {} twice", factor, level->value),
              "remove one; 'repetitions' says how often a level is measured")
          .notes.emplace_back(earlier->where, "first given here");
    }
  }
}

/// full and zip: levels are with the factors.
void check_levels(Diagnostics& diagnostics, const ExperimentDraft& draft) {
  const auto& factors = draft.factor_drafts;
  for (const FactorDraft& factor : factors) {
    if (!factor.levels) {
      diagnostics.error(
          factor.name.where,
          fmt::format("factor '{}' has no levels", factor.name.value),
          "name the values that it is to have; only with 'combine: list' the rows say them");
    } else if (draft.combination == Combination::full) {
      expect_different(diagnostics, *factor.levels, factor.name.value);
    } else if (factors.front().levels && factor.levels->size() != factors.front().levels->size()) {
      diagnostics
          .error(
              factor.name.where,
              fmt::format(
                  "factors '{}' and '{}' have {} and {} levels",
                  factors.front().name.value,
                  factor.name.value,
                  factors.front().levels->size(),
                  factor.levels->size()),
              "with 'combine: zip' all have as many: the first is combined with the first and so on")
          .notes.emplace_back(factors.front().name.where, "the other one");
    }
  }
  if (draft.rows_where) {
    diagnostics.error(*draft.rows_where, "rows are not combined", "add 'combine: list', or leave 'rows' out");
  }
}

void check_rows(Diagnostics& diagnostics, const ExperimentDraft& draft) {
  for (const FactorDraft& factor : draft.factor_drafts) {
    if (factor.levels) {
      diagnostics.error(
          factor.levels->empty() ? factor.name.where : factor.levels->front().where,
          fmt::format("factor '{}' has levels of its own", factor.name.value),
          "with 'combine: list' the rows say the levels: leave them out here");
    }
  }
  if (!draft.rows_where) {
    diagnostics.error(
        *draft.combine_where,
        "'combine: list' needs 'rows'",
        "write one for each cell: 'rows: [[pre-copy, 100Mbit/s]]'");
  }
  for (const auto& row : draft.row_drafts) {
    if (row.value.size() != draft.factor_drafts.size()) {
      std::vector<std::string> names;
      for (const FactorDraft& factor : draft.factor_drafts) {
        names.push_back(factor.name.value);
      }
      diagnostics.error(
          row.where,
          fmt::format("a row of {} for {} factors", row.value.size(), names.size()),
          fmt::format("one level for each, in their order: {}; '~' for what the file says", fmt::join(names, ", ")));
    }
  }
}

/// The experiment's own factors and rows, once there is nothing wrong with the drafts.
void complete_factors(ExperimentDraft& draft) {
  for (const auto& row : draft.row_drafts) {
    std::vector<std::string>& levels = draft.rows.emplace_back();
    for (const auto& level : row.value) {
      levels.push_back(level.value);
    }
  }
  for (std::size_t i = 0; i < draft.factor_drafts.size(); ++i) {
    const FactorDraft& from = draft.factor_drafts[i];
    Factor& factor = draft.factors.emplace_back(Factor{from.name.value, from.path.value, {}});
    for (const auto& level : from.levels.value_or(std::vector<Located<std::string>>{})) {
      factor.levels.push_back(level.value);
    }
    for (const auto& row : draft.rows) {
      if (std::find(factor.levels.begin(), factor.levels.end(), row[i]) == factor.levels.end()) {
        factor.levels.push_back(row[i]);
      }
    }
  }
}

/// Nothing where there are more than most_cells.
std::optional<std::size_t> number_of_cells(const Experiment& experiment) {
  std::size_t cells = 1;
  if (experiment.combination == Combination::list) {
    cells = experiment.rows.size();
  } else if (experiment.combination == Combination::zip) {
    cells = experiment.factors.empty() ? 1 : experiment.factors.front().levels.size();
  } else {
    for (const Factor& factor : experiment.factors) {
      cells *= factor.levels.size();
      if (cells > most_cells) {
        return std::nullopt;
      }
    }
  }
  return cells > most_cells ? std::nullopt : std::optional(cells);
}

void check_size(Diagnostics& diagnostics, const ExperimentDraft& draft) {
  const auto cells = number_of_cells(draft);
  if (!cells) {
    diagnostics.error(
        *draft.factors_where,
        fmt::format("the factors make more than {} cells", most_cells),
        "vary fewer things at once, or write the interesting combinations out: 'combine: list' and 'rows'");
    return;
  }
  const std::size_t repetitions = draft.stop.metric.empty() ? draft.repetitions : draft.stop.at_most;
  const std::size_t trials = *cells * draft.legs() * (repetitions + draft.warm_up);
  if (trials > most_trials) {
    diagnostics.error(
        draft.repetitions_where.value_or(draft.at_most_where.value_or(draft.factors_where.value_or(Location{}))),
        fmt::format(
            "{} cells, {} repetitions and routes of {} make {} trials",
            *cells,
            repetitions + draft.warm_up,
            draft.legs(),
            trials),
        fmt::format("a run has {} at most", most_trials));
  }
}

void expect_different_cells(Diagnostics& diagnostics, const ExperimentDraft& draft) {
  if (draft.combination == Combination::full) {
    return;
  }
  const auto cells = combinations_of(draft);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto earlier =
        std::find(cells.begin(), cells.begin() + static_cast<std::ptrdiff_t>(i), cells[i]) - cells.begin();
    if (static_cast<std::size_t>(earlier) == i) {
      continue;
    }
    const auto place = [&](std::size_t cell) {
      return draft.combination == Combination::list ? draft.row_drafts[cell].where
                                                    : draft.factor_drafts.front().levels->at(cell).where;
    };
    diagnostics
        .error(
            place(i),
            fmt::format("the combination {} is there twice", fmt::join(cells[i], ", ")),
            "remove one; 'repetitions' says how often a combination is measured")
        .notes.emplace_back(place(static_cast<std::size_t>(earlier)), "first given here");
  }
}

void check_factors(Diagnostics& diagnostics, ExperimentDraft& draft) {
  if (!draft.factors_where) {
    if (draft.combine_where || draft.rows_where) {
      const Location where = draft.combine_where ? *draft.combine_where : *draft.rows_where;
      diagnostics.error(where, "there are no factors to combine", "add 'factors', or leave this out");
    }
    check_size(diagnostics, draft);
    return;
  }
  if (!draft.factors_known || !draft.rows_known) {
    return;
  }
  const std::size_t before = diagnostics.all().size();
  check_names(diagnostics, draft.factor_drafts);
  if (draft.combination == Combination::list) {
    check_rows(diagnostics, draft);
  } else {
    check_levels(diagnostics, draft);
  }
  if (diagnostics.all().size() == before) {
    complete_factors(draft);
    check_size(diagnostics, draft);
    expect_different_cells(diagnostics, draft);
  }
}

void check_stop(Diagnostics& diagnostics, const ExperimentDraft& draft) {
  if (draft.stop.metric.empty()) {
    return;
  }
  if (draft.stop.at_most < draft.repetitions) {
    diagnostics.error(
        draft.at_most_where.value_or(draft.repetitions_where.value_or(Location{})),
        fmt::format("at most {} repetitions, and at least {}", draft.stop.at_most, draft.repetitions),
        "'at_most' of 'stop' is 'repetitions' or more");
    return;
  }
  const std::size_t values = std::size_t{draft.stop.at_most} * draft.legs();
  const std::size_t needed = values_needed(0.5);
  if (values < needed) {
    diagnostics.error(
        draft.at_most_where.value_or(Location{}),
        fmt::format("a cell has {} values at most, too few for the interval that the rule waits for", values),
        fmt::format("the interval of a median needs {}: raise 'at_most'", needed));
  }
}

void check_times(Diagnostics& diagnostics, const ExperimentDraft& draft) {
  const Nanoseconds balanced = draft.balance ? draft.balance->lasts : Nanoseconds{};
  const Nanoseconds least = draft.settle + draft.before + balanced + draft.after;
  if (draft.trial_limit <= least) {
    diagnostics.error(
        draft.trial_limit_where.value_or(Location{}),
        fmt::format(
            "a trial is given up after {}, and takes {} without its migrations",
            human(draft.trial_limit),
            human(least)),
        "settle, before, after and the time of 'balance' are part of it: raise 'trial' of 'limits'");
  }
  if (!draft.moves && !draft.balance_where && draft.before + draft.after <= Nanoseconds{}) {
    diagnostics.error(
        draft.migration_where.value_or(Location{}),
        "nothing moves, and nothing is measured before and after",
        "where nothing moves, 'before' or 'after' is how long to measure: for example 'after: 60s'");
  }
}

void check_published(Diagnostics& diagnostics, const ExperimentDraft& draft) {
  for (const PublishedDraft& value : draft.published_drafts) {
    for (const auto& [name, level] : value.cell) {
      std::vector<std::string> names;
      const Factor* found = nullptr;
      for (const Factor& factor : draft.factors) {
        names.push_back(factor.name);
        found = factor.name == name.value ? &factor : found;
      }
      if (found == nullptr) {
        diagnostics.error(
            name.where,
            fmt::format("there is no factor '{}'", name.value),
            names.empty() ? "nothing is varied: leave 'cell' out" : suggest(name.value, names, "Factors"));
      } else if (std::find(found->levels.begin(), found->levels.end(), level.value) == found->levels.end()) {
        diagnostics.error(
            level.where,
            fmt::format("factor '{}' has no level {}", name.value, level.value),
            suggest(level.value, found->levels, "Levels"));
      }
    }
  }
}

} // namespace

void check_design(Diagnostics& diagnostics, ExperimentDraft& draft) {
  check_factors(diagnostics, draft);
  check_stop(diagnostics, draft);
  check_times(diagnostics, draft);
  check_metrics(diagnostics, draft);
  if (!draft.factors_where || !draft.factors.empty()) {
    check_published(diagnostics, draft);
  }
}

} // namespace migralab
