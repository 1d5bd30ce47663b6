// SPDX-License-Identifier: Apache-2.0
#include "migralab/balancer/log_lines.hpp"

#include "migralab/balance/decision_json.hpp"

#include <array>
#include <chrono>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>

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

/// With the disk, where that moved, too. Of a migration that did not end well, as far as it was seen.
std::optional<double> sent_bytes(const MigrationRecord& record) {
  const char* const name = "data_processed";
  if (const auto all = record.completed.find(name); all != record.completed.end()) {
    return all->second;
  }
  std::optional<double> seen;
  for (const JobSample& sample : record.samples) {
    if (const auto some = sample.values.find(name); some != sample.values.end()) {
      seen = some->second;
    }
  }
  return seen;
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

std::string line(const LogStamp& stamp, const char* kind, const Json& what) {
  Json line{{"kind", kind}, {"at_ns", stamp.at.time_since_epoch().count()}, {"node", stamp.node}};
  line.update(what);
  return line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace

std::string note_line(const LogStamp& stamp, const std::string& text) {
  return line(stamp, "note", {{"text", text}});
}

std::string lost_line(const LogStamp& stamp, std::uint64_t lines, const std::string& why) {
  return line(stamp, "lost", {{"lines", lines}, {"why", why}});
}

std::string
sample_line(const LogStamp& stamp, const coordination::HostSample& seen, const coordination::HostSample& averages) {
  return line(
      stamp,
      "sample",
      {{"load", json_of(seen.load)},
       {"average", json_of(averages.load)},
       {"guests", json_of(seen.guests)},
       {"guest_averages", json_of(averages.guests)}});
}

std::string traffic_line(const LogStamp& stamp, const TrafficCount& count) {
  Json refused = Json::object();
  for (std::size_t i = 0; i < count.refused.size(); ++i) {
    if (count.refused[i] > 0) {
      refused[std::string(to_string(static_cast<coordination::Refusal>(i)))] = count.refused[i];
    }
  }
  return line(
      stamp,
      "traffic",
      {{"sent", count.sent}, {"sent_bytes", count.sent_bytes}, {"received", count.received}, {"refused", refused}});
}

std::string begin_line(const LogStamp& stamp, const coordination::Order& order) {
  return line(stamp, "begin", {{"order", id_of(order.id)}, {"guest", order.guest}, {"to", order.to}});
}

std::string end_line(const LogStamp& stamp, const coordination::Order& order, const MigrationRecord& record) {
  const auto downtime = record.hypervisor_downtime();
  const std::optional<double> bytes = sent_bytes(record);
  return line(
      stamp,
      "end",
      {{"order", id_of(order.id)},
       {"guest", order.guest},
       {"to", order.to},
       {"succeeded", record.succeeded},
       {"error", record.error},
       {"began_ns", record.began.time_since_epoch().count()},
       {"ended_ns", record.ended.time_since_epoch().count()},
       {"downtime_ms", downtime ? Json(ms(*downtime)) : Json()},
       {"bytes", bytes ? Json(*bytes) : Json()}});
}

std::string record_line(
    const LogStamp& stamp,
    const coordination::Record& record,
    const std::string& policy,
    const balance::Parameters& parameters) {
  using namespace coordination;
  if (const auto* round = std::get_if<RoundDecided>(&record)) {
    return line(stamp, "round", json_of(*round, policy, parameters));
  }
  if (const auto* learned = std::get_if<MoveLearned>(&record)) {
    Json json{{"order", id_of(learned->order)}};
    json.update(json_of(learned->move));
    return line(stamp, "learned", json);
  }
  if (const auto* ended = std::get_if<MoveEnded>(&record)) {
    Json json{{"round", ended->round}, {"order", id_of(ended->order)}};
    json.update(json_of(ended->move));
    json.update({{"end", to_string(ended->end)}, {"why", ended->why}});
    return line(stamp, "moved", json);
  }
  if (const auto* over = std::get_if<RoundEnded>(&record)) {
    return line(stamp, "round-ended", {{"round", over->round}});
  }
  if (const auto* emptied = std::get_if<HostEmptied>(&record)) {
    return note_line(stamp, fmt::format("{} is empty", emptied->host));
  }
  return "";
}

} // namespace migralab::balancer
