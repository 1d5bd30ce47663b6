// SPDX-License-Identifier: Apache-2.0
#include "balance_metrics.hpp"

#include "migralab/balance/policy.hpp"
#include "migralab/balancer/summary.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

double percent(double share) {
  return 100 * share;
}

} // namespace

void add_balance(MetricList& list, const TrialOutcome& trial, const Cell& cell) {
  if (!trial.balance || !cell.experiment.balance) {
    return;
  }
  const balancer::BalanceWish& wish = cell.experiment.balance->wish;
  const double overload = balance::make_policy(wish.policy, wish.parameters).parameters().overload;
  const balancer::BalanceSummary summary = balancer::summarize(*trial.balance, overload);
  list.add("balance.moves", "", static_cast<double>(summary.moves));
  list.add("balance.failed_moves", "", static_cast<double>(summary.failed_moves));
  list.add("balance.ping_pong", "", static_cast<double>(summary.ping_pong));
  list.add("balance.rounds", "", static_cast<double>(summary.rounds));
  list.add("balance.moved", "B", summary.bytes);
  list.add("balance.downtime", "ms", in_milliseconds(summary.downtime));
  if (!summary.hosts.empty()) { // nobody told: it is not known
    list.add("balance.imbalance", "%", percent(summary.imbalance));
  }
  list.add("balance.messages", "", static_cast<double>(summary.messages));
  list.add("balance.message_bytes", "B", static_cast<double>(summary.message_bytes));
  if (summary.longest_response > Nanoseconds{}) {
    list.add("balance.response", "ms", in_milliseconds(summary.longest_response));
  }
  for (const auto& [name, host] : summary.hosts) {
    list.add("balance.over." + name, "s", host.seconds_over);
    if (host.covered > 0) {
      list.add("balance.cpu." + name, "%", percent(host.mean.cpu));
    }
    list.add("balance.highest_cpu." + name, "%", percent(host.highest_average.cpu));
  }
  for (const auto& [move, times] : summary.destinations) {
    list.add(fmt::format("balance.to.{}.{}", move.second, move.first), "", static_cast<double>(times));
  }
}

} // namespace migralab
