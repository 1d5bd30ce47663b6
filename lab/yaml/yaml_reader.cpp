// SPDX-License-Identifier: Apache-2.0
#include "yaml_reader.hpp"

#include "brackets.hpp"
#include "migralab/core/spelling.hpp"

#include <algorithm>
#include <boost/locale/utf.hpp>
#include <charconv>
#include <fmt/format.h>
#include <sstream>
#include <utility>
#include <yaml-cpp/eventhandler.h>

namespace migralab {
namespace {

constexpr std::string_view the_file = "the file";

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (line.ends_with('\r')) {
      line.pop_back();
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string_view kind_of(const YAML::Node& node) {
  switch (node.Type()) {
  case YAML::NodeType::Map:
    return "a map";
  case YAML::NodeType::Sequence:
    return "a list";
  case YAML::NodeType::Scalar:
    return "a plain value";
  case YAML::NodeType::Null:
  case YAML::NodeType::Undefined:
    break;
  }
  return "empty";
}

/// Notes where a document begins and nothing else.
class DocumentStart : public YAML::EventHandler {
public:
  [[nodiscard]] const YAML::Mark& mark() const { return mark_; }

  void OnDocumentStart(const YAML::Mark& mark) override { mark_ = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

private:
  YAML::Mark mark_;
};

/// Where a second document begins, if there is one. Not YAML::LoadAll: a text that begins with ',' makes it produce
/// empty documents until memory is full.
std::optional<YAML::Mark> second_document(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentStart first;
  DocumentStart second;
  if (parser.HandleNextDocument(first) && parser.HandleNextDocument(second)) {
    return second.mark();
  }
  return std::nullopt;
}

/// The first byte that is no UTF-8, which yaml-cpp would pass on.
std::optional<Location> not_utf8(const std::vector<std::string>& lines) {
  using Utf8 = boost::locale::utf::utf_traits<char>;
  for (std::size_t row = 0; row < lines.size(); ++row) {
    for (auto at = lines[row].begin(); at != lines[row].end();) {
      const auto begin = at;
      if (!boost::locale::utf::is_valid_codepoint(Utf8::decode(at, lines[row].end()))) {
        return Location{row + 1, static_cast<std::size_t>(begin - lines[row].begin()) + 1, 1};
      }
    }
  }
  return std::nullopt;
}

} // namespace

YamlReader::YamlReader(const std::string& text, Diagnostics& diagnostics, std::string beginning)
    : text_(text), lines_(split_lines(text)), diagnostics_(diagnostics), beginning_(std::move(beginning)) {}

std::optional<YamlValue> YamlReader::root() {
  if (const auto odd = not_utf8(lines_)) {
    diagnostics_.error(
        *odd, "this is no UTF-8", "save the file as UTF-8, for example with: iconv -f latin1 -t utf8 OLD > NEW");
    return std::nullopt;
  }
  // yaml-cpp takes a quote that is never closed for a text up to the end of the file, without a word.
  const Brackets brackets = look_at_brackets(lines_);
  if (brackets.quote) {
    diagnostics_.error(*brackets.quote, "YAML syntax: this quote is not closed on its line", "add the missing quote");
    return std::nullopt;
  }
  try {
    const auto mark = is_one_flow_map(lines_, brackets) ? std::nullopt : second_document(text_);
    if (mark) {
      const Location where{static_cast<std::size_t>(mark->line) + 1, static_cast<std::size_t>(mark->column) + 1, 1};
      const bool marked = where.line <= lines_.size() && lines_[where.line - 1].starts_with("---");
      if (marked) {
        diagnostics_.error(
            {where.line, 1, 3},
            "a second document begins here",
            "write one document in one file; remove the line '---'");
      } else {
        diagnostics_.error(
            where, "YAML syntax: this belongs to no map", "write 'key: value', at the indentation of its map");
        return std::nullopt;
      }
    }
    const YAML::Node root = YAML::Load(text_);
    if (root.IsNull()) {
      diagnostics_.error({}, "the file is empty", fmt::format("start with '{}'", beginning_));
      return std::nullopt;
    }
    return YamlValue{root, locate(root), std::string(the_file)};
  } catch (const YAML::Exception& error) {
    report_syntax_error(error);
    return std::nullopt;
  }
}

void YamlReader::report_syntax_error(const YAML::Exception& error) {
  Location where{};
  if (error.mark.line >= 0) {
    where = {static_cast<std::size_t>(error.mark.line) + 1, static_cast<std::size_t>(error.mark.column) + 1, 1};
  }
  if (where.line > lines_.size() && !lines_.empty()) { // yaml-cpp points behind the last line
    where = {lines_.size(), lines_.back().size() + 1, 1};
  }
  const std::string line = where.line >= 1 && where.line <= lines_.size() ? lines_[where.line - 1] : std::string();
  const auto indent = line.find_first_not_of(' ');
  if (indent != std::string::npos && line[indent] == '\t') {
    diagnostics_.error(
        {where.line, indent + 1, 1},
        "YAML syntax: this line is indented with a tab",
        "use spaces: YAML allows no tabs here");
    return;
  }
  if (const auto open = look_at_brackets(lines_).bracket) {
    const char bracket = lines_[open->line - 1][open->column - 1];
    diagnostics_
        .error(
            *open,
            fmt::format("YAML syntax: this '{}' is never closed", bracket),
            fmt::format("add the missing '{}'", bracket == '{' ? '}' : ']'))
        .notes.emplace_back(where, "reading stopped here");
    return;
  }
  // The commonest mistakes in words of the file; the rest in yaml-cpp's.
  if (error.msg == "illegal map value") {
    diagnostics_.error(
        where,
        "YAML syntax: this ':' does not fit here",
        "one 'key: value' per line, keys of one map equally indented, a value that contains ': ' in quotes");
  } else if (error.msg == "end of map not found") {
    diagnostics_.error(
        where, "YAML syntax: this line fits none of the maps above it", "indent all keys of one map equally");
  } else if (error.msg == "end of map flow not found" || error.msg == "end of sequence flow not found") {
    const bool map = error.msg == "end of map flow not found";
    diagnostics_.error(
        where,
        fmt::format("YAML syntax: here ',' or '{}' is missing", map ? '}' : ']'),
        fmt::format("separate the entries of {} by commas, and close every quote", map ? "{...}" : "[...]"));
  } else if (error.msg == "illegal flow end") {
    diagnostics_.error(where, "YAML syntax: this bracket closes nothing", "remove it, or open one before it");
  } else {
    diagnostics_.error(where, "YAML syntax: " + error.msg, "check indentation and the blank after each ':' and ','");
  }
}

Location YamlReader::locate(const YAML::Node& node) const {
  const YAML::Mark mark = node.Mark();
  if (mark.line < 0) {
    return {};
  }
  const auto line = static_cast<std::size_t>(mark.line) + 1;
  const auto column = static_cast<std::size_t>(mark.column) + 1;
  const std::size_t length = token_length(line, column);
  // A plain scalar goes up to a comment or a flow indicator; its own text knows better where it ends.
  const bool plain = node.IsScalar() && line <= lines_.size() &&
                     lines_[line - 1].compare(column - 1, node.Scalar().size(), node.Scalar()) == 0;
  return {line, column, plain ? std::max<std::size_t>(1, node.Scalar().size()) : length};
}

/// Of a quoted scalar up to its quote, of a flow collection up to its bracket, where that is on the same line.
std::size_t YamlReader::token_length(std::size_t line, std::size_t column) const {
  if (line > lines_.size() || column > lines_[line - 1].size()) {
    return 1;
  }
  const std::string_view rest = std::string_view(lines_[line - 1]).substr(column - 1);
  if (rest.front() == '"' || rest.front() == '\'') {
    const auto end = rest.find(rest.front(), 1);
    return end == std::string_view::npos ? 1 : end + 1;
  }
  if (rest.front() == '{' || rest.front() == '[') {
    int depth = 0;
    for (std::size_t at = 0; at < rest.size(); ++at) {
      depth += rest[at] == '{' || rest[at] == '[' ? 1 : rest[at] == '}' || rest[at] == ']' ? -1 : 0;
      if (depth == 0) {
        return at + 1;
      }
    }
    return 1;
  }
  return std::min(rest.find_first_of(": ,"), rest.size()); // the first key of a block map
}

void YamlReader::wrong_kind(const YamlValue& value, std::string_view wanted, const std::string& example) {
  const bool empty_text = value.node.IsScalar() && value.node.Scalar().empty();
  const std::string_view kind = empty_text ? "empty" : kind_of(value.node);
  diagnostics_.error(
      value.where,
      kind == "empty" ? fmt::format("{} is empty, but must be {}", value.what, wanted)
                      : fmt::format("{} is {}, but must be {}", value.what, kind, wanted),
      fmt::format("write for example '{}'", example));
}

std::optional<std::vector<YamlEntry>> YamlReader::entries(const YamlValue& map, const std::string& example) {
  std::vector<YamlEntry> entries;
  if (map.node.IsNull()) {
    return entries;
  }
  if (!map.node.IsMap()) {
    wrong_kind(map, "a map", example);
    return std::nullopt;
  }
  for (const auto& pair : map.node) {
    const Location where = locate(pair.first);
    if (!pair.first.IsScalar()) {
      diagnostics_.error(where, fmt::format("a key of {} is {}", map.what, kind_of(pair.first)), "a key is one word");
      continue;
    }
    const std::string& key = pair.first.Scalar();
    const auto earlier =
        std::find_if(entries.begin(), entries.end(), [&](const YamlEntry& entry) { return entry.key.value == key; });
    if (earlier != entries.end()) {
      diagnostics_
          .error(where, fmt::format("'{}' appears twice in {}", key, map.what), "remove or rename one of the two")
          .notes.emplace_back(earlier->key.where, "first given here");
      continue;
    }
    const Location value_where = pair.second.IsNull() ? where : locate(pair.second);
    std::string what = map.what == the_file ? fmt::format("'{}'", key) : fmt::format("'{}' of {}", key, map.what);
    entries.push_back({{key, where}, {pair.second, value_where, std::move(what)}});
  }
  return entries;
}

std::optional<std::vector<YamlValue>> YamlReader::items(const YamlValue& list, const std::string& example) {
  if (!list.node.IsSequence()) {
    wrong_kind(list, "a list", example);
    return std::nullopt;
  }
  std::vector<YamlValue> items;
  for (const auto& item : list.node) {
    items.push_back({item, item.IsNull() ? list.where : locate(item), "an item of " + list.what});
  }
  return items;
}

std::optional<Located<std::string>> YamlReader::text(const YamlValue& value, const std::string& example) {
  if (!value.node.IsScalar() || value.node.Scalar().empty()) {
    wrong_kind(value, "a single value", example);
    return std::nullopt;
  }
  return Located<std::string>{value.node.Scalar(), value.where};
}

std::optional<Located<unsigned>> YamlReader::count(const YamlValue& value, unsigned least, unsigned most) {
  const auto written = text(value, std::to_string(least));
  if (!written) {
    return std::nullopt;
  }
  const std::string& digits = written->value;
  unsigned number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool whole = end == digits.data() + digits.size();
  if (!whole || (error != std::errc{} && error != std::errc::result_out_of_range)) {
    diagnostics_.error(
        value.where,
        fmt::format("{} is '{}', not a whole number", value.what, digits),
        fmt::format("write a number from {} to {}", least, most));
    return std::nullopt;
  }
  if (error != std::errc{} || number < least || number > most) {
    diagnostics_.error(
        value.where,
        fmt::format("{} is {}, out of range", value.what, digits),
        fmt::format("write a number from {} to {}", least, most));
    return std::nullopt;
  }
  return Located<unsigned>{number, value.where};
}

YamlStruct::YamlStruct(
    YamlReader& reader,
    const YamlValue& map,
    Location name,
    std::string_view keys_of,
    const std::vector<RequiredKey>& required,
    const std::vector<std::string>& optional) {
  std::vector<std::string> known;
  for (const RequiredKey& key : required) {
    known.push_back(key.name);
  }
  known.insert(known.end(), optional.begin(), optional.end());

  const std::string example = required.empty() ? "{" + known.front() + ": ...}" : "{" + required.front().example + "}";
  auto entries = reader.entries(map, example);
  if (!entries) {
    return;
  }
  std::vector<std::string> misspelled; // keys that are there, under a wrong name: not missing as well
  for (const YamlEntry& entry : *entries) {
    if (std::find(known.begin(), known.end(), entry.key.value) == known.end()) {
      misspelled.push_back(closest(entry.key.value, known).value_or(""));
      reader.diagnostics().error(
          entry.key.where,
          fmt::format("unknown key '{}' in {}", entry.key.value, map.what),
          suggest(entry.key.value, known, fmt::format("Keys of {}", keys_of)));
    }
  }
  readable_ = true;
  entries_ = std::move(*entries);
  for (const RequiredKey& key : required) {
    const bool slip = std::find(misspelled.begin(), misspelled.end(), key.name) != misspelled.end();
    if (find(key.name) == nullptr && !slip) {
      reader.diagnostics().error(
          name, fmt::format("{} lacks '{}'", map.what, key.name), fmt::format("add for example '{}'", key.example));
    }
  }
}

const YamlValue* YamlStruct::find(std::string_view key) const {
  const auto found =
      std::find_if(entries_.begin(), entries_.end(), [&](const YamlEntry& entry) { return entry.key.value == key; });
  return found == entries_.end() ? nullptr : &found->value;
}

} // namespace migralab
