// SPDX-License-Identifier: Apache-2.0
#include "log_writer.hpp"

#include "migralab/balance/decision_json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace migralab::balancer {

namespace {

using Json = nlohmann::ordered_json;

Json json_of(const balance::Load& load) {
  return {{"cpu", load.cpu}, {"mem", load.mem}, {"net", load.net}};
}

Json json_of(const std::vector<coordination::GuestReport>& guests) {
  constexpr std::array states{"running", "leaving", "arriving"};
  Json list = Json::array();
  for (const coordination::GuestReport& guest : guests) {
    list.push_back(
        {{"guest", guest.name},
         {"state", states.at(static_cast<std::size_t>(guest.state))},
         {"load", json_of(guest.load)},
         {"image_mb", guest.image_mb}});
  }
  return list;
}

std::string id_of(const coordination::OrderId& order) {
  return fmt::format("{:016x}-{}", order.coordinator, order.number);
}

Json json_of(const balance::Move& move) {
  return {{"guest", move.guest}, {"from", move.from}, {"to", move.to}};
}

double ms(Nanoseconds span) {
  return std::chrono::duration<double, std::milli>(span).count();
}

void write_line(const std::string& node, const char* kind, const Json& what) {
  Json line{{"kind", kind}, {"at_ns", std::chrono::steady_clock::now().time_since_epoch().count()}, {"node", node}};
  line.update(what);
  const std::string text = line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  if (::write(STDOUT_FILENO, text.data(), text.size()) < 0) {
    return; // a full disk loses the line; guests are balanced all the same
  }
}

Json json_of(
    const coordination::RoundDecided& round,
    const std::string& policy,
    const balance::Parameters& parameters) {
  Json left_out = Json::array();
  for (const coordination::LeftOut& host : round.left_out) {
    left_out.push_back({{"host", host.host}, {"why", host.why}});
  }
  Json doubts = Json::array();
  for (const coordination::Doubt& doubt : round.doubts) {
    doubts.push_back({{"guest", doubt.guest}, {"why", doubt.why}});
  }
  Json guests = Json::array();
  for (const balance::Guest& guest : round.cluster.guests) {
    guests.push_back(
        {{"guest", guest.name},
         {"host", round.cluster.hosts[guest.host].name},
         {"load", json_of(guest.load)},
         {"image_mb", guest.image_mb}});
  }
  return {
      {"round", round.round},
      {"asked_by", round.asked_by},
      {"took_ms", ms(round.took)},
      {"left_out", left_out},
      {"doubts", doubts},
      {"held_back", round.held_back},
      {"guests", guests},
      {"decision",
       Json::parse(balance::to_json(round.decision, round.cluster, policy, parameters, balance::Layout::one_line))}};
}

} // namespace

void LogWriter::note(const std::string& text) const {
  write_line(node_, "note", {{"text", text}});
}

void LogWriter::sample(const coordination::HostSample& seen, const coordination::HostSample& averages) const {
  write_line(
      node_,
      "sample",
      {{"load", json_of(seen.load)},
       {"average", json_of(averages.load)},
       {"guests", json_of(seen.guests)},
       {"guest_averages", json_of(averages.guests)}});
}

void LogWriter::traffic(const TrafficCount& count) const {
  Json refused = Json::object();
  for (std::size_t i = 0; i < count.refused.size(); ++i) {
    if (count.refused[i] > 0) {
      refused[std::string(to_string(static_cast<coordination::Refusal>(i)))] = count.refused[i];
    }
  }
  write_line(
      node_,
      "traffic",
      {{"sent", count.sent}, {"sent_bytes", count.sent_bytes}, {"received", count.received}, {"refused", refused}});
}

void LogWriter::began(const coordination::Order& order) const {
  write_line(node_, "begin", {{"order", id_of(order.id)}, {"guest", order.guest}, {"to", order.to}});
}

void LogWriter::ended(const coordination::Order& order, const MigrationRecord& record) const {
  const auto downtime = record.hypervisor_downtime();
  const auto bytes = record.completed.find("data_processed"); // with the disk, where that moved, too
  write_line(
      node_,
      "end",
      {{"order", id_of(order.id)},
       {"guest", order.guest},
       {"to", order.to},
       {"succeeded", record.succeeded},
       {"error", record.error},
       {"began_ns", record.began.time_since_epoch().count()},
       {"ended_ns", record.ended.time_since_epoch().count()},
       {"downtime_ms", downtime ? Json(ms(*downtime)) : Json()},
       {"bytes", bytes == record.completed.end() ? Json() : Json(bytes->second)}});
}

void LogWriter::record(
    const coordination::Record& record,
    const std::string& policy,
    const balance::Parameters& parameters) const {
  using namespace coordination;
  if (const auto* round = std::get_if<RoundDecided>(&record)) {
    write_line(node_, "round", json_of(*round, policy, parameters));
  } else if (const auto* learned = std::get_if<MoveLearned>(&record)) {
    Json json{{"order", id_of(learned->order)}};
    json.update(json_of(learned->move));
    write_line(node_, "learned", json);
  } else if (const auto* ended = std::get_if<MoveEnded>(&record)) {
    Json json{{"round", ended->round}, {"order", id_of(ended->order)}};
    json.update(json_of(ended->move));
    json.update({{"end", to_string(ended->end)}, {"why", ended->why}});
    write_line(node_, "moved", json);
  } else if (const auto* over = std::get_if<RoundEnded>(&record)) {
    write_line(node_, "round-ended", {{"round", over->round}});
  } else if (const auto* emptied = std::get_if<HostEmptied>(&record)) {
    note(fmt::format("{} is empty", emptied->host));
  }
}

} // namespace migralab::balancer
