// SPDX-License-Identifier: Apache-2.0
#include "analysis.hpp"

#include "migralab/core/error.hpp"
#include "words.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace migralab {

namespace {

/// Every metric of every pair of cells is resampled: where there are hundreds of each, the many that only the CSV shows
/// get the least that statistics accepts.
constexpr unsigned resamples = 10'000;
constexpr unsigned fewer_resamples = 1000;

void note_order(std::vector<std::string>& order, const std::vector<Metric>& metrics) {
  std::size_t place = 0; // a metric that is new comes behind the one that it follows here
  for (const Metric& metric : metrics) {
    const auto found = std::find(order.begin(), order.end(), metric.name);
    if (found != order.end()) {
      place = static_cast<std::size_t>(found - order.begin()) + 1;
    } else {
      order.insert(order.begin() + static_cast<std::ptrdiff_t>(place), metric.name);
      ++place;
    }
  }
}

std::optional<unsigned> typical_trial(const CellFacts& cell) {
  const CellMetric* chosen = nullptr;
  for (const CellMetric& metric : cell.metrics) {
    if (metric_name(metric.name).base == "total_time") {
      chosen = &metric;
      break;
    }
  }
  if (chosen == nullptr) {
    return std::nullopt;
  }
  std::vector<std::pair<double, unsigned>> ranked;
  for (std::size_t i = 0; i < chosen->values.size(); ++i) {
    ranked.emplace_back(chosen->values[i], chosen->trials[i]);
  }
  std::sort(ranked.begin(), ranked.end());
  return ranked[(ranked.size() - 1) / 2].second;
}

void add_trial(std::map<std::string, CellMetric>& metrics, const MeasuredTrial& trial) {
  for (const Metric& metric : trial.metrics) {
    if (!std::isfinite(metric.value)) {
      continue; // statistics refuse it; metrics.csv shows it
    }
    CellMetric& gathered = metrics[metric.name];
    gathered.name = metric.name;
    gathered.unit = metric.unit;
    gathered.values.push_back(metric.value);
    gathered.trials.push_back(trial.outcome.plan.number);
  }
}

CellFacts facts_of(const Cell& cell, const MeasuredRun& run, const std::vector<std::string>& order) {
  CellFacts facts;
  facts.cell = &cell;
  facts.name = cell.name();
  std::map<std::string, CellMetric> metrics;
  std::optional<unsigned> first;
  for (const MeasuredTrial& trial : run.trials) {
    if (trial.outcome.plan.cell != cell.number) {
      continue;
    }
    if (trial.outcome.plan.warm_up) {
      ++facts.warm_up;
      continue;
    }
    ++facts.trials;
    if (trial.outcome.succeeded()) {
      add_trial(metrics, trial);
      first = first ? first : trial.outcome.plan.number;
    } else {
      facts.failed.push_back(&trial);
    }
  }
  for (const std::string& name : order) {
    const auto found = metrics.find(name);
    if (found != metrics.end()) {
      found->second.summary = summary_of(found->second.values);
      facts.metrics.push_back(std::move(found->second));
    }
  }
  if (facts.trials > 0) {
    facts.failures = wilson(facts.failed.size(), facts.trials);
  }
  facts.typical = typical_trial(facts);
  facts.typical = facts.typical ? facts.typical : first; // nothing moved: the first that succeeded
  return facts;
}

/// The cells that a cell is compared with: for each factor, the one that has this factor's first level and is like it
/// otherwise; where there is none (zip, list), the first cell.
std::vector<std::pair<std::size_t, std::string>> baselines(const std::vector<CellFacts>& cells, std::size_t which) {
  std::vector<std::pair<std::size_t, std::string>> found;
  const std::vector<Level>& levels = cells[which].cell->levels;
  for (std::size_t factor = 0; factor < levels.size(); ++factor) {
    std::vector<Level> wanted = levels;
    wanted[factor].value = cells.front().cell->levels[factor].value;
    for (std::size_t other = 0; other < cells.size(); ++other) {
      if (other != which && wanted != levels && cells[other].cell->levels == wanted) {
        found.emplace_back(other, levels[factor].factor);
      }
    }
  }
  if (found.empty() && which != 0) {
    found.emplace_back(0, "");
  }
  return found;
}

std::vector<Comparison>
comparisons_of(const std::vector<CellFacts>& cells, const std::vector<std::string>& metric_order) {
  std::vector<Comparison> comparisons;
  for (const std::string& metric : metric_order) {
    if (metric_name(metric).group == MetricGroup::model) {
      continue; // predictions are compared with what was measured
    }
    for (std::size_t second = 1; second < cells.size(); ++second) {
      for (const auto& [first, differs] : baselines(cells, second)) {
        const CellMetric* from = cells[first].find(metric);
        const CellMetric* to = cells[second].find(metric);
        if (from != nullptr && to != nullptr) {
          Comparison& made = comparisons.emplace_back(compare(*from, *to));
          made.first_cell = first;
          made.second_cell = second;
          made.differs = differs;
        }
      }
    }
  }
  correct(comparisons);
  return comparisons;
}

/// "total_time" of a model is the trial's "total_time"; its "downtime" the hypervisor's: models know no clients.
std::string measured_name(const std::string& quantity) {
  if (quantity == "downtime") {
    return "downtime.hypervisor";
  }
  return quantity == "sent" ? "moved" : quantity;
}

void add_models(const CellFacts& cell, std::size_t index, std::vector<ModelFacts>& models) {
  for (const CellMetric& predicted : cell.metrics) {
    const MetricName name = metric_name(predicted.name);
    const std::size_t dot = name.base.rfind('.');
    const std::string start = "model.";
    if (name.group != MetricGroup::model || dot <= start.size()) {
      continue;
    }
    const std::string quantity = measured_name(name.base.substr(dot + 1));
    const CellMetric* real = cell.find((name.guest.empty() ? "" : name.guest + ":") + quantity);
    const double factor = real == nullptr ? 0 : unit_factor(predicted.unit, real->unit);
    std::vector<double> told;
    std::vector<double> took;
    std::vector<double> errors;
    for (std::size_t i = 0; factor > 0 && i < predicted.values.size(); ++i) {
      const auto trial = std::find(real->trials.begin(), real->trials.end(), predicted.trials[i]);
      if (trial != real->trials.end()) {
        const double value = real->values[static_cast<std::size_t>(trial - real->trials.begin())];
        if (value > 0) {
          told.push_back(predicted.values[i] * factor);
          took.push_back(value);
          errors.push_back(told.back() / value - 1);
        }
      }
    }
    if (told.empty()) {
      continue; // nothing measured to compare with
    }
    std::vector<double> sizes;
    for (const double error : errors) {
      sizes.push_back(std::fabs(error));
    }
    models.push_back(
        {.cell = index,
         .guest = name.guest,
         .model = name.base.substr(start.size(), dot - start.size()),
         .quantity = quantity,
         .unit = real->unit,
         .n = told.size(),
         .predicted = median(told),
         .measured = median(took),
         .error = median(errors),
         .absolute_error = median(sizes),
         .errors = errors});
  }
}

bool has_levels(const Cell& cell, const std::vector<Level>& levels) {
  return std::all_of(levels.begin(), levels.end(), [&](const Level& level) {
    return std::find(cell.levels.begin(), cell.levels.end(), level) != cell.levels.end();
  });
}

PublishedFacts beside(const PublishedValue& value, const CellFacts& cell, std::size_t index) {
  PublishedFacts facts{.published = &value, .cell = index, .ours = {}, .unit = {}, .interval = {}, .deviation = {}};
  const CellMetric* ours = cell.find(value.metric);
  if (ours == nullptr) {
    return facts;
  }
  const double known = unit_factor(ours->unit, value.unit);
  const double factor = known > 0 ? known : 1;
  facts.unit = known > 0 ? value.unit : ours->unit;
  facts.ours = ours->summary.median * factor;
  facts.interval = ours->summary.of_median;
  if (facts.interval.interval) {
    facts.interval.interval->low *= factor;
    facts.interval.interval->high *= factor;
  }
  if (known > 0 && value.value != 0) {
    facts.deviation = *facts.ours / value.value - 1;
  }
  return facts;
}

std::vector<PublishedFacts> published_of(const MeasuredRun& run, const std::vector<CellFacts>& cells) {
  std::vector<PublishedFacts> all;
  if (!run.run.experiment.published) {
    return all;
  }
  for (const PublishedValue& value : run.run.experiment.published->values) {
    bool found = false;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (has_levels(*cells[i].cell, value.levels)) {
        all.push_back(beside(value, cells[i], i));
        found = true;
      }
    }
    if (!found) {
      all.push_back({.published = &value, .cell = {}, .ours = {}, .unit = {}, .interval = {}, .deviation = {}});
    }
  }
  return all;
}

} // namespace

