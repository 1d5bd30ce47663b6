// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/digests.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

const std::string digest = sha256_of_text("x");

std::string complaint(const std::string& text) {
  try {
    static_cast<void>(parse_digest_lines(text));
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

TEST(Digests, AreWrittenAsSha256sumDoes) {
  const Digests digests{{"b c", sha256_of_text("")}, {"a/b", digest}};
  const std::string lines = digest + "  a/b\n" + sha256_of_text("") + "  b c\n";
  EXPECT_EQ(digest_lines(digests), lines);
  EXPECT_EQ(parse_digest_lines(lines), digests);
  EXPECT_TRUE(parse_digest_lines("").empty());
}

TEST(Digests, TellTheLineThatIsWrong) {
  EXPECT_EQ(complaint(digest + "  a\nnothing\n"), "SHA256SUMS: line 2 is none of sha256sum's: 'nothing'");
  EXPECT_EQ(complaint(digest + "  a\n" + digest + "  a\n"), "SHA256SUMS: line 2 lists a a second time");
  for (const std::string& wrong :
       {digest, digest + "  ", digest + " a", digest + "  /etc/passwd", digest + "  a/../../b", "X" + digest + "  a"}) {
    EXPECT_NE(complaint(wrong).find("line 1 is none of sha256sum's"), std::string::npos) << wrong;
  }
}

} // namespace
} // namespace migralab
