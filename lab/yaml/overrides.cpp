// SPDX-License-Identifier: Apache-2.0
#include "overrides.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/spelling.hpp"

#include <algorithm>
#include <cstddef>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <string_view>
#include <yaml-cpp/yaml.h>

namespace migralab {
namespace {

struct Setting {
  std::string option;  // "--set"
  std::string written; // as the user wrote it, after the option
  std::vector<std::string> path;
  std::string value;
};

Error wrong(const std::string& written, const std::string& why, const std::string& hint) {
  return Error(fmt::format("{}: {}", written, why), ExitStatus::bad_input).with_hint(hint);
}

/// Whether the text is one value also between braces, where it may land.
bool is_one_value(const std::string& value) {
  if (value.empty() || value.find_first_of("\n\r") != std::string::npos) {
    return false;
  }
  try {
    const YAML::Node map = YAML::Load("{x: " + value + "}");
    return map.IsMap() && map.size() == 1 && map["x"].IsDefined() && !map["x"].IsNull();
  } catch (const YAML::Exception&) {
    return false;
  }
}

Setting parse_setting(const std::string& option, const std::string& assignment) {
  constexpr const char* form = "write PATH=VALUE, for example guests.web.memory=128MiB";
  const std::string written = option + " " + assignment;
  const auto equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw wrong(written, "no value is given", form);
  }
  Setting setting{.option = option, .written = written, .path = {}, .value = assignment.substr(equals + 1)};
  const std::string keys = assignment.substr(0, equals);
  for (std::size_t begin = 0; begin <= keys.size();) {
    const std::size_t end = std::min(keys.find('.', begin), keys.size());
    setting.path.push_back(keys.substr(begin, end - begin));
    begin = end + 1;
  }
  const auto odd = std::find_if(setting.path.begin(), setting.path.end(), [](const std::string& key) {
    return key.empty() || (key != "*" && key.find_first_of(" \t:,{}[]#'\"*&!|>%@`") != std::string::npos);
  });
  if (odd != setting.path.end()) {
    throw wrong(written, fmt::format("'{}' is no key", *odd), form);
  }
  if (!is_one_value(setting.value)) {
    throw wrong(written, fmt::format("'{}' is not one value", setting.value), form);
  }
  return setting;
}

struct Edit {
  std::size_t offset;
  std::size_t length; // of what is replaced
  std::string text;
};

class Editor {
public:
  Editor(const std::string& text, const Setting& setting, const std::vector<std::string>& sections)
      : text_(text), setting_(setting), sections_(sections) {
    line_starts_.push_back(0);
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] == '\n') {
        line_starts_.push_back(at + 1);
      }
    }
  }

  std::string edited() {
    walk(YAML::Load(text_), 0);
    // From the end: an edit does not move what stands before it.
    std::sort(edits_.begin(), edits_.end(), [](const Edit& a, const Edit& b) { return a.offset > b.offset; });
    std::string result = text_;
    for (const Edit& edit : edits_) {
      result.replace(edit.offset, edit.length, edit.text);
    }
    return result;
  }