const CellMetric* CellFacts::find(const std::string& metric) const {
  const auto found =
      std::find_if(metrics.begin(), metrics.end(), [&](const CellMetric& one) { return one.name == metric; });
  return found == metrics.end() ? nullptr : &*found;
}

std::string Comparison::verdict() const {
  if (!significant()) {
    return "~";
  }
  if (ratio.ratio <= 0) {
    return test.cliffs_delta > 0 ? "higher" : "lower";
  }
  if (ratio.ratio >= 2) {
    return figures(ratio.ratio) + " times as much";
  }
  if (ratio.ratio == 1) {
    return "differs, same median";
  }
  return figures(std::fabs(ratio.ratio - 1) * 100) + (ratio.ratio > 1 ? " % higher" : " % lower");
}

Comparison compare(const CellMetric& first, const CellMetric& second) {
  Comparison made;
  made.metric = first.name;
  made.unit = first.unit;
  made.n_first = first.values.size();
  made.n_second = second.values.size();
  made.median_first = first.summary.median;
  made.median_second = second.summary.median;
  Bootstrap how;
  const MetricGroup group = metric_name(first.name).group;
  const bool headline =
      group == MetricGroup::migration || group == MetricGroup::downtime || is_balance_headline(first.name);
  how.resamples = headline ? resamples : fewer_resamples;
  made.ratio = ratio_of_medians(second.values, first.values, how);
  made.test = mann_whitney(second.values, first.values);
  made.p = made.test.p;
  return made;
}

