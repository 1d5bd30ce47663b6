// SPDX-License-Identifier: Apache-2.0
#include "tables.hpp"
#include "words.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>

namespace migralab {

namespace {

/// What the columns of a table of trials are, by what there is to show.
struct Shape {
  bool cells = false;
  bool guests = false;
  bool moves = false;
  std::vector<std::string> downtimes; // "hypervisor", "guest", "udp"
  std::vector<std::string> probes;
};

void add_once(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    names.push_back(name);
  }
}

Shape shape_of(const Analysis& analysis) {
  Shape shape;
  shape.cells = analysis.cells.size() > 1;
  bool guest_gap = false;
  for (const MeasuredTrial& trial : analysis.run->trials) {
    shape.guests = shape.guests || trial.outcome.guests.size() > 1;
    for (const GuestOutcome& guest : trial.outcome.guests) {
      shape.moves = shape.moves || guest.migration.has_value();
    }
    for (const auto& [guest, probes] : trial.probes) {
      for (const ProbeCount& probe : probes) {
        add_once(shape.probes, probe.probe);
      }
    }
    for (const Metric& metric : trial.metrics) {
      guest_gap = guest_gap || metric_name(metric.name).base == "downtime.guest";
    }
  }
  if (shape.moves) {
    shape.downtimes.emplace_back("hypervisor");
    if (guest_gap) {
      shape.downtimes.emplace_back("guest");
    }
    shape.downtimes.insert(shape.downtimes.end(), shape.probes.begin(), shape.probes.end());
  }
  return shape;
}

const Metric* metric_of(const MeasuredTrial& trial, const std::string& guest, const std::string& name) {
  for (const std::string& candidate : {guest + ":" + name, name}) {
    for (const Metric& metric : trial.metrics) {
      if (metric.name == candidate) {
        return &metric;
      }
    }
  }
  return nullptr;
}

const ProbeCount* probe_of(const MeasuredTrial& trial, const std::string& guest, const std::string& probe) {
  const auto found = trial.probes.find(guest);
  if (found != trial.probes.end()) {
    for (const ProbeCount& counted : found->second) {
      if (counted.probe == probe) {
        return &counted;
      }
    }
  }
  return nullptr;
}

std::string shown(const Metric* metric) {
  return metric == nullptr ? "-" : with_unit(metric->value, metric->unit);
}

std::string downtime(const MeasuredTrial& trial, const std::string& guest, const std::string& observer) {
  const ProbeCount* probe = probe_of(trial, guest, observer);
  if (probe != nullptr && probe->never_returned) {
    return "never";
  }
  const Metric* metric = metric_of(trial, guest, "downtime." + observer);
  if (metric != nullptr && metric->value > 0) {
    return with_unit(metric->value, metric->unit);
  }
  const bool seen_none = (metric != nullptr && observer != "hypervisor") || (probe != nullptr && probe->planned > 0);
  return seen_none ? "none" : metric != nullptr ? with_unit(metric->value, metric->unit) : "-";
}

std::string result_of(const TrialOutcome& trial, const GuestOutcome* guest) {
  const bool failed = !trial.error.empty() || (guest != nullptr && guest->migration && !guest->migration->succeeded);
  return std::string(failed ? "failed" : "ok") + (trial.plan.warm_up ? ", warm-up" : "");
}

std::string cell_name(const Analysis& analysis, unsigned number) {
  for (const CellFacts& cell : analysis.cells) {
    if (cell.cell->number == number) {
      return cell.name;
    }
  }
  return fmt::format("cell {}", number);
}

std::vector<Field>
row_of(const Analysis& analysis, const Shape& shape, const MeasuredTrial& trial, const GuestOutcome* guest) {
  const std::string name = guest == nullptr ? "" : guest->guest;
  std::vector<Field> row{fmt::format("{}", trial.outcome.plan.number)};
  if (shape.cells) {
    row.emplace_back(cell_name(analysis, trial.outcome.plan.cell));
  }
  if (shape.guests) {
    row.emplace_back(name);
  }
  if (shape.moves) {
    const bool moved = guest != nullptr && guest->migration;
    row.emplace_back(moved ? guest->migration->from + " -> " + guest->migration->to : "-");
  }
  row.emplace_back(result_of(trial.outcome, guest));
  if (shape.moves) {
    const bool moved = guest != nullptr && guest->migration;
    row.emplace_back(moved ? human(guest->migration->total_time()) : "-");
  }
  for (const std::string& observer : shape.downtimes) {
    row.emplace_back(downtime(trial, name, observer));
  }
  if (shape.moves) {
    row.emplace_back(shown(metric_of(trial, name, "rounds")));
    row.emplace_back(shown(metric_of(trial, name, "moved")));
  }
  for (const std::string& probe : shape.probes) {
    const ProbeCount* counted = probe_of(trial, name, probe);
    row.emplace_back(counted == nullptr || counted->planned == 0 ? "-" : fmt::format("{}", counted->failed));
  }
  return row;
}

/// Of a run with one cell and one guest: the medians of the trials that succeeded.
std::vector<Field> median_row(const Analysis& analysis, const Shape& shape) {
  const CellFacts& cell = analysis.cells.front();
  const auto median_of = [&](const std::string& metric) {
    const CellMetric* found = cell.find(metric);
    return found == nullptr ? std::string("-") : with_unit(found->summary.median, found->unit);
  };
  std::vector<Field> row{"median"};
  if (shape.moves) {
    row.emplace_back(fmt::format("of {} ok", cell.trials - cell.failed.size()));
    row.emplace_back("");
    row.emplace_back(median_of("total_time"));
  } else {
    row.emplace_back("");
  }
  for (const std::string& observer : shape.downtimes) {
    const CellMetric* found = cell.find("downtime." + observer);
    const bool none = observer != "hypervisor" && found != nullptr && found->summary.median == 0;
    row.emplace_back(none ? "none" : median_of("downtime." + observer));
  }
  if (shape.moves) {
    row.emplace_back(median_of("rounds"));
    row.emplace_back(median_of("moved"));
  }
  for (const std::string& probe : shape.probes) {
    std::vector<double> failed;
    for (const MeasuredTrial& trial : analysis.run->trials) {
      const bool counts = trial.outcome.succeeded() && !trial.outcome.plan.warm_up && !trial.outcome.guests.empty();
      const ProbeCount* counted = counts ? probe_of(trial, trial.outcome.guests.front().guest, probe) : nullptr;
      if (counted != nullptr) {
        failed.push_back(static_cast<double>(counted->failed));
      }
    }
    row.emplace_back(failed.empty() ? "-" : fmt::format("{:g}", median(failed)));
  }
  return row;
}

std::string reason_of(const TrialOutcome& trial) {
  std::string reason = trial.error;
  for (const GuestOutcome& guest : trial.guests) {
    if (guest.migration && !guest.migration->succeeded) {
      reason += (reason.empty() ? "" : "; ") + guest.guest + ": " + guest.migration->error;
    }
  }
  return reason;
}

} // namespace

