// SPDX-License-Identifier: Apache-2.0
// A level of a factor is text that is written into a file, on one line and perhaps between braces; so it has to be
// quoted exactly where YAML needs it.
#include "sections.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

bool is_plain(const std::string& text) {
  constexpr const char* letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./+-% ";
  const bool null_word = text == "null" || text == "Null" || text == "NULL";
  return !text.empty() && !null_word && text != Level::as_in_file &&
         text.find_first_not_of(letters) == std::string::npos && text.front() != ' ' && text.front() != '%' &&
         text.back() != ' ' && !text.starts_with("- ") && text != "---" && text != "..."; // markers of a document
}

std::string scalar_text(const std::string& text) {
  if (is_plain(text)) {
    return text;
  }
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      quoted += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

/// Empty for an empty node.
std::string flow_text(const YAML::Node& node) {
  if (node.IsScalar()) {
    return scalar_text(node.Scalar());
  }
  std::string text;
  for (const auto& item : node) {
    text += text.empty() ? "" : ", ";
    if (node.IsMap()) {
      const std::string value = flow_text(item.second);
      text += scalar_text(item.first.Scalar()) + ": " + (value.empty() ? "~" : value);
    } else {
      const std::string value = flow_text(item);
      text += value.empty() ? "~" : value;
    }
  }
  return node.IsMap() ? "{" + text + "}" : node.IsSequence() ? "[" + text + "]" : "";
}

} // namespace

std::optional<std::string> level_text(YamlReader& reader, const YamlValue& value) {
  std::string text = flow_text(value.node);
  if (text.empty()) {
    reader.diagnostics().error(
        value.where, fmt::format("{} is empty", value.what), "write a value as it would stand at the factor's path");
    return std::nullopt;
  }
  return text;
}

} // namespace migralab
