// SPDX-License-Identifier: Apache-2.0
// The fixture of tests that bring labs up: once as root, once as an ordinary user.
#pragma once

#include "support/cli.hpp"
#include "support/machine.hpp"

#include <cstdlib>
#include <gtest/gtest.h>

namespace migralab::test {

/// A skipped test is a failure where CI is true.
#define MIGRALAB_SKIP_UNLESS(why_not)                                                                                  \
  if (const std::string reason = (why_not); !reason.empty()) {                                                         \
    const char* ci = std::getenv("CI");                                                                                \
    if (ci != nullptr && std::string_view(ci) == "true") {                                                             \
      FAIL() << "skipped, and in CI that is a failure: " << reason;                                                    \
    }                                                                                                                  \
    GTEST_SKIP() << reason;                                                                                            \
  }                                                                                                                    \
  static_assert(true)

class LabTest : public ::testing::TestWithParam<Mode> {
protected:
  void SetUp() override {
    MIGRALAB_SKIP_UNLESS(lacking(GetParam()));
    adopt_orphans();
  }
};

#define MIGRALAB_BOTH_MODES(suite)                                                                                     \
  INSTANTIATE_TEST_SUITE_P(                                                                                            \
      Labs, suite, ::testing::Values(Mode::root, Mode::rootless), ::testing::PrintToStringParamName())

/// Exit code 0, or all that the command said.
[[nodiscard]] inline ::testing::AssertionResult succeeded(const Finished& finished) {
  return finished.code == 0 ? ::testing::AssertionSuccess()
                            : ::testing::AssertionFailure() << ::testing::PrintToString(finished);
}

/// This exit code, this text on stderr, and no time-out.
[[nodiscard]] inline ::testing::AssertionResult
refused(const Finished& finished, int code, const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    if (finished.errors.find(text) == std::string::npos) {
      return ::testing::AssertionFailure() << "no '" << text << "' in: " << ::testing::PrintToString(finished);
    }
  }
  return finished.code == code
             ? ::testing::AssertionSuccess()
             : ::testing::AssertionFailure() << "expected exit " << code << ": " << ::testing::PrintToString(finished);
}

} // namespace migralab::test
