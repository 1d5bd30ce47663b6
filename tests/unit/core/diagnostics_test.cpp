// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/diagnostics.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

TEST(Diagnostics, PrintsPlaceExcerptCaretHintAndNote) {
  Diagnostics diagnostics("lab.yaml", "hosts:\n  h1: {}\n  web: {host: h3}\n");
  diagnostics.error({3, 15, 2}, "unknown host 'h3'", "did you mean 'h1'?")
      .notes.emplace_back(Location{2, 3, 2}, "a host");
  EXPECT_EQ(
      diagnostics.render(),
      "lab.yaml:3:15: error: unknown host 'h3'\n"
      "    3 |   web: {host: h3}\n"
      "      |               ^~\n"
      "hint: did you mean 'h1'?\n"
      "lab.yaml:2:3: note: a host\n"
      "1 error in lab.yaml\n");
}

TEST(Diagnostics, SortsByPlaceAndCounts) {
  Diagnostics diagnostics("f", "one\ntwo\n");
  diagnostics.error({2, 1, 3}, "second");
  diagnostics.warning({1, 1, 3}, "first");
  diagnostics.error({}, "whole file");
  EXPECT_EQ(
      diagnostics.render(),
      "f: error: whole file\n"
      "f:1:1: warning: first\n"
      "    1 | one\n"
      "      | ^~~\n"
      "f:2:1: error: second\n"
      "    2 | two\n"
      "      | ^~~\n"
      "2 errors, 1 warning in f\n");
}

TEST(Diagnostics, CountsCharactersNotBytes) {
  Diagnostics diagnostics("f", "k\xC3\xBC\xC3\xBC: \xC3\xA4\xC3\xB6 x\n"); // "kuu: ao x" with umlauts
  diagnostics.error({1, 8, 4}, "umlauts");
  EXPECT_EQ(
      diagnostics.render(),
      "f:1:6: error: umlauts\n"
      "    1 | k\xC3\xBC\xC3\xBC: \xC3\xA4\xC3\xB6 x\n"
      "      |      ^~\n"
      "1 error in f\n");
}

TEST(Diagnostics, KeepsTabsAndCutsUnderlinesAtTheLineEnd) {
  Diagnostics diagnostics("f", "\tab\r\n");
  diagnostics.error({1, 2, 99}, "tab");
  EXPECT_EQ(diagnostics.render(), "f:1:2: error: tab\n    1 | \tab\n      | \t^~\n1 error in f\n");
}

TEST(Diagnostics, SurvivesPlacesOutsideTheText) {
  Diagnostics diagnostics("f", "a\n");
  diagnostics.error({1, 50, 3}, "behind the line");
  diagnostics.error({9, 1, 1}, "behind the file");
  EXPECT_EQ(
      diagnostics.render(),
      "f:1:2: error: behind the line\n    1 | a\n      |  ^\nf:9:1: error: behind the file\n2 errors in f\n");
}

TEST(Diagnostics, ThrowsOnlyForErrors) {
  Diagnostics diagnostics("f", "a\n");
  EXPECT_EQ(diagnostics.render(), "");
  diagnostics.warning({1, 1, 1}, "careful");
  EXPECT_FALSE(diagnostics.has_errors());
  EXPECT_NO_THROW(diagnostics.throw_if_errors());
  diagnostics.error({1, 1, 1}, "wrong");
  try {
    diagnostics.throw_if_errors();
    FAIL() << "no InputError";
  } catch (const InputError& error) {
    EXPECT_EQ(error.status(), ExitStatus::bad_input);
    EXPECT_EQ(error.what(), diagnostics.render());
  }
}

TEST(Diagnostics, ShowOfALongLineThePartAroundTheToken) {
  const std::string line = std::string(5000, 'a') + "WRONG" + std::string(5000, 'b');
  Diagnostics diagnostics("x.yaml", line);
  diagnostics.error({.line = 1, .column = 5001, .length = 5}, "no");
  const std::string rendered = diagnostics.render();
  EXPECT_NE(
      rendered.find(
          "    1 | ..." + std::string(60, 'a') + "WRONG" + std::string(95, 'b') + "...\n      | " +
          std::string(63, ' ') + "^~~~~\n"),
      std::string::npos)
      << rendered;
}

TEST(Diagnostics, ShowWhatWouldActOnATerminal) {
  Diagnostics diagnostics("x.yaml", "a\x1b[2Jb");
  diagnostics.error({.line = 1, .column = 6, .length = 1}, "no");
  EXPECT_NE(diagnostics.render().find("    1 | a\\x1b[2Jb\n      |         ^\n"), std::string::npos)
      << diagnostics.render();
}

} // namespace
} // namespace migralab
