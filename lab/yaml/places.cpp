// SPDX-License-Identifier: Apache-2.0
#include "places.hpp"

namespace migralab {

Location Places::of(const std::string& path) {
  return root_ ? below(*root_, path) : Location{};
}

// By recursion: assigning one YAML::Node to another changes the document.
Location Places::below(const YamlValue& value, const std::string& path) {
  const std::size_t dot = path.find('.');
  const std::string key = path.substr(0, dot);
  const auto inner = [&](const YamlValue& found, Location name) {
    const Location place = dot == std::string::npos ? found.where : below(found, path.substr(dot + 1));
    const bool several_lines = dot == std::string::npos && !found.node.IsScalar();
    return place.line == 0 || several_lines ? name : place;
  };
  if (value.node.IsMap()) {
    for (const YamlEntry& entry : reader_.entries(value, {}).value_or(std::vector<YamlEntry>{})) {
      if (entry.key.value == key) {
        return inner(entry.value, entry.key.where);
      }
    }
  } else if (value.node.IsSequence()) {
    const auto items = reader_.items(value, {}).value_or(std::vector<YamlValue>{});
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (std::to_string(i) == key) {
        return inner(items[i], items[i].where);
      }
    }
  }
  return {};
}

} // namespace migralab
