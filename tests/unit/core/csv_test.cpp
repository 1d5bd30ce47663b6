// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/csv.hpp"

#include "migralab/core/error.hpp"

#include <gtest/gtest.h>
#include <limits>

namespace migralab {
namespace {

const Instant origin{std::chrono::hours(5)};

std::string complaint(const std::string& text, const std::string& column) {
  try {
    CsvReader reader("t.csv", text, origin);
    while (reader.next()) {
      static_cast<void>(reader.seconds(column));
    }
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

TEST(Csv, GivesBackWhatWasWritten) {
  CsvWriter writer(origin, {"text", "count", "number", "span", "at", "maybe"});
  const std::string nasty = "a,\"b\"\nc\r\n,";
  writer.text(nasty).number(std::numeric_limits<std::uint64_t>::max()).number(0.1).seconds(Nanoseconds(-1));
  writer.at(origin + Nanoseconds(1'234'567'890'123)).at(std::nullopt).end_row();
  writer.text("").number(std::uint64_t{0}).number(1e-300).seconds(Nanoseconds(1'500'000'000));
  writer.at(origin - Nanoseconds(2'000'000'001)).at(std::optional(origin)).end_row();
  const std::string text = writer.take();

  CsvReader reader("t.csv", text, origin);
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.text("text"), nasty);
  EXPECT_EQ(reader.count("count"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(reader.number("number"), 0.1);
  EXPECT_EQ(reader.seconds("span"), Nanoseconds(-1));
  EXPECT_EQ(reader.at("at") - origin, Nanoseconds(1'234'567'890'123));
  EXPECT_FALSE(reader.maybe_at("maybe"));
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.text("text"), "");
  EXPECT_EQ(reader.number("number"), 1e-300);
  EXPECT_EQ(reader.at("at"), origin - Nanoseconds(2'000'000'001));
  EXPECT_EQ(reader.maybe_at("maybe"), origin);
  EXPECT_FALSE(reader.next());
}

TEST(Csv, WritesSecondsExactly) {
  CsvWriter writer(origin, {"s"});
  writer.seconds(std::chrono::milliseconds(-1500)).end_row();
  EXPECT_EQ(writer.take(), "s\n-1.500000000\n");
}

TEST(Csv, TellsWhatIsWrongAndWhere) {
  EXPECT_EQ(complaint("", "s"), "t.csv is empty");
  EXPECT_EQ(complaint("a\n1\n", "s"), "t.csv has no column s");
  EXPECT_EQ(complaint("s\n1.5\n2.", "s"), "t.csv: line 3 is cut off");
  EXPECT_EQ(complaint("s\n1.5,3\n", "s"), "t.csv: line 2 has 2 columns instead of 1");
  for (const char* wrong : {"soon", "1.1234567891", "--1", "1.-5", ".5", "", "99999999999"}) {
    EXPECT_EQ(
        complaint(std::string("s\n") + wrong + "\n", "s"),
        std::string("t.csv: line 2: s '") + wrong + "' is no time in seconds");
  }
}

TEST(Csv, CountsLinesAndNotRows) {
  CsvReader reader("t.csv", "a,s\n\"x\ny\",1\nz,soon\n", origin);
  ASSERT_TRUE(reader.next());
  ASSERT_TRUE(reader.next());
  try {
    static_cast<void>(reader.seconds("s"));
    FAIL() << "it was taken";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "t.csv: line 4: s 'soon' is no time in seconds");
  }
}

TEST(Csv, TakesLinesThatEndInCrLf) {
  CsvReader reader("t.csv", "a,s\r\n\"x\r\ny\",1.5\r\n", origin);
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.text("a"), "x\r\ny") << "in quotes it is text";
  EXPECT_EQ(reader.seconds("s"), std::chrono::milliseconds(1500));
  EXPECT_FALSE(reader.next());
}

TEST(Csv, RefusesNumbersThatAreNone) {
  for (const char* wrong : {"nan", "-nan", "inf", "1e999", "1x", ""}) {
    const std::string text = std::string("v\n") + wrong + "\n";
    CsvReader reader("t.csv", text, origin);
    ASSERT_TRUE(reader.next());
    EXPECT_THROW(static_cast<void>(reader.number("v")), Error) << wrong;
  }
}

TEST(Csv, QuotesALongOrBinaryFieldInShort) {
  const std::string message = complaint("s\n\x1b[2J" + std::string(1000, 'x') + "\n", "s");
  EXPECT_EQ(message, "t.csv: line 2: s '\\x1b[2J" + std::string(56, 'x') + "...' is no time in seconds");
}

} // namespace
} // namespace migralab
