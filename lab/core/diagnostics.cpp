// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/diagnostics.hpp"

#include "migralab/core/printable.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <string_view>
#include <tuple>
#include <utility>

namespace migralab {
namespace {

constexpr bool continues_a_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues_a_character(c); }));
}

std::vector<std::string> split_lines(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) {
    text.remove_prefix(3); // a byte order mark is no part of the first line
  }
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    lines.emplace_back(line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

constexpr std::size_t widest = 160;      // bytes of a line that are shown
constexpr std::size_t before_token = 60; // of these in front of what is underlined

/// Where a character begins, at `at` or just before it.
std::size_t character_at(std::string_view text, std::size_t at) {
  at = std::min(at, text.size());
  while (at > 0 && at < text.size() && continues_a_character(text[at])) {
    --at;
  }
  return at;
}

/// The line and, below it, the underline: "^~~". Tabs are kept in the padding so that the caret stays below its token.
/// Of a long line the part around its token.
std::string excerpt(std::string_view line, const Location& where) {
  const auto start = std::min(where.column - 1, line.size());
  const bool is_long = line.size() > widest;
  const auto first = is_long && start > before_token ? character_at(line, start - before_token) : 0;
  const auto last = is_long ? character_at(line, first + widest) : line.size();
  const std::string before = (first > 0 ? "..." : "") + printable(line.substr(first, start - first));
  const std::string token = printable(line.substr(start, std::min(where.length, last - start)));
  const std::string after = printable(line.substr(start, last - start)) + (last < line.size() ? "..." : "");
  std::string padding;
  for (const char c : before) {
    if (!continues_a_character(c)) {
      padding += c == '\t' ? '\t' : ' ';
    }
  }
  const auto underlined = std::max<std::size_t>(1, characters(token));
  return fmt::format(
      "{:>5} | {}{}\n      | {}^{}\n", where.line, before, after, padding, std::string(underlined - 1, '~'));
}

std::string counted(std::ptrdiff_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

} // namespace

Diagnostics::Diagnostics(std::string file_name, std::string text)
    : file_name_(std::move(file_name)), lines_(split_lines(text)) {}

Diagnostic& Diagnostics::error(Location where, std::string message, std::string hint) {
  return all_.emplace_back(Diagnostic{Diagnostic::Severity::error, where, std::move(message), std::move(hint), {}});
}

Diagnostic& Diagnostics::warning(Location where, std::string message, std::string hint) {
  return all_.emplace_back(Diagnostic{Diagnostic::Severity::warning, where, std::move(message), std::move(hint), {}});
}

bool Diagnostics::has_errors() const {
  return std::any_of(all_.begin(), all_.end(), [](const Diagnostic& diagnostic) {
    return diagnostic.severity == Diagnostic::Severity::error;
  });
}

std::string Diagnostics::render() const {
  const auto line_at = [this](const Location& where) {
    return where.line >= 1 && where.line <= lines_.size() ? std::string_view(lines_[where.line - 1])
                                                          : std::string_view();
  };
  const auto place = [&](const Location& where) {
    if (where.line == 0) {
      return file_name_;
    }
    if (where.column == 0) {
      return fmt::format("{}:{}", file_name_, where.line);
    }
    return fmt::format("{}:{}:{}", file_name_, where.line, characters(line_at(where).substr(0, where.column - 1)) + 1);
  };

  std::vector<Diagnostic> sorted = all_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.where.line, a.where.column) < std::tie(b.where.line, b.where.column);
  });

  std::string text;
  for (const Diagnostic& diagnostic : sorted) {
    const bool is_error = diagnostic.severity == Diagnostic::Severity::error;
    text += fmt::format("{}: {}: {}\n", place(diagnostic.where), is_error ? "error" : "warning", diagnostic.message);
    if (diagnostic.where.line >= 1 && diagnostic.where.line <= lines_.size() && diagnostic.where.column >= 1) {
      text += excerpt(line_at(diagnostic.where), diagnostic.where);
    }
    if (!diagnostic.hint.empty()) {
      text += fmt::format("hint: {}\n", diagnostic.hint);
    }
    for (const auto& [where, note] : diagnostic.notes) {
      text += fmt::format("{}: note: {}\n", place(where), note);
    }
  }
  if (!all_.empty()) {
    const auto errors = std::count_if(all_.begin(), all_.end(), [](const Diagnostic& diagnostic) {
      return diagnostic.severity == Diagnostic::Severity::error;
    });
    const auto warnings = std::ssize(all_) - errors;
    text += fmt::format(
        "{}{}{} in {}\n",
        errors > 0 ? counted(errors, "error") : "",
        errors > 0 && warnings > 0 ? ", " : "",
        warnings > 0 ? counted(warnings, "warning") : "",
        file_name_);
  }
  return text;
}

void Diagnostics::throw_if_errors() const {
  if (has_errors()) {
    throw InputError(render());
  }
}

} // namespace migralab
