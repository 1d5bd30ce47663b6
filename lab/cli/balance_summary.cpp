// SPDX-License-Identifier: Apache-2.0
#include "balance_summary.hpp"

#include "migralab/core/units.hpp"
#include "table.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace migralab {

namespace {

using Json = nlohmann::ordered_json;

std::string percent(double share) {
  return fmt::format("{:.1f}", 100 * share);
}

Json json_of(const balance::Load& load) {
  return {{"cpu", load.cpu}, {"mem", load.mem}, {"net", load.net}};
}

} // namespace

std::string balance_summary_text(const balancer::BalanceSummary& summary, double limit) {
  std::vector<std::vector<std::string>> rows{
      {"HOST", fmt::format("OVER {} %", percent(limit)), "MEAN CPU %", "MEM %", "NET %", "HIGHEST AVERAGE CPU %"}};
  for (const auto& [name, host] : summary.hosts) {
    const auto mean = [covered = host.covered](double share) { return covered > 0 ? percent(share) : "-"; };
    rows.push_back(
        {name,
         fmt::format("{:.0f} s", host.seconds_over),
         mean(host.mean.cpu),
         mean(host.mean.mem),
         mean(host.mean.net),
         percent(host.highest_average.cpu)});
  }
  std::string text = render_rows(rows);
  text += fmt::format(
      "{} moved, {} failed; {} sent, guests stood still for {} in all\n",
      summary.moves,
      summary.failed_moves,
      human(Bytes{static_cast<std::uint64_t>(summary.bytes)}),
      human(summary.downtime));
  text += fmt::format(
      "{} rounds, {} datagrams; imbalance {} % (standard deviation of the hosts' loads, mean over time)\n",
      summary.rounds,
      summary.messages,
      percent(summary.imbalance));
  return text;
}

std::string balance_summary_json(
    const balancer::BalanceSummary& summary,
    const std::string& policy,
    const std::string& accelerator) {
  Json hosts = Json::array();
  for (const auto& [name, host] : summary.hosts) {
    hosts.push_back(
        {{"host", name},
         {"seconds_over", host.seconds_over},
         {"mean", host.covered > 0 ? json_of(host.mean) : Json()},
         {"highest_average", json_of(host.highest_average)}});
  }
  Json moves = Json::array();
  for (const auto& [move, count] : summary.destinations) {
    moves.push_back({{"guest", move.first}, {"to", move.second}, {"times", count}});
  }
  const Json json{
      {"schema", "migralab.balance-run/1"},
      {"accelerator", accelerator},
      {"policy", policy},
      {"hosts", hosts},
      {"imbalance", summary.imbalance},
      {"moved", summary.moves},
      {"failed", summary.failed_moves},
      {"moves", moves},
      {"bytes", summary.bytes},
      {"downtime_ms", std::chrono::duration<double, std::milli>(summary.downtime).count()},
      {"rounds", summary.rounds},
      {"response_ms", std::chrono::duration<double, std::milli>(summary.longest_response).count()},
      {"messages", summary.messages},
      {"message_bytes", summary.message_bytes}};
  return json.dump(2) + "\n";
}

} // namespace migralab
