// SPDX-License-Identifier: Apache-2.0
#include "table.hpp"

#include "migralab/core/printable.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace migralab {

namespace {

void end_line(std::string& text) {
  text.erase(text.find_last_not_of(' ') + 1);
  text += '\n';
}

/// A line of fields, each padded to its column.
template <typename Text>
void add_line(std::string& out, const Table& table, const std::vector<std::size_t>& widths, Text text_of) {
  std::string line;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const std::string text = text_of(i);
    const std::string padding(widths[i] - width_of(text), ' ');
    line += table.columns[i].to_the_right ? padding + text : text + padding;
    line += "  ";
  }
  end_line(line);
  out += line;
}

std::vector<std::size_t> widths_of(const Table& table) {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    std::size_t width = std::max(width_of(table.columns[i].name), width_of(table.columns[i].unit));
    for (const auto& row : table.rows) {
      width = std::max({width, width_of(row[i].text), width_of(row[i].below)});
    }
    widths.push_back(width);
  }
  return widths;
}

/// The headings of groups, each over the left edge of its first column.
std::string group_line(const Table& table, const std::vector<std::size_t>& widths) {
  std::string line;
  std::size_t edge = 0;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const std::string& group = table.columns[i].group;
    if (!group.empty() && (i == 0 || table.columns[i - 1].group != group)) {
      line.resize(std::max(edge, line.empty() ? 0 : line.size() + 1), ' ');
      line += group;
    }
    edge += widths[i] + 2;
  }
  return line;
}

bool has_groups(const Table& table) {
  return std::any_of(table.columns.begin(), table.columns.end(), [](const Column& one) { return !one.group.empty(); });
}

bool has_units(const Table& table) {
  return std::any_of(table.columns.begin(), table.columns.end(), [](const Column& one) { return !one.unit.empty(); });
}

bool has_below(const std::vector<Field>& row) {
  return std::any_of(row.begin(), row.end(), [](const Field& field) { return !field.below.empty(); });
}

/// Calls `add` with each group and how many columns it spans.
template <typename Add> void for_groups(const Table& table, Add add) {
  for (std::size_t i = 0; i < table.columns.size();) {
    std::size_t end = i + 1;
    while (end < table.columns.size() && table.columns[end].group == table.columns[i].group) {
      ++end;
    }
    add(table.columns[i].group, i, end - i);
    i = end;
  }
}

/// Columns of sentences, which LaTeX breaks into lines only when it is told a width.
std::vector<bool> prose_columns(const Table& table) {
  constexpr std::size_t longest_line = 60;
  std::vector<bool> prose(table.columns.size());
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      prose[i] = prose[i] || (!table.columns[i].to_the_right && width_of(row[i].text) > longest_line);
    }
  }
  return prose;
}

std::string html_class(const Column& column) {
  return column.to_the_right ? "" : " class=\"left\"";
}

std::string markdown_escaped(std::string_view text) {
  std::string out;
  for (const char letter : printable(text)) {
    if (letter == '|' || letter == '\\' || letter == '`' || letter == '*' || letter == '_' || letter == '<' ||
        letter == '~') {
      out += '\\';
    }
    out += letter == '\n' ? ' ' : letter;
  }
  return out;
}

} // namespace

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char letter) { return (static_cast<unsigned char>(letter) & 0xC0U) != 0x80U; }));
}

std::string terminal_table(const Table& table) {
  const std::vector<std::size_t> widths = widths_of(table);
  std::string out;
  if (has_groups(table)) {
    out += group_line(table, widths);
    end_line(out);
  }
  add_line(out, table, widths, [&](std::size_t i) { return table.columns[i].name; });
  if (has_units(table)) {
    add_line(out, table, widths, [&](std::size_t i) { return table.columns[i].unit; });
  }
  for (const auto& row : table.rows) {
    add_line(out, table, widths, [&](std::size_t i) { return row[i].text; });
    if (has_below(row)) {
      add_line(out, table, widths, [&](std::size_t i) { return row[i].below; });
    }
  }
  return out;
}

std::string html_table(const Table& table) {
  std::string html = "<div class=\"scroll\"><table>\n<thead>\n";
  if (has_groups(table)) {
    html += "<tr>";
    for_groups(table, [&](const std::string& group, std::size_t /*first*/, std::size_t span) {
      html += fmt::format("<th class=\"group\" colspan=\"{}\">{}</th>", span, html_escaped(group));
    });
    html += "</tr>\n";
  }
  html += "<tr>";
  for (const Column& column : table.columns) {
    html += fmt::format("<th{}>{}", html_class(column), html_escaped(column.name));
    html += column.unit.empty() ? "</th>" : fmt::format("<small>{}</small></th>", html_escaped(column.unit));
  }
  html += "</tr>\n</thead>\n<tbody>\n";
  for (const auto& row : table.rows) {
    html += !table.last.empty() && row.front().text == table.last ? "<tr class=\"last\">" : "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      html += fmt::format("<td{}>{}", html_class(table.columns[i]), html_escaped(row[i].text));
      html += row[i].below.empty() ? "</td>" : fmt::format("<small>{}</small></td>", html_escaped(row[i].below));
    }
    html += "</tr>\n";
  }
  html += "</tbody>\n</table></div>\n";
  if (!table.note.empty()) {
    html += fmt::format("<p class=\"note\">{}</p>\n", html_escaped(table.note));
  }
  return html;
}

