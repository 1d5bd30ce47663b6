// SPDX-License-Identifier: Apache-2.0
// Typed access to a YAML file with places, around yaml-cpp 0.7, which accepts duplicate keys silently, counts lines
// and columns from 0 and forgets the place of empty values. Everything wrong goes to the Diagnostics; a reader answers
// with nothing and the caller goes on.
// Not below include/: only rooms that read YAML see yaml-cpp.
#pragma once

#include "migralab/core/diagnostics.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include <yaml-cpp/yaml.h>

namespace migralab {

/// A value of the file, the place to point at, and what a message calls it ("memory of host 'h1'").
struct YamlValue {
  YAML::Node node;
  Location where; // the value; its key where the value is empty
  std::string what;
};

/// One "key: value" of a map.
struct YamlEntry {
  Located<std::string> key;
  YamlValue value;
};

class YamlReader {
public:
  /// `beginning`: how a file of this kind begins, for the hint about an empty one: "lab: NAME". The text outlives the
  /// reader.
  YamlReader(const std::string& text, Diagnostics& diagnostics, std::string beginning);

  /// The only document of the file; nothing after a syntax error.
  [[nodiscard]] std::optional<YamlValue> root();

  /// The entries of a map in file order, without the repeated ones (an error each). `example` shows the wanted form.
  /// An empty value counts as a map without entries.
  [[nodiscard]] std::optional<std::vector<YamlEntry>> entries(const YamlValue& map, const std::string& example);
  [[nodiscard]] std::optional<std::vector<YamlValue>> items(const YamlValue& list, const std::string& example);
  [[nodiscard]] std::optional<Located<std::string>> text(const YamlValue& value, const std::string& example);
  [[nodiscard]] std::optional<Located<unsigned>> count(const YamlValue& value, unsigned least, unsigned most);

  Diagnostics& diagnostics() { return diagnostics_; }

private:
  [[nodiscard]] Location locate(const YAML::Node& node) const;
  [[nodiscard]] std::size_t token_length(std::size_t line, std::size_t column) const;
  void report_syntax_error(const YAML::Exception& error);
  void wrong_kind(const YamlValue& value, std::string_view wanted, const std::string& example);

  const std::string& text_;
  std::vector<std::string> lines_;
  Diagnostics& diagnostics_;
  std::string beginning_;
};

struct RequiredKey {
  std::string name;
  std::string example; // "memory: 2GiB"
};

/// The keys of one struct: reports unknown, repeated and missing ones when it is made.
class YamlStruct {
public:
  /// `name` is the place that a missing key is reported at; `what` reads "host 'h1'", `keys_of` "a host".
  YamlStruct(
      YamlReader& reader,
      const YamlValue& map,
      Location name,
      std::string_view keys_of,
      const std::vector<RequiredKey>& required,
      const std::vector<std::string>& optional);

  [[nodiscard]] const YamlValue* find(std::string_view key) const;
  /// False where the value was no map at all.
  [[nodiscard]] bool readable() const { return readable_; }

private:
  bool readable_ = false;
  std::vector<YamlEntry> entries_;
};

} // namespace migralab
