// SPDX-License-Identifier: Apache-2.0
#include "brackets.hpp"

#include <algorithm>
#include <string_view>

namespace migralab {

Brackets look_at_brackets(const std::vector<std::string>& lines) {
  Brackets found;
  std::vector<Location> brackets;
  for (std::size_t row = 0; row < lines.size(); ++row) {
    const std::string& line = lines[row];
    for (std::size_t at = 0; at < line.size(); ++at) {
      const char c = line[at];
      const bool starts_token = at == 0 || std::string_view(" \t,[{").find(line[at - 1]) != std::string_view::npos;
      if (c == '#' && starts_token) {
        break;
      }
      if ((c == '"' || c == '\'') && starts_token) {
        const std::size_t begin = at++;
        while (at < line.size() && line[at] != c) {
          at += c == '"' && line[at] == '\\' ? 2U : 1U;
        }
        if (at >= line.size() && !found.quote) {
          found.quote = Location{row + 1, begin + 1, line.size() - begin};
        }
      } else if (c == '{' || c == '[') {
        brackets.push_back({row + 1, at + 1, 1});
      } else if ((c == '}' || c == ']') && !brackets.empty()) {
        const Location open = brackets.back();
        const char opened = lines[open.line - 1][open.column - 1];
        if (!found.bracket && (opened == '{') != (c == '}')) {
          found.bracket = open;
        }
        brackets.pop_back();
        if (brackets.empty() && !found.first_end) {
          found.first_end = Location{row + 1, at + 1, 1};
        }
      }
    }
  }
  if (!found.bracket && !brackets.empty()) {
    found.bracket = brackets.back();
  }
  return found;
}

bool is_one_flow_map(const std::vector<std::string>& lines, const Brackets& brackets) {
  constexpr const char* blanks = " \t";
  const auto is_written = [&](const std::string& line) { return line.find_first_not_of(blanks) != std::string::npos; };
  const auto first = std::find_if(lines.begin(), lines.end(), is_written);
  const auto last = std::find_if(lines.rbegin(), lines.rend(), is_written);
  return first != lines.end() && brackets.first_end && (*first)[first->find_first_not_of(blanks)] == '{' &&
         brackets.first_end->line == static_cast<std::size_t>(lines.rend() - last) &&
         brackets.first_end->column == last->find_last_not_of(blanks) + 1;
}

} // namespace migralab
