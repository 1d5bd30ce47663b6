// SPDX-License-Identifier: Apache-2.0
// Tables as text (RFC 4180): written and read without loss. Times are decimals of whole nanoseconds.
#pragma once

#include "migralab/core/clock.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace migralab {

class CsvWriter {
public:
  /// `origin` is the zero of at().
  CsvWriter(Instant origin, const std::vector<std::string>& header);

  CsvWriter& text(std::string_view field);
  CsvWriter& number(std::uint64_t value);
  /// The shortest decimal that reads back as the same number.
  CsvWriter& number(double value);
  CsvWriter& seconds(Nanoseconds span);
  CsvWriter& at(Instant instant) { return seconds(instant - origin_); }
  CsvWriter& at(const std::optional<Instant>& instant) { return instant ? at(*instant) : empty(); }
  CsvWriter& empty() { return text({}); }
  void end_row();

  [[nodiscard]] std::string take() { return std::move(text_); }

private:
  void separate();

  Instant origin_;
  std::string text_;
  bool row_begins_ = true;
};

/// Reads row by row; columns by their names, in whatever order they stand. Lines may end in CR LF, as RFC 4180 has it.
class CsvReader {
public:
  /// `name` is for messages. Throws Error when the text has no header.
  CsvReader(std::string name, std::string_view text, Instant origin);

  /// False at the end. Throws Error that names line and table for a row that is cut off or has other columns than the
  /// header.
  [[nodiscard]] bool next();

  /// Of the row; throw Error when there is no such column or the field is not of that kind.
  [[nodiscard]] const std::string& text(std::string_view column) const;
  [[nodiscard]] std::uint64_t count(std::string_view column) const;
  /// Never infinite, and never "nan".
  [[nodiscard]] double number(std::string_view column) const;
  [[nodiscard]] Nanoseconds seconds(std::string_view column) const;
  [[nodiscard]] Instant at(std::string_view column) const { return origin_ + seconds(column); }
  [[nodiscard]] std::optional<Instant> maybe_at(std::string_view column) const;

  /// For a reader to whom a field's value cannot be right: throws Error "TABLE: line N: COLUMN 'VALUE' WHY".
  [[noreturn]] void refuse(std::string_view column, std::string_view why) const;

private:
  [[nodiscard]] bool read_row(std::vector<std::string>& row);

  std::string name_;
  std::string_view rest_;
  Instant origin_;
  std::map<std::string, std::size_t, std::less<>> columns_;
  std::vector<std::string> row_;
  std::size_t line_ = 0;      // the one that the row begins in
  std::size_t next_line_ = 1; // a field may have several
};

} // namespace migralab
