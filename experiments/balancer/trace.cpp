// SPDX-License-Identifier: Apache-2.0
#include "migralab/balancer/trace.hpp"

#include "migralab/core/error.hpp"
#include "round_json.hpp"

#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace migralab::balancer {

namespace {

using Json = nlohmann::ordered_json;

Instant instant_from(const Json& nanoseconds) {
  return Instant(Nanoseconds(nanoseconds.get<std::int64_t>()));
}

Nanoseconds from_ms(double ms) {
  return std::chrono::duration_cast<Nanoseconds>(std::chrono::duration<double, std::milli>(ms));
}

balance::Load load_from(const Json& json) {
  return {.cpu = json.at("cpu"), .mem = json.at("mem"), .net = json.at("net")};
}

void add_samples(const Json& line, BalanceTrace& trace) {
  const Instant at = instant_from(line.at("at_ns"));
  const std::string host = line.at("node");
  trace.samples.push_back(
      {.at = at,
       .host = host,
       .guest = {},
       .load = load_from(line.at("load")),
       .average = load_from(line.at("average"))});
  std::map<std::string, balance::Load> averages;
  for (const Json& guest : line.at("guest_averages")) {
    averages[guest.at("guest")] = load_from(guest.at("load"));
  }
  for (const Json& guest : line.at("guests")) {
    const std::string name = guest.at("guest");
    if (guest.at("state") != "arriving") {
      trace.samples.push_back(
          {.at = at,
           .host = host,
           .guest = name,
           .load = load_from(guest.at("load")),
           .average = averages[name],
           .image_mb = guest.at("image_mb")});
    }
  }
}

std::optional<double> number_from(const Json& json) {
  return json.is_number() ? std::optional(json.get<double>()) : std::nullopt;
}

BalanceMove begun_from(const Json& line) {
  return {
      .guest = line.at("guest"),
      .from = line.at("node"),
      .to = line.at("to"),
      .ordered = instant_from(line.at("at_ns")),
      .began = instant_from(line.at("at_ns")),
      .ended = {},
      .error = "its agent did not live to tell",
      .downtime = {}};
}

void end(BalanceMove& move, const Json& line) {
  move.began = instant_from(line.at("began_ns"));
  move.ended = instant_from(line.at("ended_ns"));
  move.succeeded = line.at("succeeded");
  move.error = line.at("error");
  move.bytes = number_from(line.at("bytes")).value_or(0);
  if (const auto downtime = number_from(line.at("downtime_ms"))) {
    move.downtime = from_ms(*downtime);
  }
}

NodeTraffic traffic_from(const Json& line) {
  NodeTraffic traffic{
      .sent = line.at("sent"), .sent_bytes = line.at("sent_bytes"), .received = line.at("received"), .refused = 0};
  for (const auto& [reason, count] : line.at("refused").items()) {
    traffic.refused += count.get<std::uint64_t>();
  }
  return traffic;
}

NodeTraffic sum(const NodeTraffic& a, const NodeTraffic& b) {
  return {
      .sent = a.sent + b.sent,
      .sent_bytes = a.sent_bytes + b.sent_bytes,
      .received = a.received + b.received,
      .refused = a.refused + b.refused};
}

} // namespace

void TraceReader::read_into(BalanceTrace& trace) {
  std::ifstream file(log_, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(read_));
  std::ostringstream text;
  text << file.rdbuf();
  if (file.bad() || !file.is_open()) {
    throw Error(fmt::format("cannot read {}", log_.native()));
  }
  rest_ += text.str();
  read_ += text.str().size();
  std::size_t begin = 0;
  for (std::size_t end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', begin)) {
    take(rest_.substr(begin, end - begin), trace);
    begin = end + 1;
  }
  rest_.erase(0, begin);
}

void TraceReader::take(const std::string& text, BalanceTrace& trace) {
  try {
    const Json line = Json::parse(text);
    const std::string kind = line.at("kind");
    if (kind == "sample") {
      add_samples(line, trace);
    } else if (kind == "traffic") {
      const NodeTraffic traffic = traffic_from(line);
      if (traffic.sent < current_.sent) { // another life of the process
        earlier_ = sum(earlier_, current_);
      }
      current_ = traffic;
      trace.traffic[node_] = sum(earlier_, current_);
    } else if (kind == "round") {
      trace.rounds.push_back(round_from_log(text));
    } else if (kind == "begin") {
      open_[line.at("order")] = trace.moves.size();
      trace.moves.push_back(begun_from(line));
    } else if (kind == "end") {
      const auto begun = open_.find(line.at("order").get<std::string>());
      if (begun != open_.end()) {
        end(trace.moves.at(begun->second), line);
        open_.erase(begun);
      }
    } else if (kind == "moved") {
      trace.orders.push_back(
          {.at = instant_from(line.at("at_ns")),
           .round = line.at("round"),
           .guest = line.at("guest"),
           .from = line.at("from"),
           .to = line.at("to"),
           .end = line.at("end"),
           .why = line.at("why")});
    } else if (kind == "note") {
      trace.notes.push_back({.at = instant_from(line.at("at_ns")), .node = node_, .text = line.at("text")});
    }
  } catch (const Json::exception&) {
    trace.notes.push_back({.at = std::chrono::steady_clock::now(), .node = node_, .text = text});
  }
}

} // namespace migralab::balancer
