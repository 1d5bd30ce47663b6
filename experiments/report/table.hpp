// SPDX-License-Identifier: Apache-2.0
// Tables as values, and what they look like on a terminal, in HTML, in Markdown and in LaTeX.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace migralab {

struct Column {
  std::string name;
  std::string unit = {};    // below the name
  bool to_the_right = true; // numbers
  std::string group = {};   // over the name, the same for neighbours that belong together
};

struct Field {
  Field() = default;
  Field(std::string text_, std::string below_ = {}) : text(std::move(text_)), below(std::move(below_)) {}
  Field(const char* text_) : text(text_) {}

  std::string text;
  std::string below; // smaller, under it: an interval, or why there is none
};

struct Table {
  std::string name;    // of its files: "cells"
  std::string caption; // one sentence that stands alone in print
  std::vector<Column> columns;
  std::vector<std::vector<Field>> rows;
  std::string last = {}; // text of the first field of rows that sum up the others ("median")
  std::string note = {};

  [[nodiscard]] bool empty() const { return rows.empty(); }
};

/// Columns aligned, two blanks between them, none at the end of a line; no caption.
[[nodiscard]] std::string terminal_table(const Table& table);
[[nodiscard]] std::string html_table(const Table& table);
/// GitHub's: caption, table, note. Each table stands alone in what it is put into, so that `warning` (empty: none) goes
/// into the caption.
[[nodiscard]] std::string markdown_table(const Table& table, std::string_view warning);
/// A `table` float for the package booktabs, label "tab:NAME"; `warning` as above.
[[nodiscard]] std::string latex_table(const Table& table, std::string_view warning);

/// Also of what a terminal would act on: see printable().
[[nodiscard]] std::string html_escaped(std::string_view text);
[[nodiscard]] std::string latex_escaped(std::string_view text);

/// How many columns of a terminal: characters of UTF-8, not bytes.
[[nodiscard]] std::size_t width_of(std::string_view text);

} // namespace migralab