void correct(std::vector<Comparison>& comparisons) {
  std::map<std::string, std::vector<std::size_t>> families;
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    families[comparisons[i].metric].push_back(i);
  }
  for (const auto& [metric, members] : families) {
    std::vector<double> p_values;
    for (const std::size_t member : members) {
      p_values.push_back(comparisons[member].test.p);
    }
    const std::vector<double> corrected = holm(p_values);
    for (std::size_t i = 0; i < members.size(); ++i) {
      comparisons[members[i]].p = corrected[i];
    }
  }
}

std::vector<CellFacts> cells_facts(const MeasuredRun& run, std::vector<std::string>& metric_order) {
  for (const MeasuredTrial& trial : run.trials) {
    note_order(metric_order, trial.metrics);
  }
  std::vector<CellFacts> cells;
  for (const Cell& cell : run.run.cells) {
    cells.push_back(facts_of(cell, run, metric_order));
  }
  return cells;
}

Analysis analyse(const MeasuredRun& run, Comparing comparing) {
  Analysis analysis;
  analysis.run = &run;
  analysis.cells = cells_facts(run, analysis.metric_order);
  if (comparing == Comparing::cells) {
    analysis.comparisons = comparisons_of(analysis.cells, analysis.metric_order);
  }
  for (std::size_t i = 0; i < analysis.cells.size(); ++i) {
    add_models(analysis.cells[i], i, analysis.models);
  }
  analysis.published = published_of(run, analysis.cells);
  analysis.balanced = std::any_of(
      run.run.cells.begin(), run.run.cells.end(), [](const Cell& cell) { return cell.experiment.balance.has_value(); });
  std::set<std::string> accelerators;
  for (const MeasuredTrial& trial : run.trials) {
    accelerators.insert(trial.outcome.accelerator);
    for (const GuestOutcome& guest : trial.outcome.guests) {
      analysis.moves = analysis.moves || guest.migration.has_value();
    }
  }
  for (const std::string& accelerator : accelerators) {
    analysis.accelerators += (analysis.accelerators.empty() ? "" : ", ") + accelerator;
  }
  if (accelerators.empty()) { // nothing was measured: what the run said of itself
    for (const auto& [key, value] : run.run.provenance) {
      analysis.accelerators = key == "accelerator" ? value : analysis.accelerators;
    }
  }
  analysis.caution = caution_about(analysis.accelerators);
  return analysis;
}

std::string accelerator_note(const Analysis& analysis) {
  const std::string named = "accelerator: " + (analysis.accelerators.empty() ? "unknown" : analysis.accelerators);
  return analysis.caution.sentence.empty() ? named : named + "; " + analysis.caution.sentence;
}

} // namespace migralab