Table trial_table(const Analysis& analysis) {
  if (analysis.balanced) {
    return balance_trial_table(analysis);
  }
  const Shape shape = shape_of(analysis);
  Table table{.name = "trials", .caption = "Each trial.", .columns = {{"trial"}}, .rows = {}, .last = "median"};
  if (shape.cells) {
    table.columns.push_back({"cell", "", false});
  }
  if (shape.guests) {
    table.columns.push_back({"guest", "", false});
  }
  if (shape.moves) {
    table.columns.push_back({"from -> to", "", false});
  }
  table.columns.push_back({"result", "", false});
  if (shape.moves) {
    table.columns.push_back({"total"});
  }
  for (const std::string& observer : shape.downtimes) {
    table.columns.push_back({observer, "", true, "downtime"});
  }
  if (shape.moves) {
    table.columns.push_back({"rounds"});
    table.columns.push_back({"moved"});
  }
  for (const std::string& probe : shape.probes) {
    table.columns.push_back({probe, "", true, "failed"});
  }
  for (const MeasuredTrial& trial : analysis.run->trials) {
    for (const GuestOutcome& guest : trial.outcome.guests) {
      table.rows.push_back(row_of(analysis, shape, trial, &guest));
    }
    if (trial.outcome.guests.empty()) {
      table.rows.push_back(row_of(analysis, shape, trial, nullptr));
    }
  }
  const bool one = !shape.cells && !shape.guests && analysis.cells.size() == 1;
  if (one && analysis.cells.front().trials - analysis.cells.front().failed.size() > 1) {
    table.rows.push_back(median_row(analysis, shape));
  }
  return table;
}

