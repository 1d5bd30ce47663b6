// SPDX-License-Identifier: Apache-2.0
// JSON of a run's folder, read strictly: what is missing or of another kind is told by the name of its field. Private.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace migralab {

/// Throws Error "it is no JSON from line 3 on".
[[nodiscard]] nlohmann::ordered_json parse_json(std::string_view text);

/// The fields of an object. Each throws Error "guests[0].migration.from is missing" or "... is no text".
class JsonFields {
public:
  /// `place`: how the object is called in messages ("guests[0]"); empty: the file's own.
  explicit JsonFields(const nlohmann::ordered_json& object, std::string place = {});

  [[nodiscard]] bool has(const char* key) const { return object_.contains(key); }
  [[nodiscard]] std::string text(const char* key) const;
  [[nodiscard]] bool flag(const char* key) const;
  /// A whole number; `count` and `number` of one that is not negative.
  [[nodiscard]] std::int64_t whole(const char* key) const;
  [[nodiscard]] std::uint64_t count(const char* key) const;
  [[nodiscard]] unsigned number(const char* key) const;
  [[nodiscard]] std::map<std::string, double> numbers(const char* key) const;
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> texts(const char* key) const;
  [[nodiscard]] JsonFields object(const char* key) const;
  [[nodiscard]] std::vector<JsonFields> list(const char* key) const;

  /// For a field whose value cannot be right.
  [[noreturn]] void refuse(const char* key, const std::string& why) const;

private:
  [[nodiscard]] const nlohmann::ordered_json& at(const char* key) const;
  [[nodiscard]] std::string name(const char* key) const;

  const nlohmann::ordered_json& object_;
  std::string place_;
};

} // namespace migralab
