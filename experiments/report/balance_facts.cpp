// SPDX-License-Identifier: Apache-2.0
#include "balance_facts.hpp"

#include "migralab/balance/policy.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace migralab {

namespace {

using Json = nlohmann::ordered_json;

ToldMove told(const balancer::BalanceMove& move) {
  return {
      .guest = move.guest,
      .from = move.from,
      .to = move.to,
      .at = move.began,
      .round = 0,
      .begun = true,
      .total = move.ended ? std::optional<Nanoseconds>(*move.ended - move.began) : std::nullopt,
      .downtime = move.downtime,
      .bytes = move.bytes,
      .result = move.succeeded ? "ok"
                : move.ended   ? "failed"
                               : "lost",
      .why = move.succeeded ? "" : move.error};
}

ToldMove told(const balancer::OrderEnd& order) {
  return {
      .guest = order.guest,
      .from = order.from,
      .to = order.to,
      .at = order.at,
      .round = order.round,
      .result = order.end,
      .why = order.why};
}

/// The records that a round was read from are checked no further than the trace needs.
std::string text_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

const Json& list_of(const Json& json, const char* key) {
  static const Json none = Json::array();
  const auto found = json.find(key);
  return found != json.end() && found->is_array() ? *found : none;
}

const Json& object_of(const Json& json, const char* key) {
  static const Json none = Json::object();
  const auto found = json.find(key);
  return found != json.end() && found->is_object() ? *found : none;
}

std::string over_of(const Json& host) {
  std::string text;
  for (const Json& resource : list_of(host, "over")) {
    const std::string name = resource.is_string() ? resource.get<std::string>() : "";
    const Json& load = object_of(host, "load");
    const auto share = load.find(name);
    text += text.empty() ? "" : ", ";
    text +=
        share != load.end() && share->is_number() ? fmt::format("{} {:.2f} %", name, 100 * share->get<double>()) : name;
  }
  return text;
}

std::string destination_of(const balancer::BalanceRound& round, const std::string& guest) {
  for (const auto* moves : {&round.moves, &round.advice}) {
    for (const balance::Move& move : *moves) {
      if (move.guest == guest) {
        return move.to;
      }
    }
  }
  return {};
}

WeighedGuest weighed(const Json& record, const balancer::BalanceRound& round) {
  WeighedGuest guest;
  guest.guest = text_of(record, "guest");
  guest.verdict = text_of(record, "verdict");
  guest.why = text_of(record, "why");
  guest.to = destination_of(round, guest.guest);
  const auto measured =
      std::find_if(round.guests.begin(), round.guests.end(), [&](const auto& one) { return one.guest == guest.guest; });
  if (measured != round.guests.end()) {
    guest.average = measured->average;
    guest.volume = measured->volume;
    guest.image_mb = measured->image_mb;
    guest.cost = measured->cost;
  }
  return guest;
}

} // namespace

std::vector<ToldMove> told_moves(const balancer::BalanceTrace& trace) {
  std::vector<ToldMove> moves;
  for (const balancer::BalanceMove& move : trace.moves) {
    moves.push_back(told(move));
  }
  std::vector<bool> ordered(moves.size(), false);
  for (const balancer::OrderEnd& order : trace.orders) {
    // An order that was refused or dropped came to no migration, however alike another one is.
    std::size_t found = order.end == "refused" || order.end == "dropped" ? ordered.size() : 0;
    while (found < ordered.size() &&
           (ordered[found] || moves[found].guest != order.guest || moves[found].from != order.from ||
            moves[found].to != order.to || moves[found].at > order.at)) {
      ++found;
    }
    if (found < ordered.size()) {
      ordered[found] = true;
      moves[found].round = order.round;
    } else {
      moves.push_back(told(order));
    }
  }
  std::stable_sort(moves.begin(), moves.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  return moves;
}

RoundFacts facts_of(const balancer::BalanceRound& round) {
  RoundFacts facts;
  const Json record = Json::parse(round.record, nullptr, false);
  for (const Json& host : list_of(object_of(record, "decision"), "records")) {
    RelievedHost& relieved = facts.hosts.emplace_back(RelievedHost{
        .host = text_of(host, "host"),
        .trigger = text_of(host, "trigger"),
        .over = over_of(host),
        .outcome = text_of(host, "outcome"),
        .why = text_of(host, "why"),
        .guests = {}});
    for (const Json& guest : list_of(host, "guests")) {
      relieved.guests.push_back(weighed(guest, round));
    }
  }
  for (const auto& [list, name] : {std::pair("left_out", "host"), std::pair("doubts", "guest")}) {
    for (const Json& doubt : list_of(record, list)) {
      facts.doubts.push_back(text_of(doubt, name) + ": " + text_of(doubt, "why"));
    }
  }
  return facts;
}

std::string moves_from(const std::vector<balance::Move>& moves, const std::string& host) {
  std::string text;
  for (const balance::Move& move : moves) {
    if (move.from == host) {
      text += fmt::format("{}{} to {}", text.empty() ? "" : ", ", move.guest, move.to);
    }
  }
  return text;
}

std::optional<balance::Parameters> policy_of(const Cell& cell) {
  if (!cell.experiment.balance) {
    return std::nullopt;
  }
  const balancer::BalanceWish& wish = cell.experiment.balance->wish;
  return balance::make_policy(wish.policy, wish.parameters).parameters();
}

} // namespace migralab