Table failure_table(const Analysis& analysis) {
  Table table{
      .name = "failures",
      .caption = "Trials that failed, and the 95 % Wilson interval of their share.",
      .columns = {{"cell", "", false}, {"trials"}, {"failed"}, {"share", "%"}, {"interval", "%"}, {"warm-up"}},
      .rows = {},
      .last = {},
      .note = {}};
  table.note = fmt::format(
      "A trial failed when it could not be carried out{}. Failed trials are in no other statistic; warm-up trials are "
      "in none.",
      analysis.balanced ? "" : " or a guest that was to move did not");
  for (const CellFacts& cell : analysis.cells) {
    std::vector<Field> row{cell.name, fmt::format("{}", cell.trials), fmt::format("{}", cell.failed.size())};
    if (cell.failures) {
      row.emplace_back(fmt::format("{:.0f}", cell.failures->share * 100));
      row.emplace_back(
          fmt::format("{:.0f} to {:.0f}", cell.failures->interval.low * 100, cell.failures->interval.high * 100));
    } else {
      row.emplace_back("-");
      row.emplace_back("-");
    }
    row.emplace_back(fmt::format("{}", cell.warm_up));
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table failed_trials_table(const Analysis& analysis) {
  Table table{
      .name = "failed-trials",
      .caption = "Why trials failed.",
      .columns = {{"trial"}, {"cell", "", false}, {"reason", "", false}},
      .rows = {}};
  for (const CellFacts& cell : analysis.cells) {
    for (const MeasuredTrial* trial : cell.failed) {
      table.rows.push_back({fmt::format("{}", trial->outcome.plan.number), cell.name, reason_of(trial->outcome)});
    }
  }
  return table;
}

Table outlier_table(const Analysis& analysis) {
  Table table{
      .name = "outliers",
      .caption = "Values outside Tukey's fences. They are kept: every figure is of all values.",
      .columns = {{"cell", "", false}, {"metric", "", false}, {"trial"}, {"value"}, {"median"}, {"how far", "", false}},
      .rows = {},
      .last = {},
      .note = "Further than 1.5 times the quartiles' distance from the nearer quartile; far: than 3 times."};
  for (const CellFacts& cell : analysis.cells) {
    for (const CellMetric& metric : cell.metrics) {
      const MetricGroup group = metric_name(metric.name).group;
      if (group != MetricGroup::migration && group != MetricGroup::downtime) {
        continue; // cells.csv counts those of every metric
      }
      for (const Outlier& outlier : metric.summary.outliers) {
        table.rows.push_back(
            {cell.name,
             in_words(metric.name),
             fmt::format("{}", metric.trials[outlier.index]),
             with_unit(outlier.value, metric.unit),
             with_unit(metric.summary.median, metric.unit),
             outlier.far ? "far" : "mild"});
      }
    }
  }
  return table;
}

Table link_table(const Analysis& analysis) {
  struct Gathered {
    std::vector<double> measured;
    std::size_t off = 0;
  };
  // The declared rate may be a factor: a cable has a row for each.
  std::map<std::tuple<std::string, std::string, LinkRate::Direction, std::uint64_t>, Gathered> links;
  for (const MeasuredTrial& trial : analysis.run->trials) {
    for (const LinkRate& rate : trial.outcome.link_rates) {
      Gathered& gathered = links[{rate.network, rate.node, rate.direction, rate.declared.bits_per_second}];
      gathered.measured.push_back(static_cast<double>(rate.measured.bits_per_second));
      gathered.off += rate.off() ? 1U : 0U;
    }
  }
  Table table{
      .name = "links",
      .caption = "Shaped cables: declared and measured rate.",
      .columns =
          {{"network", "", false},
           {"node", "", false},
           {"direction", "", false},
           {"declared", "Mbit/s"},
           {"measured", "Mbit/s, median"},
           {"least"},
           {"most"},
           {"off by", "%"},
           {"trials"},
           {"off in"}},
      .rows = {},
      .last = {},
      .note = "Measured before the trials; off: by more than 5 %."};
  for (const auto& [link, gathered] : links) {
    const auto& [network, node, direction, declared] = link;
    const double middle = median(gathered.measured);
    const auto [least, most] = std::minmax_element(gathered.measured.begin(), gathered.measured.end());
    table.rows.push_back(
        {network,
         node,
         to_string(direction),
         figures(static_cast<double>(declared) / 1e6),
         fmt::format("{:.1f}", middle / 1e6),
         fmt::format("{:.1f}", *least / 1e6),
         fmt::format("{:.1f}", *most / 1e6),
         fmt::format("{:+.1f}", (middle / static_cast<double>(declared) - 1) * 100),
         fmt::format("{}", gathered.measured.size()),
         fmt::format("{}", gathered.off)});
  }
  return table;
}

} // namespace migralab
