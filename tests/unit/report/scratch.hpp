// SPDX-License-Identifier: Apache-2.0
// A folder that goes with its test, and everything in a folder.
#pragma once

#include "migralab/core/error.hpp"
#include "support/golden.hpp"

#include <map>

namespace migralab::test {

class Scratch {
public:
  Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "migralab-report-XXXXXX").native();
    if (::mkdtemp(pattern.data()) == nullptr) {
      throw system_error("cannot make a temporary folder");
    }
    path_ = pattern;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored; // a leftover in /tmp must not fail a test
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

/// By path in the folder.
inline std::map<std::string, std::string> contents(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      files[entry.path().lexically_relative(folder).native()] = read_text(entry.path());
    }
  }
  return files;
}

} // namespace migralab::test
