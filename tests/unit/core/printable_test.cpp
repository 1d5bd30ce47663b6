// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/printable.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

TEST(Printable, KeepsTextAndShowsWhatWouldActOnATerminal) {
  EXPECT_EQ(printable("a\tb\nü 漢 🙂"), "a\tb\nü 漢 🙂");
  EXPECT_EQ(printable("\x1b[2J\a\r\x7f"), "\\x1b[2J\\x07\\x0d\\x7f");
  EXPECT_EQ(printable(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(printable("\xc2\x9b"), "\\xc2\\x9b") << "U+009B begins a control sequence, too";
}

TEST(Printable, ShowsBytesThatAreNoUtf8) {
  EXPECT_EQ(printable("\xff"), "\\xff");
  EXPECT_EQ(printable("\xc3"), "\\xc3") << "cut off";
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf") << "overlong";
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "a surrogate";
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "beyond U+10FFFF";
  EXPECT_EQ(printable("\xe4x"), "\\xe4x");
}

TEST(Quotable, IsOneShortLine) {
  EXPECT_EQ(quotable("a\nb\tc"), "a b c");
  EXPECT_EQ(quotable("üüüü", 3), "üüü...");
  EXPECT_EQ(quotable("üüü", 3), "üüü");
}

} // namespace
} // namespace migralab
