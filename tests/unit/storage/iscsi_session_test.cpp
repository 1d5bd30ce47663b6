// SPDX-License-Identifier: Apache-2.0
#include "iscsi/session.hpp"

#include "migralab/core/error.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

TEST(IscsiSession, APortWhereNobodyListensIsSaidInOneLine) {
  std::string said;
  try {
    const IscsiSession session(
        {.portal = "127.0.0.1", .port = 1, .target = "iqn.2026-11.org.migralab:x"}, std::chrono::seconds(2));
  } catch (const Error& error) {
    said = error.what();
  }
  EXPECT_EQ(said, "127.0.0.1:1 does not answer");
}

} // namespace
} // namespace migralab