private:
  void walk(const YAML::Node& map, std::size_t depth) {
    const std::string& key = setting_.path[depth];
    if (key == "*") {
      for (const auto& pair : map) {
        visit(pair.first, pair.second, depth);
      }
      return;
    }
    for (const auto& pair : map) {
      if (pair.first.IsScalar() && pair.first.Scalar() == key) {
        visit(pair.first, pair.second, depth);
        return;
      }
    }
    if (depth == 1 && std::find(sections_.begin(), sections_.end(), setting_.path[0]) != sections_.end()) {
      std::vector<std::string> known;
      for (const auto& pair : map) {
        known.push_back(pair.first.Scalar());
      }
      throw wrong(
          setting_.written,
          fmt::format("there is no '{}' in '{}'", key, setting_.path[0]),
          suggest(key, known, fmt::format("Entries of '{}'", setting_.path[0])));
    }
    add(map, depth);
  }

  /// The setting again, with what is below `depth` as a map.
  [[nodiscard]] std::string as_a_whole(std::size_t depth) const {
    const auto begin = setting_.path.begin();
    const auto split = begin + static_cast<std::ptrdiff_t>(depth);
    return fmt::format(
        "it is a single value: set it as a whole, where it may have keys: {} '{}={{{}: {}{}'",
        setting_.option,
        fmt::join(begin, split, "."),
        fmt::join(split, setting_.path.end(), ": {"),
        setting_.value,
        std::string(setting_.path.size() - depth, '}'));
  }

  void visit(const YAML::Node& key, const YAML::Node& value, std::size_t depth) {
    if (depth + 1 == setting_.path.size()) {
      replace(key, value);
    } else if (value.IsMap() && value.size() > 0) {
      walk(value, depth + 1);
    } else if (value.IsMap()) {
      edits_.push_back({offset_of(value), length_at(offset_of(value)), "{" + rest(depth + 1) + "}"});
    } else if (value.IsNull()) {
      expect_struct(depth + 1);
      after_key(key, "{" + rest(depth + 1) + "}");
    } else {
      throw wrong(
          setting_.written,
          fmt::format(
              "'{}' has no keys",
              fmt::join(setting_.path.begin(), setting_.path.begin() + static_cast<std::ptrdiff_t>(depth) + 1, ".")),
          value.IsSequence() ? "it is a list: set it as a whole" : as_a_whole(depth + 1));
    }
  }

  /// "limits: {memory: 1GiB}": what is left of the path from here.
  [[nodiscard]] std::string rest(std::size_t depth) const {
    if (setting_.path[depth] == "*") {
      throw wrong(setting_.written, "'*' stands for entries, and there are none", "name what is to be added");
    }
    return depth + 1 == setting_.path.size() ? fmt::format("{}: {}", setting_.path[depth], setting_.value)
                                             : fmt::format("{}: {{{}}}", setting_.path[depth], rest(depth + 1));
  }

  /// An empty section has no entries to set anything in.
  void expect_struct(std::size_t depth) const {
    if (depth == 1 && std::find(sections_.begin(), sections_.end(), setting_.path[0]) != sections_.end()) {
      throw wrong(setting_.written, fmt::format("'{}' is empty", setting_.path[0]), "add the entry to the file");
    }
  }

  void replace(const YAML::Node& key, const YAML::Node& value) {
    if (value.IsNull()) {
      after_key(key, setting_.value);
      return;
    }
    const std::size_t begin = offset_of(value);
    const bool block = (value.IsMap() || value.IsSequence()) && text_[begin] != '{' && text_[begin] != '[';
    const bool plain = value.IsScalar() && text_[begin] != '"' && text_[begin] != '\'';
    if (block || (plain && text_.compare(begin, value.Scalar().size(), value.Scalar()) != 0) || text_[begin] == '|' ||
        text_[begin] == '>' || text_[begin] == '&' || text_[begin] == '*') {
      throw wrong(
          setting_.written, "the value in the file takes several lines or has an anchor", "edit it in the file");
    }
    edits_.push_back({begin, plain ? value.Scalar().size() : length_at(begin), setting_.value});
  }

  void after_key(const YAML::Node& key, const std::string& value) {
    const std::size_t colon = text_.find(':', offset_of(key) + key.Scalar().size());
    edits_.push_back({colon + 1, 0, " " + value});
  }

  /// A new key, before the first one of the map.
  void add(const YAML::Node& map, std::size_t depth) {
    const std::size_t begin = offset_of(map);
    if (text_[begin] == '{') {
      edits_.push_back({begin + 1, 0, rest(depth) + (map.size() == 0 ? "" : ", ")});
      return;
    }
    const YAML::Mark mark = map.begin()->first.Mark();
    edits_.push_back(
        {offset_of(map.begin()->first),
         0,
         rest(depth) + "\n" + std::string(static_cast<std::size_t>(mark.column), ' ')});
  }

  [[nodiscard]] std::size_t offset_of(const YAML::Node& node) const {
    const YAML::Mark mark = node.Mark();
    return line_starts_.at(static_cast<std::size_t>(mark.line)) + static_cast<std::size_t>(mark.column);
  }

  [[nodiscard]] bool starts_token(std::size_t at) const {
    return at == 0 || std::string_view(" \t\n,[{:").find(text_[at - 1]) != std::string_view::npos;
  }

  /// Of a quoted text or a flow collection that begins here, whose syntax is known to be right.
  [[nodiscard]] std::size_t length_at(std::size_t begin) const {
    int depth = 0;
    char quote = 0;
    for (std::size_t at = begin; at < text_.size(); ++at) {
      const char c = text_[at];
      if (quote != 0) {
        if (c == '\\' && quote == '"') {
          ++at;
        } else if (c == quote) {
          quote = 0;
        }
      } else if ((c == '"' || c == '\'') && starts_token(at)) {
        quote = c;
      } else if (c == '#' && starts_token(at)) {
        at = std::min(text_.find('\n', at), text_.size() - 1);
      } else {
        depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
      }
      if (depth == 0 && quote == 0) {
        return at - begin + 1;
      }
    }
    return text_.size() - begin;
  }

  const std::string& text_;
  const Setting& setting_;
  const std::vector<std::string>& sections_;
  std::vector<std::size_t> line_starts_;
  std::vector<Edit> edits_;
};

} // namespace

std::string with_settings(
    std::string text,
    const std::vector<std::string>& settings,
    const std::vector<std::string>& sections,
    const std::string& option) {
  for (const std::string& written : settings) {
    const Setting setting = parse_setting(option, written);
    try {
      if (!YAML::Load(text).IsMap()) {
        return text;
      }
      text = Editor(text, setting, sections).edited();
    } catch (const YAML::Exception&) {
      return text;
    }
  }
  return text;
}

} // namespace migralab
