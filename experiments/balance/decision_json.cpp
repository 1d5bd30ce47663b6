// SPDX-License-Identifier: Apache-2.0
#include "migralab/balance/decision_json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

namespace migralab::balance {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* schema_name = "migralab.balance/1";

Json json_of(const Load& load) {
  return {{"cpu", load.cpu}, {"mem", load.mem}, {"net", load.net}};
}

/// JSON has no infinity.
Json json_of(double number) {
  return std::isfinite(number) ? Json(number) : Json();
}

Json json_of(const std::string& why) {
  return why.empty() ? Json() : Json(why);
}

Json json_of(const std::vector<Move>& moves) {
  Json list = Json::array();
  for (const Move& move : moves) {
    list.push_back({{"guest", move.guest}, {"from", move.from}, {"to", move.to}});
  }
  return list;
}

Json json_of(const GuestRecord& record, const Cluster& cluster) {
  Json destinations = Json::array();
  for (const DestinationRecord& destination : record.destinations) {
    destinations.push_back(
        {{"host", cluster.hosts[destination.host].name},
         {"after", json_of(destination.after)},
         {"rule", to_string(destination.rule)}});
  }
  Json others = Json::object();
  for (std::size_t rule = 0; rule < rules; ++rule) {
    if (record.others[rule] > 0) {
      others[std::string(to_string(static_cast<Rule>(rule)))] = record.others[rule];
    }
  }
  return {
      {"guest", cluster.guests[record.guest].name},
      {"volume", json_of(record.volume)},
      {"cost", json_of(record.cost)},
      {"source_after", json_of(record.source_after)},
      {"verdict", to_string(record.verdict)},
      {"why", json_of(record.why)},
      {"destinations", destinations},
      {"other_destinations", others},
      {"not_looked_at", record.not_looked_at}};
}

Json json_of(const HostRecord& record, const Cluster& cluster) {
  Json over = Json::array();
  for (const Resource resource : record.over) {
    over.push_back(to_string(resource));
  }
  Json guests = Json::array();
  for (const GuestRecord& guest : record.guests) {
    guests.push_back(json_of(guest, cluster));
  }
  Json predictions = Json::array();
  for (const Prediction& prediction : record.predictions) {
    predictions.push_back(
        {{"host", cluster.hosts[prediction.host].name},
         {"before", json_of(prediction.before)},
         {"after", json_of(prediction.after)}});
  }
  return {
      {"host", cluster.hosts[record.host].name},
      {"trigger", to_string(record.trigger)},
      {"load", json_of(record.load)},
      {"over", over},
      {"target", record.target},
      {"outcome", to_string(record.outcome)},
      {"why", json_of(record.why)},
      {"search", {{"steps", record.steps}, {"complete", record.searched_all}}},
      {"guests", guests},
      {"predictions", predictions}};
}

/// An object that has all of these keys and no others.
Json object_schema(const std::string& about, const Json& properties) {
  Json needed = Json::array();
  for (const auto& [key, schema] : properties.items()) {
    needed.push_back(key);
  }
  return {
      {"description", about},
      {"type", "object"},
      {"required", needed},
      {"properties", properties},
      {"additionalProperties", false}};
}

Json list_schema(const std::string& about, const Json& item) {
  return {{"description", about}, {"type", "array"}, {"items", item}};
}

template <typename Word, std::size_t count> Json words_schema(const std::string& about, const Word (&words)[count]) {
  Json names = Json::array();
  for (const Word word : words) {
    names.push_back(to_string(word));
  }
  return {{"description", about}, {"enum", names}};
}

Json text_schema(const std::string& about, bool may_be_null = false) {
  return {{"description", about}, {"type", may_be_null ? Json{"string", "null"} : Json("string")}};
}

Json number_schema(const std::string& about, const Json& type = "number") {
  return {{"description", about}, {"type", type}};
}

Json load_schema(const std::string& about) {
  const Json share = number_schema("Share of what the host has; 1 is all of it.");
  return object_schema(about, {{"cpu", share}, {"mem", share}, {"net", share}});
}

Json moves_schema(const std::string& about) {
  const Json name = {{"type", "string"}};
  return list_schema(about, object_schema("A move.", {{"guest", name}, {"from", name}, {"to", name}}));
}

Json rule_schema() {
  Json names = Json::array();
  for (std::size_t rule = 0; rule < rules; ++rule) {
    names.push_back(to_string(static_cast<Rule>(rule)));
  }
  return {{"description", "Why it was taken, or the rule that rejected it."}, {"enum", names}};
}

Json guest_schema() {
  const Json infinite{"number", "null"};
  const Json destination = object_schema(
      "A host that the guest could go to.",
      {{"host", text_schema("Its name.")}, {"after", load_schema("With the guest.")}, {"rule", rule_schema()}});
  return object_schema(
      "A guest of the host.",
      {{"guest", text_schema("Its name.")},
       {"volume", number_schema("1/((1-cpu)(1-mem)(1-net)); null is infinite.", infinite)},
       {"cost", number_schema("volume^alpha image^beta; null is infinite.", infinite)},
       {"source_after", load_schema("Of its host without it.")},
       {"verdict",
        words_schema(
            "What became of it.",
            {Verdict::moves, Verdict::unneeded, Verdict::too_little, Verdict::no_destination, Verdict::paced})},
       {"why", text_schema("With verdict paced: what holds it back.", true)},
       {"destinations", list_schema("First choice first; empty where none was looked for.", destination)},
       {"other_destinations",
        {{"description", "Of the next choices, how many each rule rejected."},
         {"type", "object"},
         {"additionalProperties", {{"type", "integer"}, {"minimum", 1}}}}},
       {"not_looked_at", number_schema("Hosts beyond those.", "integer")}});
}

Json record_schema() {
  using Trigger = HostRecord::Trigger;
  using Outcome = HostRecord::Outcome;
  const Json prediction = object_schema(
      "A host before and after the planned moves.",
      {{"host", text_schema("Its name.")}, {"before", load_schema("Now.")}, {"after", load_schema("Then.")}});
  return object_schema(
      "A host that had to be relieved.",
      {{"host", text_schema("Its name.")},
       {"trigger", words_schema("Why it was looked at.", {Trigger::overloaded, Trigger::uneven, Trigger::evacuating})},
       {"load", load_schema("Smoothed.")},
       {"over",
        list_schema("Resources above the limit.", words_schema("", {Resource::cpu, Resource::mem, Resource::net}))},
       {"target", number_schema("Share that it must fall to: the policy's, or less for min_improvement.")},
       {"outcome",
        words_schema("What came of it.", {Outcome::relieved, Outcome::partly, Outcome::paced, Outcome::no_way})},
       {"why", text_schema("Where it is not relieved: why. Else what more there is to say.", true)},
       {"search",
        object_schema(
            "For a combination of guests.",
            {{"steps", number_schema("0: one guest was enough.", "integer")},
             {"complete", {{"description", "False: it came to its limit."}, {"type", "boolean"}}}})},
       {"guests", list_schema("Cheapest first.", guest_schema())},
       {"predictions", list_schema("The host itself, then destinations.", prediction)}});
}

} // namespace

