// SPDX-License-Identifier: Apache-2.0
#include "json_fields.hpp"

#include "migralab/core/error.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

namespace migralab {

using Json = nlohmann::ordered_json;

Json parse_json(std::string_view text) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    const std::string_view read = text.substr(0, std::min(error.byte, text.size()));
    throw Error(fmt::format("it is no JSON from line {} on", std::count(read.begin(), read.end(), '\n') + 1));
  } catch (const Json::exception&) { // a number beyond what a double holds
    throw Error("it is no JSON that can be read: a number in it is too large");
  }
}

JsonFields::JsonFields(const Json& object, std::string place) : object_(object), place_(std::move(place)) {
  if (!object.is_object()) {
    throw Error(fmt::format("{} is no JSON object", place_.empty() ? "it" : place_));
  }
}

std::string JsonFields::name(const char* key) const {
  return place_.empty() ? key : place_ + "." + key;
}

void JsonFields::refuse(const char* key, const std::string& why) const {
  throw Error(fmt::format("{} {}", name(key), why));
}

const Json& JsonFields::at(const char* key) const {
  const auto found = object_.find(key);
  if (found == object_.end()) {
    refuse(key, "is missing");
  }
  return *found;
}

std::string JsonFields::text(const char* key) const {
  const Json& value = at(key);
  if (!value.is_string()) {
    refuse(key, "is no text");
  }
  return value.get<std::string>();
}

bool JsonFields::flag(const char* key) const {
  const Json& value = at(key);
  if (!value.is_boolean()) {
    refuse(key, "is neither true nor false");
  }
  return value.get<bool>();
}

std::int64_t JsonFields::whole(const char* key) const {
  const Json& value = at(key);
  const bool too_large =
      value.is_number_unsigned() && value.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max();
  if (!value.is_number_integer() || too_large) {
    refuse(key, "is no whole number");
  }
  return value.get<std::int64_t>();
}

std::uint64_t JsonFields::count(const char* key) const {
  const Json& value = at(key);
  if (!value.is_number_unsigned()) {
    refuse(key, "is no count");
  }
  return value.get<std::uint64_t>();
}

unsigned JsonFields::number(const char* key) const {
  const std::uint64_t value = count(key);
  if (value > std::numeric_limits<unsigned>::max()) {
    refuse(key, "is no such number");
  }
  return static_cast<unsigned>(value);
}

std::map<std::string, double> JsonFields::numbers(const char* key) const {
  std::map<std::string, double> values;
  const JsonFields inner = object(key);
  for (const auto& [field, value] : inner.object_.items()) {
    if (!value.is_number()) {
      inner.refuse(field.c_str(), "is no number");
    }
    values[field] = value.get<double>();
  }
  return values;
}

std::vector<std::pair<std::string, std::string>> JsonFields::texts(const char* key) const {
  std::vector<std::pair<std::string, std::string>> values;
  const JsonFields inner = object(key);
  for (const auto& [field, value] : inner.object_.items()) {
    values.emplace_back(field, inner.text(field.c_str()));
  }
  return values;
}

JsonFields JsonFields::object(const char* key) const {
  return JsonFields(at(key), name(key));
}

std::vector<JsonFields> JsonFields::list(const char* key) const {
  const Json& value = at(key);
  if (!value.is_array()) {
    refuse(key, "is no list");
  }
  std::vector<JsonFields> entries;
  for (std::size_t i = 0; i < value.size(); ++i) {
    entries.emplace_back(value[i], fmt::format("{}[{}]", name(key), i));
  }
  return entries;
}

} // namespace migralab
