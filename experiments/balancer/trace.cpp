// SPDX-License-Identifier: Apache-2.0
#include "migralab/balancer/trace.hpp"

#include "migralab/core/error.hpp"
#include "round_json.hpp"

#include <algorithm>
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
      .order = line.at("order"),
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
  return {
      .sent = line.at("sent"),
      .sent_bytes = line.at("sent_bytes"),
      .received = line.at("received"),
      .refused = line.at("refused").get<std::map<std::string, std::uint64_t>>()};
}

NodeTraffic sum(NodeTraffic a, const NodeTraffic& b) {
  a.sent += b.sent;
  a.sent_bytes += b.sent_bytes;
  a.received += b.received;
  for (const auto& [reason, count] : b.refused) {
    a.refused[reason] += count;
  }
  return a;
}

/// Order 0 is that of an earlier life of the coordinator which nobody has told of.
std::string order_from(const Json& line) {
  const std::string order = line.at("order");
  return order == "0000000000000000-0" ? "" : order;
}

bool shows(const LoadSample& sample, const BalanceMove& move) {
  return sample.guest == move.guest && sample.host == move.to && sample.at > move.began;
}

} // namespace

void find_untold(BalanceTrace& trace) {
  for (BalanceMove& move : trace.moves) {
    if (move.ended || move.succeeded) {
      continue;
    }
    const auto shown = std::find_if(
        trace.samples.begin(), trace.samples.end(), [&](const LoadSample& sample) { return shows(sample, move); });
    if (shown != trace.samples.end()) {
      move.succeeded = true;
      move.error = fmt::format("its agent did not live to tell; {} has it", move.to);
    }
  }
}

void expect_whole(const BalanceTrace& trace, const std::filesystem::path& folder) {
  if (trace.lost.empty()) {
    return;
  }
  const auto& [node, lost] = *trace.lost.begin();
  throw Error(fmt::format(
                  "{} could not write down all that happened, {} or more lines are lost: {}; samples, decisions and "
                  "moves are not complete",
                  node,
                  lost.lines,
                  lost.why))
      .with_hint(fmt::format("make room on the disk of {}, and run it again", folder.native()));
}

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
           .order = order_from(line),
           .round = line.at("round"),
           .guest = line.at("guest"),
           .from = line.at("from"),
           .to = line.at("to"),
           .end = line.at("end"),
           .why = line.at("why")});
    } else if (kind == "lost") {
      LostLines& lost = trace.lost[node_];
      lost = {.lines = std::max(lost.lines, line.at("lines").get<std::uint64_t>()), .why = line.at("why")};
    } else if (kind == "note") {
      trace.notes.push_back({.at = instant_from(line.at("at_ns")), .node = node_, .text = line.at("text")});
    }
  } catch (const Json::parse_error&) {
    if (!text.starts_with(R"({"kind":)")) { // else one that was cut off, which is told as lost
      trace.notes.push_back({.at = std::chrono::steady_clock::now(), .node = node_, .text = text});
    }
  } catch (const Json::exception&) {
    trace.notes.push_back({.at = std::chrono::steady_clock::now(), .node = node_, .text = text});
  }
}

} // namespace migralab::balancer