std::string to_json(
    const Decision& decision,
    const Cluster& cluster,
    const std::string& policy,
    const Parameters& parameters,
    Layout layout) {
  Json records = Json::array();
  for (const HostRecord& record : decision.records) {
    records.push_back(json_of(record, cluster));
  }
  const Json json{
      {"schema", schema_name},
      {"policy", policy},
      {"limits", {{"overload", parameters.overload}, {"target", parameters.target}, {"ceiling", parameters.ceiling}}},
      {"moves", json_of(decision.moves)},
      {"advice", json_of(decision.advice)},
      {"records", records}};
  return layout == Layout::indented ? json.dump(2) + "\n" : json.dump();
}

std::string decision_schema() {
  const Json share{{"type", "number"}};
  Json schema{
      {"$schema", "https://json-schema.org/draft/2020-12/schema"},
      {"$id", "urn:migralab:balance-decision:1"},
      {"title", "output of migralab balance decide --json"}};
  schema.update(object_schema(
      "What a policy decided and why.",
      {{"schema", {{"const", schema_name}}},
       {"policy", text_schema("Its name.")},
       {"limits", object_schema("Of the policy.", {{"overload", share}, {"target", share}, {"ceiling", share}})},
       {"moves", moves_schema("To be carried out; those of different hosts at the same time.")},
       {"advice", moves_schema("With advise=true: what would have been moved.")},
       {"records", list_schema("Hottest host first; empty where all is well.", record_schema())}}));
  return schema.dump(2) + "\n";
}

} // namespace migralab::balance