std::string markdown_table(const Table& table, std::string_view warning) {
  std::string out = fmt::format(
      "**{}**{}{}\n\n|", markdown_escaped(table.caption), warning.empty() ? "" : " ", markdown_escaped(warning));
  for (const Column& column : table.columns) {
    const std::string name = (column.group.empty() ? "" : column.group + ": ") + column.name;
    out += fmt::format(" {}{} |", markdown_escaped(name), column.unit.empty() ? "" : " (" + column.unit + ")");
  }
  out += "\n|";
  for (const Column& column : table.columns) {
    out += column.to_the_right ? " ---: |" : " --- |";
  }
  out += '\n';
  for (const auto& row : table.rows) {
    out += '|';
    for (const Field& field : row) {
      out += fmt::format(
          " {}{} |",
          markdown_escaped(field.text),
          field.below.empty() ? "" : " (" + markdown_escaped(field.below) + ")");
    }
    out += '\n';
  }
  return table.note.empty() ? out : out + "\n" + markdown_escaped(table.note) + "\n";
}

std::string latex_table(const Table& table, std::string_view warning) {
  std::string out = "% needs \\usepackage{booktabs}\n\\begin{table}\n\\centering\n\\small\n";
  out += fmt::format("\\caption{{{}", latex_escaped(table.caption));
  for (const std::string_view more : {warning, std::string_view(table.note)}) {
    out += more.empty() ? "" : " " + latex_escaped(more);
  }
  out += fmt::format("}}\n\\label{{tab:{}}}\n\\begin{{tabular}}{{", table.name);
  const std::vector<bool> prose = prose_columns(table);
  const auto sentences = std::count(prose.begin(), prose.end(), true);
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    out += prose[i]                        ? fmt::format("p{{{:.2f}\\linewidth}}", 0.6 / static_cast<double>(sentences))
           : table.columns[i].to_the_right ? "r"
                                           : "l";
  }
  out += "}\n\\toprule\n";
  const auto add_row = [&](auto text_of) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      out += (i == 0 ? "" : " & ") + text_of(i);
    }
    out += " \\\\\n";
  };
  if (has_groups(table)) {
    std::string rules;
    std::string line;
    for_groups(table, [&](const std::string& group, std::size_t first, std::size_t span) {
      line += fmt::format("{}\\multicolumn{{{}}}{{c}}{{{}}}", first == 0 ? "" : " & ", span, latex_escaped(group));
      rules += group.empty() ? "" : fmt::format("\\cmidrule(lr){{{}-{}}}", first + 1, first + span);
    });
    out += line + " \\\\\n" + rules + "\n";
  }
  add_row([&](std::size_t i) { return latex_escaped(table.columns[i].name); });
  if (has_units(table)) {
    add_row([&](std::size_t i) {
      return table.columns[i].unit.empty() ? "" : "(" + latex_escaped(table.columns[i].unit) + ")";
    });
  }
  out += "\\midrule\n";
  for (const auto& row : table.rows) {
    if (!table.last.empty() && row.front().text == table.last) {
      out += "\\midrule\n";
    }
    add_row([&](std::size_t i) { return latex_escaped(row[i].text); });
    if (has_below(row)) {
      add_row([&](std::size_t i) {
        return row[i].below.empty() ? "" : "{\\scriptsize " + latex_escaped(row[i].below) + "}";
      });
    }
  }
  return out + "\\bottomrule\n\\end{tabular}\n\\end{table}\n";
}

std::string html_escaped(std::string_view text) {
  std::string out;
  for (const char letter : printable(text)) {
    switch (letter) {
    case '&':
      out += "&amp;";
      break;
    case '<':
      out += "&lt;";
      break;
    case '>':
      out += "&gt;";
      break;
    case '"':
      out += "&quot;";
      break;
    case '\'':
      out += "&#39;";
      break;
    default:
      out += letter;
    }
  }
  return out;
}

std::string latex_escaped(std::string_view text) {
  std::string out;
  for (const char letter : printable(text)) {
    switch (letter) {
    case '&':
    case '%':
    case '$':
    case '#':
    case '_':
    case '{':
    case '}':
      out += '\\';
      out += letter;
      break;
    case '\\':
      out += "\\textbackslash{}";
      break;
    case '~':
      out += "$\\sim$";
      break;
    case '^':
      out += "\\textasciicircum{}";
      break;
    case '<':
      out += "$<$";
      break;
    case '>':
      out += "$>$";
      break;
    case '[': // after \\ it would be an argument
      out += "{[}";
      break;
    case '\n':
      out += ' ';
      break;
    default:
      out += letter;
    }
  }
  return out;
}

} // namespace migralab
