// SPDX-License-Identifier: Apache-2.0
#include "balance_facts.hpp"

#include "migralab/balance/policy.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
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
      .why = move.error};
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

/// The order of the migration that an order without a name ended: the latest one that began before; empty: none.
std::string latest_like(const balancer::BalanceTrace& trace, const balancer::OrderEnd& order) {
  std::string latest;
  for (const balancer::BalanceMove& move : trace.moves) {
    if (move.guest == order.guest && move.from == order.from && move.to == order.to && move.began <= order.at) {
      latest = move.order;
    }
  }
  return latest;
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
  std::map<std::string, std::size_t> carried_out; // by order
  for (const balancer::BalanceMove& move : trace.moves) {
    carried_out.emplace(move.order, carried_out.size());
  }
  for (const balancer::OrderEnd& order : trace.orders) {
    const auto found = carried_out.find(order.order.empty() ? latest_like(trace, order) : order.order);
    if (found == carried_out.end()) {
      carried_out.emplace(order.order, moves.size());
      moves.push_back(told(order));
    } else if (ToldMove& move = moves[found->second]; !move.begun) { // found after all
      move = told(order);
    } else if (order.round != 0) {
      move.round = order.round;
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
