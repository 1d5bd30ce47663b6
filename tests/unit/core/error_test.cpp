// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"

#include <cerrno>
#include <gtest/gtest.h>

namespace migralab {
namespace {

TEST(ErrorContext, IsAddedByEveryLayer) {
  try {
    with_context("up quickstart", [] {
      with_context("host h1", [] { throw machine_lacks("program 'ip' not found", "install iproute2"); });
    });
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "up quickstart: host h1: program 'ip' not found");
    EXPECT_EQ(error.hint(), "install iproute2");
    EXPECT_EQ(error.status(), ExitStatus::machine_lacks);
  }
}

TEST(ErrorContext, LeavesResultsAndOtherExceptionsAlone) {
  EXPECT_EQ(with_context("anything", [] { return 42; }), 42);
  EXPECT_THROW(with_context("anything", [] { throw std::out_of_range("x"); }), std::out_of_range);
}

TEST(ErrorContext, NamesTheSystemsReason) {
  errno = ENOENT;
  const Error error = system_error("cannot open /x");
  EXPECT_STREQ(error.what(), "cannot open /x: No such file or directory");
  EXPECT_EQ(error.status(), ExitStatus::failed);
  EXPECT_EQ(error.hint(), "");
}

TEST(ExitCodes, AreTheTableOfTheManual) {
  EXPECT_EQ(static_cast<int>(ExitStatus::ok), 0);
  EXPECT_EQ(static_cast<int>(ExitStatus::failed), 1);
  EXPECT_EQ(static_cast<int>(ExitStatus::bad_input), 2);
  EXPECT_EQ(static_cast<int>(ExitStatus::machine_lacks), 3);
  EXPECT_EQ(static_cast<int>(ExitStatus::interrupted), 130);
}

} // namespace
} // namespace migralab
