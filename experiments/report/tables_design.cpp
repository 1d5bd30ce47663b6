// SPDX-License-Identifier: Apache-2.0
#include "tables.hpp"
#include "words.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <set>

namespace migralab {

namespace {

/// "xen1 kernel", and what its trials saw there: mostly one value.
std::map<std::string, std::set<std::string>> facts_of_hosts(const Analysis& analysis) {
  std::map<std::string, std::set<std::string>> facts;
  for (const TrialOutcome& trial : analysis.run->run.trials) {
    for (const auto& [host, its] : trial.hosts) {
      for (const auto& [name, value] : its) {
        facts[host + " " + name].insert(value);
      }
    }
  }
  return facts;
}

std::string order_of(const Experiment& experiment) {
  switch (experiment.combination) {
  case Combination::full:
    return "every level with every other";
  case Combination::zip:
    return "first levels with first, second with second, ...";
  case Combination::list:
    return "as listed in the file";
  }
  return {};
}

std::string routes_of(const Experiment& experiment) {
  std::string text;
  for (const GuestRoute& route : experiment.routes) {
    text += (text.empty() ? "" : "; ") + route.guest + ":";
    for (std::size_t i = 0; i < route.hosts.size(); ++i) {
      text += (i == 0 ? " " : " -> ") + route.hosts[i];
    }
  }
  return text;
}

std::string balancer_of(const balancer::BalanceWish& wish) {
  std::string text = "policy " + wish.policy;
  for (const std::string& parameter : wish.parameters) {
    text += ", " + parameter;
  }
  for (const coordination::NamedGroup& group : wish.groups) {
    text += fmt::format(
        ", {} {}", fmt::join(group.guests, " and "), group.kind == balance::Group::Kind::apart ? "apart" : "together");
  }
  for (const std::string& host : wish.evacuate) {
    text += ", evacuates " + host;
  }
  return text;
}

std::string observers_of(const Experiment& experiment) {
  if (experiment.balance) {
    return "the balancer's agents";
  }
  std::string text;
  const auto add = [&](const std::string& what) { text += (text.empty() ? "" : ", ") + what; };
  if (experiment.udp_rate) {
    add(fmt::format("UDP echo at {:g}/s", *experiment.udp_rate));
  }
  if (experiment.push_rate) {
    add(fmt::format("datagrams from the guest at {:g}/s", *experiment.push_rate));
  }
  if (experiment.http) {
    add(fmt::format("HTTP GET {} at {:g}/s", experiment.http->path, experiment.http->rate));
  }
  if (experiment.gaps) {
    add("gap detector in the guest");
  }
  return text.empty() ? "none" : text + ", from " + experiment.client;
}

std::string repetitions_of(const Experiment& experiment) {
  std::string text = fmt::format("{}", experiment.repetitions);
  if (!experiment.stop.metric.empty()) {
    text += fmt::format(
        " at least, at most {}; enough when the interval of the median of {} is within {:g} %",
        experiment.stop.at_most,
        in_words(experiment.stop.metric),
        experiment.stop.within * 100);
  }
  return text;
}

} // namespace

Table factor_table(const Analysis& analysis) {
  const Experiment& experiment = analysis.run->run.experiment;
  Table table{
      .name = "factors",
      .caption = "What was varied: " + order_of(experiment) + ".",
      .columns = {{"factor", "", false}, {"key", "", false}, {"levels (the first is the baseline)", "", false}},
      .rows = {}};
  // A file's list has its levels in rows; the cells have them in any case.
  for (std::size_t i = 0; i < experiment.factors.size(); ++i) {
    std::vector<std::string> seen;
    for (const CellFacts& cell : analysis.cells) {
      if (i < cell.cell->levels.size() &&
          std::find(seen.begin(), seen.end(), cell.cell->levels[i].value) == seen.end()) {
        seen.push_back(cell.cell->levels[i].value);
      }
    }
    std::string levels;
    for (const std::string& level : seen) {
      levels += (levels.empty() ? "" : ", ") + level;
    }
    table.rows.push_back({experiment.factors[i].name, experiment.factors[i].path, levels});
  }
  return table;
}

Table design_table(const Analysis& analysis) {
  const Experiment& experiment = analysis.run->run.experiment;
  Table table{
      .name = "design",
      .caption = "How it was measured.",
      .columns = {{"what", "", false}, {"how", "", false}},
      .rows = {}};
  const auto add = [&](const std::string& what, const std::string& how) { table.rows.push_back({what, how}); };
  if (!analysis.cells.empty()) {
    add("lab", analysis.cells.front().cell->topology.lab);
  }
  if (experiment.balance) {
    add("balancer", balancer_of(experiment.balance->wish));
  } else {
    add(experiment.moves ? "migrations" : "guests (nothing moves)", routes_of(experiment));
  }
  add("cells", fmt::format("{}", analysis.cells.size()));
  add("repetitions", repetitions_of(experiment));
  add("warm-up repetitions", fmt::format("{}, kept and in no statistic", experiment.warm_up));
  add("order", fmt::format("random within blocks of one repetition, seed {}", experiment.seed));
  add("a trial",
      fmt::format(
          "{} to settle, {} before, {}, {} after",
          human(experiment.settle),
          human(experiment.before),
          experiment.balance ? "the balancer for " + human(experiment.balance->lasts) : "the migration",
          human(experiment.after)));
  add("observers", observers_of(experiment));
  for (const WorkloadSpec& workload : experiment.workloads) {
    std::string options;
    for (const auto& [key, value] : workload.options) {
      options += fmt::format("{}{} {}", options.empty() ? "" : ", ", key, value);
    }
    const std::string window = describe_window(workload);
    add("workload " + workload.name,
        fmt::format(
            "{} on {}{}{}",
            workload.kind,
            workload.node,
            window.empty() ? "" : ", " + window,
            options.empty() ? "" : ": " + options));
  }
  return table;
}

Table provenance_table(const Analysis& analysis) {
  Table table{
      .name = "provenance",
      .caption = "Where and with what it was measured.",
      .columns = {{"what", "", false}, {"value", "", false}},
      .rows = {}};
  table.rows.push_back({"begun at", analysis.run->run.created_at});
  for (const auto& [key, value] : analysis.run->run.provenance) {
    table.rows.push_back({key, value});
  }
  for (const auto& [what, values] : facts_of_hosts(analysis)) {
    table.rows.push_back({what, fmt::format("{}", fmt::join(values, "; "))});
  }
  return table;
}

std::vector<Table> printed_tables(const Analysis& analysis) {
  std::vector<Table> tables;
  for (const auto make : {
           design_table,         factor_table,     cell_table,      failure_table,    failed_trials_table,
           outlier_table,        comparison_table, influence_table, saturation_table, phase_table,
           failed_request_table, balance_table,    move_table,      decision_table,   weighed_guest_table,
           loss_table,           network_table,    other_table,     model_table,      source_table,
           published_table,      link_table,       trial_table,     provenance_table,
       }) {
    Table table = make(analysis);
    if (!table.empty()) {
      tables.push_back(std::move(table));
    }
  }
  return tables;
}

std::vector<std::string> downtime_definitions() {
  return {
      "Hypervisor: what the hypervisor reports, from pausing the guest on the source to resuming it on the "
      "destination.",
      "Guest gap: the longest standstill that a clock inside the guest sees in its own progress.",
      "Client, by each probe: the longest silence in which the client awaited an answer and got none. UDP: echo "
      "requests; HTTP: requests timed from the instant they were planned for; push: datagrams that the guest sends.",
      "The three are different quantities and never mixed. A probe's resolution is its interval."};
}

std::vector<std::string> balance_definitions() {
  return {
      "Over the limit: the time in which a host's samples had a resource above the policy's limit. A sample stands for "
      "the time since the one before it. By samples, not by the averages that the policy decides on: the guests of a "
      "host suffer from what is, not from what was on average.",
      "Imbalance: the standard deviation, over the hosts, of each host's largest share in use; its mean over time.",
      "Moves: migrations that succeeded. Data moved and downtime are those of all of them together, by "
      "the hypervisor's own account.",
      "Slowest response: from the sample that made a host ask for relief to the order to migrate.",
      "Messages: datagrams that the agents and the coordinator sent."};
}

} // namespace migralab
