// SPDX-License-Identifier: Apache-2.0
// What a balancer did, trial by trial: moves, decisions, and guests as they were weighed.
#include "balance_facts.hpp"
#include "migralab/core/units.hpp"
#include "tables.hpp"
#include "words.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <set>

namespace migralab {

namespace {

constexpr std::string_view of_time_over = "balance.over.";
constexpr std::size_t most_moves_named = 4; // in a row of a trial; the table of moves has all

/// Hosts that told of their load in any trial.
std::vector<std::string> hosts_told(const Analysis& analysis) {
  std::vector<std::string> hosts;
  for (const std::string& metric : analysis.metric_order) {
    if (metric.starts_with(of_time_over)) {
      hosts.push_back(metric.substr(of_time_over.size()));
    }
  }
  return hosts;
}

std::string cell_name(const Analysis& analysis, unsigned number) {
  for (const CellFacts& cell : analysis.cells) {
    if (cell.cell->number == number) {
      return cell.name;
    }
  }
  return fmt::format("cell {}", number);
}

/// What all tables begin with.
std::vector<Column> trial_columns(const Analysis& analysis) {
  std::vector<Column> columns{{"trial"}};
  if (analysis.cells.size() > 1) {
    columns.push_back({"cell", "", false});
  }
  return columns;
}

std::vector<Field> trial_fields(const Analysis& analysis, const TrialOutcome& trial) {
  std::vector<Field> row{fmt::format("{}", trial.plan.number)};
  if (analysis.cells.size() > 1) {
    row.emplace_back(cell_name(analysis, trial.plan.cell));
  }
  return row;
}

void append(std::vector<Column>& columns, const std::vector<Column>& more) {
  columns.insert(columns.end(), more.begin(), more.end());
}

void append(std::vector<Field>& row, const std::vector<Field>& more) {
  row.insert(row.end(), more.begin(), more.end());
}

/// "web h1>h2, db h1>h3 (failed)"
std::string moves_in_short(const TrialOutcome& trial) {
  if (!trial.balance) {
    return "-";
  }
  const auto& moves = trial.balance->moves;
  std::string text;
  for (std::size_t i = 0; i < moves.size() && i < most_moves_named; ++i) {
    text += fmt::format(
        "{}{} {}>{}{}",
        i == 0 ? "" : ", ",
        moves[i].guest,
        moves[i].from,
        moves[i].to,
        moves[i].succeeded ? "" : " (failed)");
  }
  if (moves.size() > most_moves_named) {
    text += fmt::format(", {} more", moves.size() - most_moves_named);
  }
  return text.empty() ? "none" : text;
}

std::string one_decimal(const MeasuredTrial& trial, const std::string& metric) {
  const auto value = value_of(trial.metrics, metric);
  return value ? fmt::format("{:.1f}", *value) : "-";
}

std::string since(const TrialOutcome& trial, Instant at) {
  return fmt::format("{:.1f}", std::chrono::duration<double>(at - trial.during).count());
}

std::string number_or_none(std::uint64_t number) {
  return number == 0 ? "-" : fmt::format("{}", number);
}

std::string with_reason(const std::string& what, const std::string& why) {
  return why.empty() ? what : what + ": " + why;
}

/// What a round did for a host, or why nothing.
std::string decided(const balancer::BalanceRound& round, const RelievedHost& host) {
  const std::string moves = moves_from(round.moves, host.host);
  if (!moves.empty()) {
    return round.held_back.empty() ? with_reason(moves, host.why)
                                   : fmt::format("{}, but held back: {}", moves, round.held_back);
  }
  const std::string advice = moves_from(round.advice, host.host);
  return advice.empty() ? with_reason(host.outcome == "no-way" ? "no way" : host.outcome, host.why)
                        : "advice: " + advice;
}

std::string reason_of(const RelievedHost& host) {
  return host.trigger == "evacuating" ? "to be emptied" : host.over;
}

/// Of what a policy did without, where it did.
Field with_doubts(const std::string& text, const RoundFacts& facts) {
  return {text, facts.doubts.empty() ? "" : fmt::format("without {}", fmt::join(facts.doubts, "; "))};
}

bool leaves(const RelievedHost& host) {
  return std::any_of(host.guests.begin(), host.guests.end(), [](const auto& guest) { return !guest.to.empty(); });
}

std::string verdict_of(const WeighedGuest& guest) {
  static const std::map<std::string, std::string> words{
      {"unneeded", "others were enough"},
      {"too-little", "not enough alone"},
      {"no-destination", "no host can take it"}};
  if (!guest.to.empty()) {
    return "to " + guest.to;
  }
  const auto known = words.find(guest.verdict);
  return known != words.end() ? known->second : with_reason(guest.verdict, guest.why);
}

std::string hundredths(const std::optional<double>& value) {
  return value ? fmt::format("{:.2f}", *value) : "infinite";
}

} // namespace

std::string overload_words(const Analysis& analysis) {
  std::set<double> limits;
  for (const CellFacts& cell : analysis.cells) {
    if (const auto policy = policy_of(*cell.cell)) {
      limits.insert(policy->overload);
    }
  }
  return limits.size() == 1 ? fmt::format("{:g} %", 100 * *limits.begin()) : "the limit";
}

Table balance_trial_table(const Analysis& analysis) {
  Table table{.name = "trials", .caption = "Each trial.", .columns = trial_columns(analysis), .rows = {}};
  append(table.columns, {{"result", "", false}, {"moves", "", false}});
  const std::vector<std::string> hosts = hosts_told(analysis);
  for (const std::string& host : hosts) {
    table.columns.push_back({host, "s", true, "over " + overload_words(analysis)});
  }
  append(table.columns, {{"imbalance", "%"}, {"downtime"}});
  for (const MeasuredTrial& trial : analysis.run->trials) {
    std::vector<Field> row = trial_fields(analysis, trial.outcome);
    const std::string result = trial.outcome.succeeded() ? "ok" : "failed";
    append(row, {result + (trial.outcome.plan.warm_up ? ", warm-up" : ""), moves_in_short(trial.outcome)});
    for (const std::string& host : hosts) {
      row.emplace_back(one_decimal(trial, std::string(of_time_over) + host));
    }
    const auto downtime = value_of(trial.metrics, "balance.downtime");
    append(row, {one_decimal(trial, "balance.imbalance"), downtime ? with_unit(*downtime, "ms") : "-"});
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table move_table(const Analysis& analysis) {
  Table table{.name = "moves", .caption = "Each move.", .columns = trial_columns(analysis), .rows = {}};
  append(
      table.columns,
      {{"at", "s"},
       {"round"},
       {"guest", "", false},
       {"from", "", false},
       {"to", "", false},
       {"total"},
       {"downtime"},
       {"sent"},
       {"result", "", false}});
  table.note =
      "At: since the balancer began. Downtime by the hypervisor's own account. Lost: nobody told how it ended. "
      "Refused: its agent did not begin it. Dropped: never ordered, since the one before it did not succeed.";
  for (const MeasuredTrial& trial : analysis.run->trials) {
    for (const ToldMove& move : trial.outcome.balance ? told_moves(*trial.outcome.balance) : std::vector<ToldMove>{}) {
      std::vector<Field> row = trial_fields(analysis, trial.outcome);
      append(
          row,
          {since(trial.outcome, move.at),
           number_or_none(move.round),
           move.guest,
           move.from,
           move.to,
           move.total ? human(*move.total) : "-",
           move.downtime ? human(*move.downtime) : "-",
           move.bytes > 0 ? with_unit(move.bytes, "B") : "-",
           with_reason(move.result, move.why)});
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}

Table decision_table(const Analysis& analysis) {
  Table table{
      .name = "decisions", .caption = "Each round of decisions.", .columns = trial_columns(analysis), .rows = {}};
  append(
      table.columns,
      {{"round"},
       {"at", "s"},
       {"asked by", "", false},
       {"decided in"},
       {"host", "", false},
       {"over", "", false},
       {"decision", "", false}});
  table.note = "Decided in: from the first host's asking for relief to the decision. Over: what of the host's averages "
               "was above the limit.";
  for (const MeasuredTrial& trial : analysis.run->trials) {
    for (const auto& round :
         trial.outcome.balance ? trial.outcome.balance->rounds : std::vector<balancer::BalanceRound>{}) {
      const RoundFacts facts = facts_of(round);
      std::vector<Field> row = trial_fields(analysis, trial.outcome);
      append(
          row,
          {fmt::format("{}", round.number),
           since(trial.outcome, round.at),
           round.asked_by.empty() ? "-" : fmt::format("{}", fmt::join(round.asked_by, ", ")),
           human(round.took)});
      for (const RelievedHost& host : facts.hosts) {
        table.rows.push_back(row);
        append(table.rows.back(), {host.host, reason_of(host), with_doubts(decided(round, host), facts)});
      }
      if (facts.hosts.empty()) {
        append(row, {"-", "-", with_doubts(with_reason("nothing to relieve", round.held_back), facts)});
        table.rows.push_back(std::move(row));
      }
    }
  }
  return table;
}

Table weighed_guest_table(const Analysis& analysis) {
  Table table{
      .name = "weighed-guests",
      .caption = "Guests of the hosts that had to be relieved, as they were tried: averages, volume, memory to send, "
                 "cost of moving.",
      .columns = trial_columns(analysis),
      .rows = {}};
  append(
      table.columns,
      {{"round"},
       {"host", "", false},
       {"guest", "", false},
       {"cpu", "%"},
       {"memory", "%"},
       {"network", "%"},
       {"volume"},
       {"image", "MB"},
       {"cost"},
       {"verdict", "", false}});
  table.note =
      "A host that nothing could leave is shown once, and again when the reason changes; weighed-guests.csv has "
      "every round.";
  for (const MeasuredTrial& trial : analysis.run->trials) {
    std::map<std::string, std::string> stuck; // hosts and why, as of the latest round
    for (const auto& round :
         trial.outcome.balance ? trial.outcome.balance->rounds : std::vector<balancer::BalanceRound>{}) {
      for (const RelievedHost& host : facts_of(round).hosts) {
        const std::string why = leaves(host) ? "" : with_reason(host.outcome, host.why);
        const bool shown_already = !why.empty() && stuck[host.host] == why;
        stuck[host.host] = why;
        for (const WeighedGuest& guest : shown_already ? std::vector<WeighedGuest>{} : host.guests) {
          std::vector<Field> row = trial_fields(analysis, trial.outcome);
          append(
              row,
              {fmt::format("{}", round.number),
               host.host,
               guest.guest,
               hundredths(100 * guest.average.cpu),
               hundredths(100 * guest.average.mem),
               hundredths(100 * guest.average.net),
               hundredths(guest.volume),
               hundredths(guest.image_mb),
               hundredths(guest.cost),
               verdict_of(guest)});
          table.rows.push_back(std::move(row));
        }
      }
    }
  }
  return table;
}

} // namespace migralab
