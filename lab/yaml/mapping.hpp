// SPDX-License-Identifier: Apache-2.0
// The mapping of one struct of a file format: its keys, in one place. The same mapping reads a file, tells its
// mistakes, and writes the format's JSON Schema.
#pragma once

#include "value_kind.hpp"

#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace migralab {

/// Puts a value where the struct wants it: with its place, or without.
template <typename Member, typename T> void store(Member& member, Located<T> value) {
  if constexpr (std::is_assignable_v<Member&, Located<T>>) {
    member = std::move(value);
  } else {
    member = std::move(value.value);
  }
}

template <typename Struct> class Mapping {
public:
  /// Reads a value into the struct: for keys whose meaning depends on what else the struct has.
  using Read = std::function<void(YamlReader&, const YamlValue&, Struct&)>;

  /// `keys_of` reads "a host" in messages; `about` describes the struct in the schema.
  Mapping(std::string keys_of, std::string about) : keys_of_(std::move(keys_of)), about_(std::move(about)) {}

  /// A key that may be left out, into a member of the struct; `member` is a pointer to it, or a function from the
  /// struct to it.
  template <typename T, typename Member>
  Mapping& key(const std::string& name, ValueKind<T> kind, Member member, const std::string& about) {
    Json schema = kind.schema;
    return key(name, std::move(schema), reads_into(std::move(kind), member), about);
  }
  Mapping& key(const std::string& name, Json schema, Read read, const std::string& about) {
    keys_.push_back({name, {}, with_about(std::move(schema), about), std::move(read)});
    return *this;
  }

  /// A key that must be there; `example` is what an error suggests: "memory: 2GiB".
  template <typename T, typename Member>
  Mapping& required(
      const std::string& name,
      const std::string& example,
      ValueKind<T> kind,
      Member member,
      const std::string& about) {
    Json schema = kind.schema;
    return required(name, example, std::move(schema), reads_into(std::move(kind), member), about);
  }
  Mapping&
  required(const std::string& name, const std::string& example, Json schema, Read read, const std::string& about) {
    keys_.push_back({name, example, with_about(std::move(schema), about), std::move(read)});
    return *this;
  }

  /// Reads the keys that are there, in the order of the mapping; false where the value is no map. `name` is the place
  /// that a missing key is reported at.
  bool read(YamlReader& reader, const YamlValue& map, Location name, Struct& target) const {
    std::vector<RequiredKey> needed;
    std::vector<std::string> others;
    for (const Key& key : keys_) {
      if (key.example.empty()) {
        others.push_back(key.name);
      } else {
        needed.push_back({key.name, key.example});
      }
    }
    const YamlStruct found(reader, map, name, keys_of_, needed, others);
    for (const Key& key : keys_) {
      if (const YamlValue* value = found.find(key.name)) {
        key.read(reader, *value, target);
      }
    }
    return found.readable();
  }

  /// A struct without required keys may also be empty: "lan: ".
  [[nodiscard]] Json schema() const {
    Json properties = Json::object();
    Json needed = Json::array();
    for (const Key& key : keys_) {
      properties[key.name] = key.schema;
      if (!key.example.empty()) {
        needed.push_back(key.name);
      }
    }
    Json schema = Json::object(); // no braces: clang 14 leaks what is in them where it builds the result in place
    schema["description"] = about_;
    schema["type"] = "object";
    if (needed.empty()) {
      schema["type"] = Json::array({"object", "null"});
    } else {
      schema["required"] = needed;
    }
    schema["properties"] = properties;
    schema["additionalProperties"] = false;
    return schema;
  }

private:
  struct Key {
    std::string name;
    std::string example; // empty: the key may be left out
    Json schema;
    Read read;
  };

  template <typename T, typename Member> static Read reads_into(ValueKind<T> kind, Member member) {
    return [kind = std::move(kind), member](YamlReader& reader, const YamlValue& value, Struct& target) {
      auto& wanted = std::invoke(member, target);
      if (auto read = kind.read(reader, value)) {
        store(wanted, Located<T>{std::move(*read), value.where});
      } else if constexpr (requires { wanted.reset(); }) {
        wanted.reset(); // no default where something else was meant
      }
    };
  }

  static Json with_about(Json schema, const std::string& about) {
    Json described{{"description", about}};
    described.update(schema);
    return described;
  }

  std::string keys_of_;
  std::string about_;
  std::vector<Key> keys_;
};

/// The schema of a map from names to structs.
[[nodiscard]] inline Json schema_of_section(const Json& entry, const std::string& name_pattern) {
  return {
      {"type", {"object", "null"}}, {"propertyNames", {{"pattern", name_pattern}}}, {"additionalProperties", entry}};
}

} // namespace migralab
