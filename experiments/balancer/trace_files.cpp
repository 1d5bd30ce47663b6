// SPDX-License-Identifier: Apache-2.0
#include "migralab/balancer/trace_files.hpp"

#include "migralab/core/csv.hpp"
#include "migralab/core/error.hpp"
#include "round_json.hpp"

#include <fmt/format.h>
#include <sstream>

namespace migralab::balancer {

namespace {

std::string write_samples(const BalanceTrace& trace, Instant origin) {
  CsvWriter csv(
      origin, {"at_s", "host", "guest", "cpu", "mem", "net", "average_cpu", "average_mem", "average_net", "image_mb"});
  for (const LoadSample& sample : trace.samples) {
    csv.at(sample.at).text(sample.host).text(sample.guest);
    for (const balance::Load& load : {sample.load, sample.average}) {
      csv.number(load.cpu).number(load.mem).number(load.net);
    }
    csv.number(sample.image_mb).end_row();
  }
  return csv.take();
}

void read_samples(const std::string& text, Instant origin, BalanceTrace& trace) {
  CsvReader csv("balance_samples.csv", text, origin);
  while (csv.next()) {
    trace.samples.push_back(
        {.at = csv.at("at_s"),
         .host = csv.text("host"),
         .guest = csv.text("guest"),
         .load = {.cpu = csv.number("cpu"), .mem = csv.number("mem"), .net = csv.number("net")},
         .average =
             {.cpu = csv.number("average_cpu"), .mem = csv.number("average_mem"), .net = csv.number("average_net")},
         .image_mb = csv.number("image_mb")});
  }
}

std::string write_moves(const BalanceTrace& trace, Instant origin) {
  CsvWriter csv(
      origin,
      {"order", "guest", "from", "to", "ordered_s", "began_s", "ended_s", "succeeded", "downtime_s", "bytes", "error"});
  for (const BalanceMove& move : trace.moves) {
    csv.text(move.order).text(move.guest).text(move.from).text(move.to).at(move.ordered).at(move.began).at(move.ended);
    csv.number(std::uint64_t{move.succeeded ? 1U : 0U});
    if (move.downtime) {
      csv.seconds(*move.downtime);
    } else {
      csv.empty();
    }
    csv.number(move.bytes).text(move.error).end_row();
  }
  return csv.take();
}

void read_moves(const std::string& text, Instant origin, BalanceTrace& trace) {
  CsvReader csv("balance_moves.csv", text, origin);
  while (csv.next()) {
    trace.moves.push_back(
        {.order = csv.text("order"),
         .guest = csv.text("guest"),
         .from = csv.text("from"),
         .to = csv.text("to"),
         .ordered = csv.at("ordered_s"),
         .began = csv.at("began_s"),
         .ended = csv.maybe_at("ended_s"),
         .succeeded = csv.count("succeeded") == 1,
         .error = csv.text("error"),
         .downtime = csv.text("downtime_s").empty() ? std::nullopt : std::optional(csv.seconds("downtime_s")),
         .bytes = csv.number("bytes")});
  }
}

std::string write_orders(const BalanceTrace& trace, Instant origin) {
  CsvWriter csv(origin, {"at_s", "order", "round", "guest", "from", "to", "end", "why"});
  for (const OrderEnd& order : trace.orders) {
    csv.at(order.at).text(order.order).number(order.round).text(order.guest).text(order.from).text(order.to);
    csv.text(order.end).text(order.why).end_row();
  }
  return csv.take();
}

void read_orders(const std::string& text, Instant origin, BalanceTrace& trace) {
  CsvReader csv("balance_orders.csv", text, origin);
  while (csv.next()) {
    trace.orders.push_back(
        {.at = csv.at("at_s"),
         .order = csv.text("order"),
         .round = csv.count("round"),
         .guest = csv.text("guest"),
         .from = csv.text("from"),
         .to = csv.text("to"),
         .end = csv.text("end"),
         .why = csv.text("why")});
  }
}

std::string write_traffic(const BalanceTrace& trace, Instant origin) {
  CsvWriter csv(origin, {"node", "sent", "sent_bytes", "received", "refused"});
  for (const auto& [node, traffic] : trace.traffic) {
    std::string refused;
    for (const auto& [reason, count] : traffic.refused) {
      refused += fmt::format("{}{} {}", refused.empty() ? "" : " ", reason, count);
    }
    csv.text(node).number(traffic.sent).number(traffic.sent_bytes).number(traffic.received).text(refused).end_row();
  }
  return csv.take();
}

void read_traffic(const std::string& text, Instant origin, BalanceTrace& trace) {
  CsvReader csv("balance_traffic.csv", text, origin);
  while (csv.next()) {
    NodeTraffic& traffic = trace.traffic[csv.text("node")];
    traffic = {
        .sent = csv.count("sent"),
        .sent_bytes = csv.count("sent_bytes"),
        .received = csv.count("received"),
        .refused = {}};
    std::istringstream refused(csv.text("refused"));
    std::string reason;
    for (std::uint64_t count = 0; refused >> reason >> count;) {
      traffic.refused[reason] = count;
    }
  }
}

std::string write_notes(const BalanceTrace& trace, Instant origin) {
  CsvWriter csv(origin, {"at_s", "node", "text"});
  for (const BalanceNote& note : trace.notes) {
    csv.at(note.at).text(note.node).text(note.text).end_row();
  }
  return csv.take();
}

void read_notes(const std::string& text, Instant origin, BalanceTrace& trace) {
  CsvReader csv("balance_notes.csv", text, origin);
  while (csv.next()) {
    trace.notes.push_back({.at = csv.at("at_s"), .node = csv.text("node"), .text = csv.text("text")});
  }
}

std::string write_rounds(const BalanceTrace& trace, Instant origin) {
  std::string text;
  for (const BalanceRound& round : trace.rounds) {
    text += round_line(round, origin) + "\n";
  }
  return text;
}

void read_rounds(const std::string& text, Instant origin, BalanceTrace& trace) {
  std::size_t begin = 0;
  for (std::size_t number = 1; begin < text.size(); ++number) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) {
      throw Error(fmt::format("balance_rounds.jsonl: line {} is cut off", number));
    }
    trace.rounds.push_back(with_context(fmt::format("balance_rounds.jsonl: line {}", number), [&] {
      return round_from_line(text.substr(begin, end - begin), origin);
    }));
    begin = end + 1;
  }
}

} // namespace

const std::vector<TraceTable>& trace_tables() {
  static const std::vector<TraceTable> tables{
      {"balance_samples.csv", write_samples, read_samples},
      {"balance_moves.csv", write_moves, read_moves},
      {"balance_orders.csv", write_orders, read_orders},
      {"balance_traffic.csv", write_traffic, read_traffic},
      {"balance_notes.csv", write_notes, read_notes},
      {"balance_rounds.jsonl", write_rounds, read_rounds}};
  return tables;
}

} // namespace migralab::balancer
