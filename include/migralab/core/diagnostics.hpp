// SPDX-License-Identifier: Apache-2.0
// Mistakes in a user's file: collected, all of them, each with its place, and printed like a compiler does:
//
//   lab.yaml:9:14: error: unknown host 'h3'
//     9 |   web: {host: h3, memory: 256MiB}
//       |               ^~
//   hint: did you mean 'h1'? Hosts of this file: h1, h2
//   lab.yaml:4:3: note: first defined here
#pragma once

#include "migralab/core/error.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace migralab {

/// A place in a user's file. `line` and `column` count from 1; line 0 means the file as a whole. Column and length
/// count bytes; what is printed counts characters.
struct Location {
  std::size_t line = 0;
  std::size_t column = 0;
  std::size_t length = 1; // to underline
};

/// A value and the place it was read at.
template <typename T> struct Located {
  T value{};
  Location where{};
};

struct Diagnostic {
  enum class Severity { error, warning };
  Severity severity = Severity::error;
  Location where;
  std::string message;
  std::string hint;                                         // may be empty
  std::vector<std::pair<Location, std::string>> notes = {}; // other places concerned
};

/// All that is wrong with one file. Value type; owns the text so that it can show excerpts.
class Diagnostics {
public:
  Diagnostics() = default;
  Diagnostics(std::string file_name, std::string text);

  /// Adds an error; returns it so that notes can be added at once: the next call ends the reference's life.
  Diagnostic& error(Location where, std::string message, std::string hint = {});
  Diagnostic& warning(Location where, std::string message, std::string hint = {});

  [[nodiscard]] bool has_errors() const;
  [[nodiscard]] const std::vector<Diagnostic>& all() const { return all_; }

  /// Every diagnostic in order of place, with excerpt, caret, hint and notes, then "N errors, M warnings in FILE";
  /// empty when there is nothing to say.
  [[nodiscard]] std::string render() const;

  /// Throws InputError when there is an error.
  void throw_if_errors() const;

private:
  std::string file_name_;
  std::vector<std::string> lines_;
  std::vector<Diagnostic> all_;
};

/// what() is the whole rendered list; exit code 2.
class InputError : public Error {
public:
  explicit InputError(const std::string& rendered) : Error(rendered, ExitStatus::bad_input) {}
};

} // namespace migralab
