// SPDX-License-Identifier: Apache-2.0
// Kinds of values of a file format. One object says how a value is read and how JSON Schema describes it, so that the
// schema can never say other than the program does.
#pragma once

#include "migralab/core/clock.hpp"
#include "migralab/core/units.hpp"
#include "yaml_reader.hpp"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace migralab {

using Json = nlohmann::ordered_json;

template <typename T> struct ValueKind {
  /// Nothing where the value is wrong; the error is reported.
  std::function<std::optional<T>(YamlReader&, const YamlValue&)> read;
  Json schema; // JSON Schema 2020-12
};

/// Any text; `example` is what an error suggests.
[[nodiscard]] ValueKind<std::string> text_kind(const std::string& example);
[[nodiscard]] ValueKind<unsigned> count_kind(unsigned least, unsigned most);
struct NumberRange {
  double least = 0;
  double most = 0;
  bool above_least = false; ///< `least` itself is too little
  /// At most so many digits after the point; none: any number of them.
  std::optional<unsigned> decimals = {};
};
/// A number with or without a fraction; a text in quotes is none. `hint` is what an error suggests.
[[nodiscard]] ValueKind<double> number_kind(NumberRange range, const std::string& hint);
/// true or false.
[[nodiscard]] ValueKind<bool> switch_kind();
[[nodiscard]] ValueKind<Bytes> amount_kind(const std::string& example);
/// Bytes per second: "10MB/s".
[[nodiscard]] ValueKind<Bytes> byte_rate_kind(const std::string& example);
[[nodiscard]] ValueKind<BitRate> bit_rate_kind(BitRate least, BitRate most, const std::string& example);
[[nodiscard]] ValueKind<Nanoseconds> duration_kind(Nanoseconds most, const std::string& example);
/// "0.5%" as 0.005; `least` and `most` in per cent.
[[nodiscard]] ValueKind<double> percent_kind(double least, double most, const std::string& example);
/// "20/s".
[[nodiscard]] ValueKind<double> frequency_kind(double most, const std::string& example);

/// Begins the remark about a wrong value with what it is: "'rate' of network 'lan': no unit", hint "write 1Mbit/s".
/// `problem` reads "CAUSE: REMEDY".
void report_quantity(YamlReader& reader, const YamlValue& value, const std::string& problem);

template <typename T> struct Word {
  std::string name;
  T value;
};

/// A word that exists in the field and that this version refuses.
struct PlannedWord {
  std::string name;
  std::string instead; // "use 'kvm'"
};

void report_unknown_word(
    YamlReader& reader,
    const YamlValue& value,
    const std::string& word,
    const std::vector<std::string>& known,
    const std::vector<PlannedWord>& planned);

template <typename T> [[nodiscard]] Json schema_of(const std::vector<Word<T>>& words) {
  Json names = Json::array();
  for (const Word<T>& word : words) {
    names.push_back(word.name);
  }
  return {{"enum", names}};
}

/// One word of a closed set.
template <typename T>
[[nodiscard]] ValueKind<T> word_kind(std::vector<Word<T>> words, std::vector<PlannedWord> planned = {}) {
  Json schema = schema_of(words);
  const auto read = [words = std::move(words),
                     planned = std::move(planned)](YamlReader& reader, const YamlValue& value) -> std::optional<T> {
    const auto written = reader.text(value, words.front().name);
    if (!written) {
      return std::nullopt;
    }
    std::vector<std::string> known;
    for (const Word<T>& word : words) {
      if (word.name == written->value) {
        return word.value;
      }
      known.push_back(word.name);
    }
    report_unknown_word(reader, value, written->value, known, planned);
    return std::nullopt;
  };
  return {read, std::move(schema)};
}

/// A list of different words of a closed set.
template <typename T>
[[nodiscard]] ValueKind<std::vector<Located<T>>>
words_kind(const std::vector<Word<T>>& words, const std::string& example, std::size_t least = 0) {
  Json schema{{"type", "array"}, {"items", schema_of(words)}, {"uniqueItems", true}};
  if (least > 0) {
    schema["minItems"] = least;
  }
  const auto read = [word = word_kind(words),
                     example](YamlReader& reader, const YamlValue& list) -> std::optional<std::vector<Located<T>>> {
    const auto items = reader.items(list, example);
    if (!items) {
      return std::nullopt;
    }
    bool all_known = true;
    std::vector<Located<T>> result;
    for (YamlValue item : *items) {
      item.what = list.what;
      const auto known = word.read(reader, item);
      if (!known) {
        all_known = false;
        continue;
      }
      const auto earlier =
          std::find_if(result.begin(), result.end(), [&](const auto& other) { return other.value == *known; });
      if (earlier != result.end()) {
        reader.diagnostics()
            .error(item.where, "'" + item.node.Scalar() + "' appears twice in " + list.what, "remove one of the two")
            .notes.emplace_back(earlier->where, "first given here");
        continue;
      }
      result.push_back({*known, item.where});
    }
    return all_known ? std::optional(result) : std::nullopt;
  };
  return {read, std::move(schema)};
}

} // namespace migralab
