// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/csv.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/printable.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <iterator>
#include <limits>

namespace migralab {

namespace {

constexpr std::int64_t nanoseconds_per_second = 1'000'000'000;

/// "-1.500000000" and shorter; nothing for anything else.
std::optional<Nanoseconds> parse_seconds(std::string_view text) {
  const bool negative = text.starts_with('-');
  const std::string_view digits = negative ? text.substr(1) : text;
  const std::size_t point = std::min(digits.find('.'), digits.size());
  std::string fraction(digits.substr(std::min(point + 1, digits.size())));
  if (fraction.size() > 9) {
    return std::nullopt;
  }
  fraction.resize(9, '0');
  std::int64_t whole = 0;
  std::int64_t part = 0;
  const auto read = [](std::string_view from, std::int64_t& into) {
    const auto [end, error] = std::from_chars(from.data(), from.data() + from.size(), into);
    return error == std::errc() && end == from.data() + from.size() && from.front() != '-';
  };
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / nanoseconds_per_second - 1;
  if (point == 0 || !read(digits.substr(0, point), whole) || !read(fraction, part) || whole > most) {
    return std::nullopt;
  }
  const std::int64_t count = whole * nanoseconds_per_second + part;
  return Nanoseconds(negative ? -count : count);
}

} // namespace

CsvWriter::CsvWriter(Instant origin, const std::vector<std::string>& header) : origin_(origin) {
  for (const std::string& name : header) {
    text(name);
  }
  end_row();
}

void CsvWriter::separate() {
  if (!row_begins_) {
    text_.push_back(',');
  }
  row_begins_ = false;
}

CsvWriter& CsvWriter::text(std::string_view field) {
  separate();
  if (field.find_first_of(",\"\r\n") == std::string_view::npos) {
    text_.append(field);
    return *this;
  }
  text_.push_back('"');
  for (const char letter : field) {
    if (letter == '"') {
      text_.push_back('"');
    }
    text_.push_back(letter);
  }
  text_.push_back('"');
  return *this;
}

CsvWriter& CsvWriter::number(std::uint64_t value) {
  separate();
  fmt::format_to(std::back_inserter(text_), "{}", value);
  return *this;
}

CsvWriter& CsvWriter::number(double value) {
  separate();
  fmt::format_to(std::back_inserter(text_), "{}", value);
  return *this;
}

CsvWriter& CsvWriter::seconds(Nanoseconds span) {
  separate();
  const std::int64_t count = span.count() < 0 ? -span.count() : span.count();
  fmt::format_to(
      std::back_inserter(text_),
      "{}{}.{:09}",
      span.count() < 0 ? "-" : "",
      count / nanoseconds_per_second,
      count % nanoseconds_per_second);
  return *this;
}

void CsvWriter::end_row() {
  text_.push_back('\n');
  row_begins_ = true;
}

CsvReader::CsvReader(std::string name, std::string_view text, Instant origin)
    : name_(std::move(name)), rest_(text), origin_(origin) {
  std::vector<std::string> header;
  if (!read_row(header)) {
    throw Error(name_ + " is empty");
  }
  for (std::size_t i = 0; i < header.size(); ++i) {
    columns_[header[i]] = i;
  }
}

bool CsvReader::read_row(std::vector<std::string>& row) {
  row.clear();
  if (rest_.empty()) {
    return false;
  }
  line_ = next_line_;
  bool quoted = false;
  std::string field;
  for (std::size_t at = 0; at < rest_.size(); ++at) {
    const char letter = rest_[at];
    next_line_ += letter == '\n' ? 1 : 0;
    if (quoted) {
      if (letter != '"') {
        field.push_back(letter);
      } else if (at + 1 < rest_.size() && rest_[at + 1] == '"') {
        field.push_back(rest_[++at]);
      } else {
        quoted = false;
      }
    } else if (letter == '"') {
      quoted = true;
    } else if (rest_.substr(at, 2) == "\r\n") {
      continue; // the end of the line comes next
    } else if (letter == ',' || letter == '\n') {
      row.push_back(std::move(field));
      field.clear();
      if (letter == '\n') {
        rest_.remove_prefix(at + 1);
        return true;
      }
    } else {
      field.push_back(letter);
    }
  }
  throw Error(fmt::format("{}: line {} is cut off", name_, line_));
}

bool CsvReader::next() {
  if (!read_row(row_)) {
    return false;
  }
  if (row_.size() != columns_.size()) {
    throw Error(fmt::format("{}: line {} has {} columns instead of {}", name_, line_, row_.size(), columns_.size()));
  }
  return true;
}

void CsvReader::refuse(std::string_view column, std::string_view why) const {
  throw Error(fmt::format("{}: line {}: {} '{}' {}", name_, line_, column, quotable(text(column)), why));
}

const std::string& CsvReader::text(std::string_view column) const {
  const auto found = columns_.find(column);
  if (found == columns_.end()) {
    throw Error(fmt::format("{} has no column {}", name_, column));
  }
  return row_[found->second];
}

std::uint64_t CsvReader::count(std::string_view column) const {
  const std::string& field = text(column);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc() || end != field.data() + field.size()) {
    refuse(column, "is no count");
  }
  return value;
}

double CsvReader::number(std::string_view column) const {
  const std::string& field = text(column);
  double value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc() || end != field.data() + field.size() || !std::isfinite(value)) {
    refuse(column, "is no number");
  }
  return value;
}

Nanoseconds CsvReader::seconds(std::string_view column) const {
  const auto span = parse_seconds(text(column));
  if (!span) {
    refuse(column, "is no time in seconds");
  }
  return *span;
}

std::optional<Instant> CsvReader::maybe_at(std::string_view column) const {
  return text(column).empty() ? std::nullopt : std::optional(at(column));
}

} // namespace migralab
