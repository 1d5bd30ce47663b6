// SPDX-License-Identifier: Apache-2.0
// Scalars of the topology format: quantities, addresses, words of a closed set.
#pragma once

#include "migralab/core/address.hpp"
#include "migralab/core/units.hpp"
#include "yaml_reader.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace migralab {

[[nodiscard]] std::optional<Located<Bytes>>
read_bytes(YamlReader& reader, const YamlValue& value, const std::string& example);
[[nodiscard]] std::optional<BitRate> read_link_rate(YamlReader& reader, const YamlValue& value);
[[nodiscard]] std::optional<Located<Subnet>> read_subnet(YamlReader& reader, const YamlValue& value);
[[nodiscard]] std::optional<Located<Ipv4Address>> read_address(YamlReader& reader, const YamlValue& value);

template <typename T> struct Word {
  std::string name;
  T value;
};

/// `planned` are words that exist in the field and that this version refuses.
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

/// One word of a closed set.
template <typename T>
[[nodiscard]] std::optional<T> read_word(
    YamlReader& reader,
    const YamlValue& value,
    const std::vector<Word<T>>& words,
    const std::vector<PlannedWord>& planned = {}) {
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
}

/// A list of different words of a closed set.
template <typename T>
[[nodiscard]] std::optional<std::vector<Located<T>>>
read_words(YamlReader& reader, const YamlValue& list, const std::vector<Word<T>>& words, const std::string& example) {
  const auto items = reader.items(list, example);
  if (!items) {
    return std::nullopt;
  }
  bool all_known = true;
  std::vector<Located<T>> result;
  for (YamlValue item : *items) {
    item.what = list.what;
    const auto word = read_word(reader, item, words);
    if (!word) {
      all_known = false;
      continue;
    }
    const auto earlier =
        std::find_if(result.begin(), result.end(), [&](const auto& other) { return other.value == *word; });
    if (earlier != result.end()) {
      reader.diagnostics()
          .error(item.where, "'" + item.node.Scalar() + "' appears twice in " + list.what, "remove one of the two")
          .notes.emplace_back(earlier->where, "first given here");
      continue;
    }
    result.push_back({*word, item.where});
  }
  return all_known ? std::optional(result) : std::nullopt;
}

} // namespace migralab
