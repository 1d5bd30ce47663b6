// SPDX-License-Identifier: Apache-2.0
#include "analysis.hpp"
#include "balance_facts.hpp"
#include "ramps.hpp"
#include "tables.hpp"
#include "words.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

namespace migralab {

namespace {

using Json = nlohmann::ordered_json; // keys in the order in which they are written here

Json number(double value) {
  return std::isfinite(value) ? Json(rounded(value)) : Json();
}

Json interval_json(const IntervalOrRefusal& interval) {
  if (interval.interval) {
    return {
        {"low", number(interval.interval->low)},
        {"high", number(interval.interval->high)},
        {"coverage", number(interval.interval->coverage)}};
  }
  return {{"refused", interval.refusal}, {"needed", interval.needed}};
}

Json levels_json(const Cell& cell) {
  Json levels = Json::object();
  for (const Level& level : cell.levels) {
    levels[level.factor] = level.value;
  }
  return levels;
}

Json cell_json(const CellFacts& cell) {
  Json json{
      {"cell", cell.cell->number},
      {"name", cell.name},
      {"levels", levels_json(*cell.cell)},
      {"trials", cell.trials},
      {"warm_up", cell.warm_up},
      {"failed", cell.failed.size()}};
  if (cell.failures) {
    json["failed_share"] = {
        {"share", number(cell.failures->share)},
        {"low", number(cell.failures->interval.low)},
        {"high", number(cell.failures->interval.high)}};
  }
  json["typical_trial"] = cell.typical ? Json(*cell.typical) : Json();
  json["metrics"] = Json::object();
  for (const CellMetric& metric : cell.metrics) {
    Json outliers = Json::array();
    for (const Outlier& outlier : metric.summary.outliers) {
      outliers.push_back(
          {{"trial", metric.trials[outlier.index]}, {"value", number(outlier.value)}, {"far", outlier.far}});
    }
    json["metrics"][metric.name] = {
        {"unit", metric.unit},
        {"n", metric.summary.n},
        {"median", number(metric.summary.median)},
        {"median_interval", interval_json(metric.summary.of_median)},
        {"mean", number(metric.summary.mean)},
        {"mean_interval", interval_json(metric.summary.of_mean)},
        {"standard_deviation", number(metric.summary.standard_deviation)},
        {"outliers", std::move(outliers)}};
  }
  return json;
}

Json in_seconds(const std::optional<Nanoseconds>& span) {
  return span ? number(std::chrono::duration<double>(*span).count()) : Json();
}

/// Times count from the balancer's beginning.
Json balance_json(const TrialOutcome& trial) {
  Json moves = Json::array();
  for (const ToldMove& move : told_moves(*trial.balance)) {
    Json& entry = moves.emplace_back(Json{
        {"guest", move.guest},
        {"from", move.from},
        {"to", move.to},
        {"round", move.round == 0 ? Json() : Json(move.round)},
        {"at_s", in_seconds(move.at - trial.during)},
        {"result", move.result},
        {"total_s", in_seconds(move.total)},
        {"downtime_s", in_seconds(move.downtime)},
        {"bytes", number(move.bytes)}});
    if (!move.why.empty()) {
      entry["why"] = move.why;
    }
  }
  Json rounds = Json::array();
  for (const balancer::BalanceRound& round : trial.balance->rounds) {
    rounds.push_back(
        {{"round", round.number},
         {"at_s", in_seconds(round.at - trial.during)},
         {"asked_by", round.asked_by},
         {"took_s", in_seconds(round.took)},
         {"moves", round.moves.size()}});
  }
  return {{"moves", std::move(moves)}, {"rounds", std::move(rounds)}};
}

Json trial_json(const MeasuredTrial& trial) {
  const PlannedTrial& plan = trial.outcome.plan;
  Json json{
      {"trial", plan.number},
      {"cell", plan.cell},
      {"block", plan.block},
      {"leg", plan.leg},
      {"warm_up", plan.warm_up},
      {"began_at", trial.outcome.began_at},
      {"accelerator", trial.outcome.accelerator},
      {"succeeded", trial.outcome.succeeded()}};
  if (!trial.outcome.error.empty()) {
    json["error"] = trial.outcome.error;
  }
  json["guests"] = Json::array();
  for (const GuestOutcome& guest : trial.outcome.guests) {
    Json entry{{"guest", guest.guest}};
    if (guest.migration) {
      entry["from"] = guest.migration->from;
      entry["to"] = guest.migration->to;
      entry["succeeded"] = guest.migration->succeeded;
      if (!guest.migration->succeeded) {
        entry["error"] = guest.migration->error;
      }
    }
    const auto probes = trial.probes.find(guest.guest);
    if (probes != trial.probes.end()) {
      for (const ProbeCount& probe : probes->second) {
        Json& told = entry["probes"][probe.probe] = {
            {"planned", probe.planned}, {"failed", probe.failed}, {"never_returned", probe.never_returned}};
        for (const auto& [kind, counts] : probe.ends) {
          told["ends"][to_string(kind)] = counts;
        }
      }
    }
    json["guests"].push_back(std::move(entry));
  }
  if (trial.outcome.balance) {
    json["balance"] = balance_json(trial.outcome);
  }
  json["metrics"] = Json::object();
  for (const Metric& metric : trial.metrics) {
    json["metrics"][metric.name] = {{"unit", metric.unit}, {"value", number(metric.value)}};
  }
  return json;
}

Json comparison_json(const Comparison& one, const Analysis& analysis) {
  return {
      {"metric", one.metric},
      {"cell", analysis.cells[one.second_cell].cell->number},
      {"against", analysis.cells[one.first_cell].cell->number},
      {"factor", one.differs},
      {"ratio", one.ratio.ratio > 0 ? number(one.ratio.ratio) : Json()},
      {"interval", interval_json(one.ratio.interval)},
      {"p", number(one.test.p)},
      {"p_holm", number(one.p)},
      {"cliffs_delta", number(one.test.cliffs_delta)},
      {"significant", one.significant()}};
}

Json models_json(const Analysis& analysis) {
  Json json = Json::array();
  for (const ModelFacts& facts : analysis.models) {
    json.push_back(
        {{"cell", analysis.cells[facts.cell].cell->number},
         {"guest", facts.guest},
         {"model", facts.model},
         {"quantity", facts.quantity},
         {"unit", facts.unit},
         {"n", facts.n},
         {"predicted", number(facts.predicted)},
         {"measured", number(facts.measured)},
         {"error", number(facts.error)},
         {"absolute_error", number(facts.absolute_error)}});
  }
  return json;
}

Json saturation_json(const Analysis& analysis) {
  Json json = Json::array();
  for (const Ramp& ramp : ramps_of(analysis)) {
    const bool reached = ramp.saturation() && *ramp.saturation() < ramp.points.back().demanded;
    Json points = Json::array();
    for (const RampPoint& point : ramp.points) {
      points.push_back(
          {{"demanded", number(point.demanded)},
           {"replies", number(point.replies.median)},
           {"n", point.replies.n},
           {"errors", point.errors ? number(*point.errors) : Json()}});
    }
    json.push_back(
        {{"cell", analysis.cells[ramp.cell].cell->number},
         {"workload", ramp.workload},
         {"saturation_point", reached ? number(*ramp.saturation()) : Json()},
         {"points", std::move(points)}});
  }
  return json;
}

Json published_json(const Analysis& analysis) {
  if (!analysis.run->run.experiment.published) {
    return {};
  }
  Json values = Json::array();
  for (const PublishedFacts& facts : analysis.published) {
    values.push_back(
        {{"what", facts.published->what},
         {"metric", facts.published->metric},
         {"cell", facts.cell ? Json(analysis.cells[*facts.cell].cell->number) : Json()},
         {"published", number(facts.published->value)},
         {"published_unit", facts.published->unit},
         {"median", facts.ours ? number(*facts.ours) : Json()},
         {"unit", facts.unit},
         {"deviation", facts.deviation ? number(*facts.deviation) : Json()}});
  }
  const Published& published = *analysis.run->run.experiment.published;
  return {
      {"source", published.source},
      {"says", published.says},
      {"differs", published.differs},
      {"values", std::move(values)}};
}

} // namespace

std::string render_json(const MeasuredRun& run) {
  return render_json(analyse(run));
}

std::string render_json(const Analysis& analysis) {
  const MeasuredRun& run = *analysis.run;
  Json json{
      {"schema", "migralab.report/1"},
      {"experiment", run.run.experiment.name},
      {"about", run.run.experiment.about},
      {"created_at", run.run.created_at},
      {"accelerator", analysis.accelerators},
      {"performance_figures", analysis.caution.sentence.empty()}};
  json["planned"] = {{"trials", run.extent.planned}, {"at_most", run.extent.at_most}, {"missing", run.extent.missing}};
  json["damaged"] = run.damaged;
  json["remarks"] = remarks(analysis);
  json["provenance"] = Json::object();
  for (const auto& [key, value] : run.run.provenance) {
    json["provenance"][key] = value;
  }
  json["cells"] = Json::array();
  for (const CellFacts& cell : analysis.cells) {
    json["cells"].push_back(cell_json(cell));
  }
  json["comparisons"] = Json::array();
  for (const Comparison& comparison : analysis.comparisons) {
    json["comparisons"].push_back(comparison_json(comparison, analysis));
  }
  json["models"] = models_json(analysis);
  json["saturation"] = saturation_json(analysis);
  json["published"] = published_json(analysis);
  json["trials"] = Json::array();
  for (const MeasuredTrial& trial : run.trials) {
    json["trials"].push_back(trial_json(trial));
  }
  // Messages of other programs are not always UTF-8: then with replacement characters, not without a report.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace migralab
