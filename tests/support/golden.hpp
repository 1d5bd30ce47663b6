// SPDX-License-Identifier: Apache-2.0
// Golden files: a whole text compared with a file of the repository. With MIGRALAB_ACCEPT=1 the file is written instead
// and the test is skipped, never passed: read the diff before you commit it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <string>
#include <string_view>

namespace migralab::test {

/// A path inside the source tree: source_path("topologies/quickstart.lab.yaml").
inline std::filesystem::path source_path(const std::filesystem::path& relative) {
  return std::filesystem::path(MIGRALAB_SOURCE_DIR) / relative;
}

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// Compares `actual` with the file at `path`; a missing file is a failure.
inline void expect_golden(const std::filesystem::path& path, const std::string& actual) {
  const char* accept = std::getenv("MIGRALAB_ACCEPT");
  if (accept != nullptr && std::string_view(accept) == "1") {
    std::ofstream(path, std::ios::binary) << actual;
    GTEST_SKIP() << "accepted " << path;
  }
  ASSERT_TRUE(std::filesystem::exists(path)) << "no golden file " << path << "; the text is:\n" << actual;
  EXPECT_EQ(read_text(path), actual) << "differs from " << path << " (MIGRALAB_ACCEPT=1 writes it)";
}

} // namespace migralab::test
