// SPDX-License-Identifier: Apache-2.0
#include "csv.hpp"

#include "failed_requests.hpp"
#include "migralab/core/csv.hpp"
#include "ramps.hpp"
#include "words.hpp"

namespace migralab {

namespace {

using Header = std::vector<std::string>;

CsvWriter writer(const Header& header) {
  return CsvWriter(Instant(), header);
}

Header operator+(Header first, const Header& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

Header factor_names(const Analysis& analysis) {
  Header names;
  for (const Factor& factor : analysis.run->run.experiment.factors) {
    names.push_back(factor.name);
  }
  return names;
}

void add_levels(CsvWriter& table, const Cell& cell, std::size_t factors) {
  for (std::size_t i = 0; i < factors; ++i) {
    table.text(i < cell.levels.size() ? cell.levels[i].value : "");
  }
}

void add_interval(CsvWriter& table, const IntervalOrRefusal& interval) {
  if (interval.interval) {
    table.text(computed(interval.interval->low)).text(computed(interval.interval->high));
    table.text(computed(interval.interval->coverage));
  } else {
    table.empty().empty().empty();
  }
}

CsvWriter& flag(CsvWriter& table, bool value) {
  return table.text(value ? "true" : "false");
}

std::string metrics_csv(const Analysis& analysis) {
  const Header factors = factor_names(analysis);
  CsvWriter table = writer(
      Header{"trial", "cell"} + factors +
      Header{"block", "leg", "warm_up", "succeeded", "accelerator", "metric", "unit", "value"});
  for (const MeasuredTrial& trial : analysis.run->trials) {
    const PlannedTrial& plan = trial.outcome.plan;
    for (const Metric& metric : trial.metrics) {
      table.number(std::uint64_t{plan.number}).number(std::uint64_t{plan.cell});
      for (const CellFacts& cell : analysis.cells) {
        if (cell.cell->number == plan.cell) {
          add_levels(table, *cell.cell, factors.size());
        }
      }
      table.number(std::uint64_t{plan.block}).number(std::uint64_t{plan.leg});
      flag(flag(table, plan.warm_up), trial.outcome.succeeded()).text(trial.outcome.accelerator);
      table.text(metric.name).text(metric.unit).number(metric.value).end_row();
    }
  }
  return table.take();
}

std::string cells_csv(const Analysis& analysis) {
  const Header factors = factor_names(analysis);
  CsvWriter table = writer(
      Header{"cell"} + factors +
      Header{
          "metric",
          "unit",
          "n",
          "median",
          "median_low",
          "median_high",
          "median_coverage",
          "n_needed",
          "mean",
          "mean_low",
          "mean_high",
          "mean_coverage",
          "standard_deviation",
          "first_quartile",
          "third_quartile",
          "minimum",
          "maximum",
          "outliers",
          "accelerator"});
  for (const CellFacts& cell : analysis.cells) {
    for (const CellMetric& metric : cell.metrics) {
      const Summary& summary = metric.summary;
      table.number(std::uint64_t{cell.cell->number});
      add_levels(table, *cell.cell, factors.size());
      table.text(metric.name).text(metric.unit).number(std::uint64_t{summary.n}).text(computed(summary.median));
      add_interval(table, summary.of_median);
      table.number(std::uint64_t{summary.of_median.needed}).text(computed(summary.mean));
      add_interval(table, summary.of_mean);
      table.text(computed(summary.standard_deviation));
      table.text(computed(summary.first_quartile)).text(computed(summary.third_quartile));
      table.text(computed(summary.minimum)).text(computed(summary.maximum));
      table.number(std::uint64_t{summary.outliers.size()}).text(analysis.accelerators).end_row();
    }
  }
  return table.take();
}

std::string failures_csv(const Analysis& analysis) {
  const Header factors = factor_names(analysis);
  CsvWriter table = writer(
      Header{"cell"} + factors +
      Header{"trials", "warm_up", "failed", "share", "share_low", "share_high", "accelerator"});
  for (const CellFacts& cell : analysis.cells) {
    table.number(std::uint64_t{cell.cell->number});
    add_levels(table, *cell.cell, factors.size());
    table.number(std::uint64_t{cell.trials}).number(std::uint64_t{cell.warm_up});
    table.number(std::uint64_t{cell.failed.size()});
    if (cell.failures) {
      table.text(computed(cell.failures->share)).text(computed(cell.failures->interval.low));
      table.text(computed(cell.failures->interval.high));
    } else {
      table.empty().empty().empty();
    }
    table.text(analysis.accelerators).end_row();
  }
  return table.take();
}

std::string failed_requests_csv(const Analysis& analysis) {
  const Header factors = factor_names(analysis);
  CsvWriter table = writer(
      Header{"cell"} + factors +
      Header{"guest", "probe", "kind", "requests", "count", "share", "before", "during", "after", "accelerator"});
  for (const FailedRequests& one : failed_requests(analysis)) {
    const Cell& cell = *analysis.cells[one.cell].cell;
    table.number(std::uint64_t{cell.number});
    add_levels(table, cell, factors.size());
    table.text(one.guest).text(one.probe).text(to_string(one.kind)).number(std::uint64_t{one.requests});
    table.number(std::uint64_t{one.count()}).text(computed(one.share()));
    for (const std::size_t count : one.counts) {
      table.number(std::uint64_t{count});
    }
    table.text(analysis.accelerators).end_row();
  }
  return table.take();
}

std::string saturation_csv(const Analysis& analysis) {
  const Header factors = factor_names(analysis);
  CsvWriter table = writer(
      Header{"cell"} + factors +
      Header{
          "workload",
          "demanded_rate",
          "n",
          "reply_rate",
          "low",
          "high",
          "coverage",
          "answered_share",
          "errors",
          "still_answered",
          "accelerator"});
  for (const Ramp& ramp : ramps_of(analysis)) {
    const Cell& cell = *analysis.cells[ramp.cell].cell;
    for (const RampPoint& point : ramp.points) {
      table.number(std::uint64_t{cell.number});
      add_levels(table, cell, factors.size());
      table.text(ramp.workload).text(computed(point.demanded)).number(std::uint64_t{point.replies.n});
      table.text(computed(point.replies.median));
      add_interval(table, point.replies.of_median);
      table.text(computed(point.answered())).text(point.errors ? computed(*point.errors) : "");
      flag(table, ramp.saturation() && point.demanded <= *ramp.saturation());
      table.text(analysis.accelerators).end_row();
    }
  }
  return table.take();
}

std::string comparisons_csv(const Analysis& analysis) {
  CsvWriter table = writer(
      {"metric",         "unit",         "cell",        "against",    "factor",         "n", "n_against", "median",
       "median_against", "ratio",        "ratio_low",   "ratio_high", "ratio_coverage", "u", "p",         "p_method",
       "p_holm",         "cliffs_delta", "significant", "accelerator"});
  for (const Comparison& one : analysis.comparisons) {
    table.text(one.metric).text(one.unit);
    table.number(std::uint64_t{analysis.cells[one.second_cell].cell->number});
    table.number(std::uint64_t{analysis.cells[one.first_cell].cell->number}).text(one.differs);
    table.number(std::uint64_t{one.n_second}).number(std::uint64_t{one.n_first});
    table.text(computed(one.median_second)).text(computed(one.median_first));
    table.text(one.ratio.ratio > 0 ? computed(one.ratio.ratio) : "");
    add_interval(table, one.ratio.interval);
    table.text(computed(one.test.u)).text(computed(one.test.p));
    table.text(one.test.method == RankTestMethod::exact ? "exact" : "normal").text(computed(one.p));
    table.text(computed(one.test.cliffs_delta));
    flag(table, one.significant()).text(analysis.accelerators).end_row();
  }
  return table.take();
}

std::string models_csv(const Analysis& analysis) {
  CsvWriter table = writer(
      {"cell",
       "guest",
       "model",
       "quantity",
       "unit",
       "n",
       "predicted",
       "measured",
       "error",
       "absolute_error",
       "accelerator"});
  for (const ModelFacts& facts : analysis.models) {
    table.number(std::uint64_t{analysis.cells[facts.cell].cell->number}).text(facts.guest).text(facts.model);
    table.text(facts.quantity).text(facts.unit).number(std::uint64_t{facts.n});
    table.text(computed(facts.predicted)).text(computed(facts.measured)).text(computed(facts.error));
    table.text(computed(facts.absolute_error)).text(analysis.accelerators).end_row();
  }
  return table.take();
}

std::string published_csv(const Analysis& analysis) {
  CsvWriter table = writer(
      {"what",
       "metric",
       "cell",
       "published",
       "published_unit",
       "median",
       "low",
       "high",
       "coverage",
       "unit",
       "deviation",
       "accelerator"});
  for (const PublishedFacts& facts : analysis.published) {
    table.text(facts.published->what).text(facts.published->metric);
    if (facts.cell) {
      table.number(std::uint64_t{analysis.cells[*facts.cell].cell->number});
    } else {
      table.empty();
    }
    table.number(facts.published->value).text(facts.published->unit);
    table.text(facts.ours ? computed(*facts.ours) : "");
    add_interval(table, facts.interval);
    table.text(facts.unit).text(facts.deviation ? computed(*facts.deviation) : "");
    table.text(analysis.accelerators).end_row();
  }
  return table.take();
}

std::string links_csv(const Analysis& analysis) {
  CsvWriter table = writer(
      {"trial", "network", "node", "direction", "declared_bits_per_s", "measured_bits_per_s", "off", "accelerator"});
  for (const MeasuredTrial& trial : analysis.run->trials) {
    for (const LinkRate& rate : trial.outcome.link_rates) {
      table.number(std::uint64_t{trial.outcome.plan.number}).text(rate.network).text(rate.node);
      table.text(to_string(rate.direction)).number(rate.declared.bits_per_second);
      flag(table.number(rate.measured.bits_per_second), rate.off()).text(trial.outcome.accelerator).end_row();
    }
  }
  return table.take();
}

bool has_links(const Analysis& analysis) {
  for (const MeasuredTrial& trial : analysis.run->trials) {
    if (!trial.outcome.link_rates.empty()) {
      return true;
    }
  }
  return false;
}

} // namespace

std::map<std::string, std::string> csv_tables(const Analysis& analysis) {
  std::map<std::string, std::string> tables{
      {"metrics.csv", metrics_csv(analysis)},
      {"cells.csv", cells_csv(analysis)},
      {"failures.csv", failures_csv(analysis)}};
  if (!failed_requests(analysis).empty()) {
    tables["failed-requests.csv"] = failed_requests_csv(analysis);
  }
  if (!ramps_of(analysis).empty()) {
    tables["saturation.csv"] = saturation_csv(analysis);
  }
  if (!analysis.comparisons.empty()) {
    tables["comparisons.csv"] = comparisons_csv(analysis);
  }
  if (!analysis.models.empty()) {
    tables["models.csv"] = models_csv(analysis);
  }
  if (!analysis.published.empty()) {
    tables["published.csv"] = published_csv(analysis);
  }
  if (has_links(analysis)) {
    tables["links.csv"] = links_csv(analysis);
  }
  tables.merge(balance_csv_tables(analysis));
  return tables;
}

} // namespace migralab
