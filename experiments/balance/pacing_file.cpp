// SPDX-License-Identifier: Apache-2.0
#include "migralab/balance/pacing_file.hpp"

#include "migralab/core/error.hpp"
#include "value_kind.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace migralab::balance {

namespace {

constexpr const char* pacing_schema = "migralab.pacing/2";

std::uint64_t nanoseconds(Instant instant) {
  return static_cast<std::uint64_t>(instant.time_since_epoch().count());
}

Json json_of(const Load& load) {
  return {{"cpu", load.cpu}, {"mem", load.mem}, {"net", load.net}};
}

/// A value of the file, and how it is called in messages. Each function throws Error "moved.web[0] is no time".
class Field {
public:
  Field(const Json& json, std::string name) : json_(json), name_(std::move(name)) {}

  [[nodiscard]] Field operator[](const char* key) const {
    const std::string name = name_.empty() ? key : name_ + "." + key;
    if (!json_.is_object() || !json_.contains(key)) {
      throw Error(name + " is missing");
    }
    return {json_[key], name};
  }
  [[nodiscard]] std::vector<Field> items() const {
    expect(json_.is_array(), "is no list");
    std::vector<Field> all;
    for (std::size_t i = 0; i < json_.size(); ++i) {
      all.emplace_back(json_[i], fmt::format("{}[{}]", name_, i));
    }
    return all;
  }
  [[nodiscard]] bool has(const char* key) const { return json_.is_object() && json_.contains(key); }
  [[nodiscard]] std::vector<std::pair<std::string, Field>> entries() const {
    expect(json_.is_object(), "is no object");
    std::vector<std::pair<std::string, Field>> all;
    for (const auto& [key, value] : json_.items()) {
      all.emplace_back(key, Field(value, name_ + "." + key));
    }
    return all;
  }
  [[nodiscard]] std::string text() const {
    expect(json_.is_string() && !json_.get_ref<const std::string&>().empty(), "is no name");
    return json_.get<std::string>();
  }
  [[nodiscard]] std::uint64_t count() const {
    expect(json_.is_number_unsigned(), "is no count");
    return json_.get<std::uint64_t>();
  }
  [[nodiscard]] double number() const {
    expect(json_.is_number(), "is no number");
    return json_.get<double>();
  }
  [[nodiscard]] Load load() const {
    const auto amount = [this](const char* resource) {
      const Field field = (*this)[resource];
      field.expect(field.json_.is_number() && field.json_.get<double>() >= 0, "is no amount");
      return field.json_.get<double>();
    };
    return {amount("cpu"), amount("mem"), amount("net")};
  }
  /// Not after `latest`.
  [[nodiscard]] Instant time(Instant latest) const {
    expect(json_.is_number_unsigned(), "is no time");
    expect(json_.get<std::uint64_t>() <= nanoseconds(latest), "is still to come");
    return Instant(Nanoseconds(json_.get<std::int64_t>()));
  }

private:
  void expect(bool holds, const char* otherwise) const {
    if (!holds) {
      throw Error(fmt::format("{} {}", name_, otherwise));
    }
  }

  const Json& json_;
  std::string name_;
};

Json parse_json(const std::string& text) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    const std::string_view read = std::string_view(text).substr(0, std::min(error.byte, text.size()));
    throw Error(fmt::format("it is no JSON from line {} on", std::count(read.begin(), read.end(), '\n') + 1));
  } catch (const Json::exception&) {
    throw Error("it is no JSON that can be read: a number in it is too large");
  }
}

Learnt learnt_from(const Field& field, Instant written) {
  Learnt learnt;
  learnt.threshold = field["threshold"].number();
  for (const Field& gain : field["gains"].items()) {
    learnt.gains.push_back(gain.number());
  }
  if (field.has("before")) {
    learnt.before = field["before"].number();
  }
  learnt.deviation = field["deviation"].number();
  learnt.quiet = static_cast<unsigned>(field["quiet"].count());
  learnt.latest = field["latest_ns"].time(written);
  return learnt;
}

PacingState read(const Json& json, const std::string& boot, Instant now) {
  if (!json.is_object() || json.value("schema", Json()) != Json(pacing_schema)) {
    throw Error(fmt::format("it is not what a policy remembers: its schema is not '{}'", pacing_schema));
  }
  const Field root(json, "");
  if (root["boot"].text() != boot) {
    throw Error("it is of another boot, whose clock says nothing about this one");
  }
  const Instant written = root["written_ns"].time(now);
  PacingState state;
  for (const Field& move : root["in_flight"].items()) {
    state.in_flight.push_back({move["guest"].text(), move["from"].text(), move["to"].text(), move["demand"].load()});
  }
  for (const auto& [guest, ends] : root["moved"].entries()) {
    std::vector<Instant>& times = state.moved[guest];
    for (const Field& end : ends.items()) {
      times.push_back(end.time(written));
    }
  }
  for (const auto& [host, rounds] : root["overloaded"].entries()) {
    state.overloaded[host] = {rounds["history"].count(), rounds["latest_ns"].time(written)};
  }
  if (root.has("samples")) {
    for (const auto& [host, samples] : root["samples"].entries()) {
      for (const Field& sample : samples.items()) {
        state.samples[host].push_back(sample.load());
      }
    }
    state.sampled = root["sampled_ns"].time(written);
  }
  if (root.has("learnt")) {
    state.learnt = learnt_from(root["learnt"], written);
  }
  return state;
}

Json json_of(const Learnt& learnt) {
  Json json{
      {"threshold", learnt.threshold},
      {"gains", learnt.gains},
      {"deviation", learnt.deviation},
      {"quiet", learnt.quiet},
      {"latest_ns", nanoseconds(learnt.latest)}};
  if (learnt.before) {
    json["before"] = *learnt.before;
  }
  return json;
}

} // namespace

std::string pacing_text(const PacingState& state, const std::string& boot, Instant now) {
  Json json{
      {"schema", pacing_schema},
      {"boot", boot},
      {"written_ns", nanoseconds(now)},
      {"in_flight", Json::array()},
      {"moved", Json::object()},
      {"overloaded", Json::object()}};
  for (const Move& move : state.in_flight) {
    json["in_flight"].push_back(
        {{"guest", move.guest}, {"from", move.from}, {"to", move.to}, {"demand", json_of(move.demand)}});
  }
  for (const auto& [guest, ends] : state.moved) {
    Json& times = json["moved"][guest] = Json::array();
    for (const Instant end : ends) {
      times.push_back(nanoseconds(end));
    }
  }
  for (const auto& [host, rounds] : state.overloaded) {
    json["overloaded"][host] = {{"history", rounds.history}, {"latest_ns", nanoseconds(rounds.latest)}};
  }
  // Only some policies have these.
  for (const auto& [host, samples] : state.samples) {
    Json& list = json["samples"][host] = Json::array();
    for (const Load& sample : samples) {
      list.push_back(json_of(sample));
    }
    json["sampled_ns"] = nanoseconds(state.sampled);
  }
  if (state.learnt) {
    json["learnt"] = json_of(*state.learnt);
  }
  return json.dump(2) + "\n";
}

Parsed<PacingState> parse_pacing(const std::string& text, const std::string& boot, Instant now) {
  try {
    return {read(parse_json(text), boot, now), ""};
  } catch (const Error& error) {
    return {std::nullopt, error.what()};
  }
}

} // namespace migralab::balance
