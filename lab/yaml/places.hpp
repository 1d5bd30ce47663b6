// SPDX-License-Identifier: Apache-2.0
// Where a file says what: for mistakes that show only once the whole file, and others, have been read.
#pragma once

#include "yaml_reader.hpp"

namespace migralab {

class Places {
public:
  /// `text` has been read without a syntax error (else nothing is found) and outlives this.
  explicit Places(const std::string& text) : reader_(text, ignored_, {}), root_(reader_.root()) {}

  /// Of the value at a path of keys joined by dots ("guests.web.memory"; in lists numbers from 0), of the key where the
  /// value takes several lines, or of the last key of the path that is there; line 0 where not even the first is.
  [[nodiscard]] Location of(const std::string& path);

private:
  [[nodiscard]] Location below(const YamlValue& value, const std::string& path);

  Diagnostics ignored_;
  YamlReader reader_;
  std::optional<YamlValue> root_;
};

} // namespace migralab
