// SPDX-License-Identifier: Apache-2.0
#include "round_json.hpp"

#include "migralab/core/error.hpp"

#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

namespace migralab::balancer {

namespace {

using Json = nlohmann::ordered_json;

Nanoseconds from_ms(double ms) {
  return std::chrono::round<Nanoseconds>(std::chrono::duration<double, std::milli>(ms));
}

balance::Load load_from(const Json& json) {
  return {.cpu = json.at("cpu"), .mem = json.at("mem"), .net = json.at("net")};
}

std::vector<balance::Move> moves_from(const Json& json) {
  std::vector<balance::Move> moves;
  for (const Json& move : json) {
    moves.push_back({.guest = move.at("guest"), .from = move.at("from"), .to = move.at("to"), .demand = {}});
  }
  return moves;
}

std::optional<double> number_from(const Json& json) {
  return json.is_number() ? std::optional(json.get<double>()) : std::nullopt;
}

/// Volumes and costs are in the records of hosts that had to be relieved.
std::vector<RoundGuest> guests_from(const Json& line) {
  std::map<std::string, const Json*> judged;
  for (const Json& host : line.at("decision").at("records")) {
    for (const Json& guest : host.at("guests")) {
      judged[guest.at("guest")] = &guest;
    }
  }
  std::vector<RoundGuest> guests;
  for (const Json& guest : line.at("guests")) {
    RoundGuest& one = guests.emplace_back(RoundGuest{
        .guest = guest.at("guest"),
        .host = guest.at("host"),
        .average = load_from(guest.at("load")),
        .image_mb = guest.at("image_mb"),
        .volume = {},
        .cost = {}});
    if (const auto found = judged.find(one.guest); found != judged.end()) {
      one.volume = number_from(found->second->at("volume"));
      one.cost = number_from(found->second->at("cost"));
    }
  }
  return guests;
}

/// Empty for what is not there, or null.
std::string text_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

/// What stands in the way, host by host.
std::vector<std::string> reasons_from(const Json& line) {
  std::vector<std::string> reasons;
  for (const Json& host : line.at("decision").at("records")) {
    const std::string why = text_of(host, "why");
    const std::string outcome = text_of(host, "outcome");
    if (outcome != "relieved" && !why.empty()) {
      reasons.push_back(
          fmt::format("{} {}: {}", text_of(host, "host"), outcome == "paced" ? "waits" : "stays as it is", why));
    }
  }
  for (const auto& [list, name] : {std::pair("left_out", "host"), std::pair("doubts", "guest")}) {
    for (const Json& one : line.value(list, Json::array())) {
      reasons.push_back(fmt::format("without {}: {}", text_of(one, name), text_of(one, "why")));
    }
  }
  return reasons;
}

BalanceRound round_from(const Json& line, Instant at) {
  const Json& decision = line.at("decision");
  return {
      .at = at,
      .number = line.at("round"),
      .asked_by = line.at("asked_by").get<std::vector<std::string>>(),
      .took = from_ms(line.at("took_ms")),
      .held_back = line.at("held_back"),
      .moves = moves_from(decision.at("moves")),
      .advice = moves_from(decision.at("advice")),
      .reasons = reasons_from(line),
      .guests = guests_from(line),
      .record = line.dump()};
}

template <typename Take> BalanceRound parsed(const std::string& line, const Take& take) {
  try {
    return take(Json::parse(line));
  } catch (const Json::exception& error) {
    throw Error(fmt::format("it is no record of a round: {}", error.what()));
  }
}

} // namespace

BalanceRound round_from_log(const std::string& text) {
  return parsed(text, [](Json line) {
    const Instant at{Nanoseconds(line.at("at_ns").get<std::int64_t>())};
    for (const char* of_log : {"kind", "at_ns", "node"}) {
      line.erase(of_log);
    }
    return round_from(line, at);
  });
}

std::string round_line(const BalanceRound& round, Instant origin) {
  Json line{{"at_ns", (round.at - origin).count()}};
  line.update(Json::parse(round.record));
  return line.dump();
}

BalanceRound round_from_line(const std::string& text, Instant origin) {
  return parsed(text, [&](Json line) {
    const Nanoseconds at(line.at("at_ns").get<std::int64_t>());
    line.erase("at_ns");
    return round_from(line, origin + at);
  });
}

} // namespace migralab::balancer
