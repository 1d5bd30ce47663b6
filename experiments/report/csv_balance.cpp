// SPDX-License-Identifier: Apache-2.0
#include "balance_facts.hpp"
#include "csv.hpp"
#include "migralab/core/csv.hpp"
#include "words.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace migralab {

namespace {

CsvWriter& trial_of(CsvWriter& table, const TrialOutcome& trial) {
  return table.number(std::uint64_t{trial.plan.number}).number(std::uint64_t{trial.plan.cell});
}

CsvWriter& maybe_seconds(CsvWriter& table, const std::optional<Nanoseconds>& span) {
  return span ? table.seconds(*span) : table.empty();
}

CsvWriter& maybe_number(CsvWriter& table, const std::optional<double>& value) {
  return value ? table.text(computed(*value)) : table.empty();
}

std::string moves_csv(const Analysis& analysis) {
  CsvWriter table(
      Instant(),
      {"trial",
       "cell",
       "round",
       "guest",
       "from",
       "to",
       "at_s",
       "total_s",
       "downtime_s",
       "bytes",
       "result",
       "why",
       "accelerator"});
  for (const MeasuredTrial& trial : analysis.run->trials) {
    for (const ToldMove& move : trial.outcome.balance ? told_moves(*trial.outcome.balance) : std::vector<ToldMove>{}) {
      trial_of(table, trial.outcome).number(move.round).text(move.guest).text(move.from).text(move.to);
      table.seconds(move.at - trial.outcome.during);
      maybe_seconds(maybe_seconds(table, move.total), move.downtime).number(move.bytes);
      table.text(move.result).text(move.why).text(trial.outcome.accelerator).end_row();
    }
  }
  return table.take();
}

void add_decision(
    CsvWriter& table,
    const TrialOutcome& trial,
    const balancer::BalanceRound& round,
    const RelievedHost& host,
    const RoundFacts& facts) {
  trial_of(table, trial).number(round.number).seconds(round.at - trial.during);
  table.text(fmt::format("{}", fmt::join(round.asked_by, " "))).seconds(round.took);
  table.text(host.host).text(host.trigger).text(host.over).text(host.outcome).text(host.why);
  table.text(moves_from(round.moves, host.host)).text(moves_from(round.advice, host.host)).text(round.held_back);
  table.text(fmt::format("{}", fmt::join(facts.doubts, "; "))).text(trial.accelerator).end_row();
}

std::string decisions_csv(const Analysis& analysis) {
  CsvWriter table(
      Instant(),
      {"trial",
       "cell",
       "round",
       "at_s",
       "asked_by",
       "took_s",
       "host",
       "trigger",
       "over",
       "outcome",
       "why",
       "moves",
       "advice",
       "held_back",
       "doubts",
       "accelerator"});
  for (const MeasuredTrial& trial : analysis.run->trials) {
    for (const auto& round :
         trial.outcome.balance ? trial.outcome.balance->rounds : std::vector<balancer::BalanceRound>{}) {
      const RoundFacts facts = facts_of(round);
      for (const RelievedHost& host : facts.hosts) {
        add_decision(table, trial.outcome, round, host, facts);
      }
      if (facts.hosts.empty()) {
        add_decision(table, trial.outcome, round, {}, facts);
      }
    }
  }
  return table.take();
}

/// The loads are named as in the published tables.
std::string weighed_guests_csv(const Analysis& analysis) {
  CsvWriter table(
      Instant(),
      {"trial",
       "cell",
       "round",
       "host",
       "guest",
       "cpu_pct",
       "mem_pct",
       "net_pct",
       "volume",
       "image_mb",
       "cost",
       "verdict",
       "why",
       "to",
       "accelerator"});
  for (const MeasuredTrial& trial : analysis.run->trials) {
    for (const auto& round :
         trial.outcome.balance ? trial.outcome.balance->rounds : std::vector<balancer::BalanceRound>{}) {
      for (const RelievedHost& host : facts_of(round).hosts) {
        for (const WeighedGuest& guest : host.guests) {
          trial_of(table, trial.outcome).number(round.number).text(host.host).text(guest.guest);
          table.text(computed(100 * guest.average.cpu)).text(computed(100 * guest.average.mem));
          maybe_number(table.text(computed(100 * guest.average.net)), guest.volume).text(computed(guest.image_mb));
          maybe_number(table, guest.cost).text(guest.verdict).text(guest.why).text(guest.to);
          table.text(trial.outcome.accelerator).end_row();
        }
      }
    }
  }
  return table.take();
}

} // namespace

std::map<std::string, std::string> balance_csv_tables(const Analysis& analysis) {
  std::map<std::string, std::string> tables{
      {"moves.csv", moves_csv(analysis)},
      {"decisions.csv", decisions_csv(analysis)},
      {"weighed-guests.csv", weighed_guests_csv(analysis)}};
  std::erase_if(tables, [](const auto& table) { // of nothing but a header
    return table.second.find('\n') + 1 == table.second.size();
  });
  return tables;
}

} // namespace migralab
