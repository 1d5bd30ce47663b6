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
  EXPECT_EQ(complaint("s\n1.5\n2.", "s"), "t.csv: row 3 is cut off");
  EXPECT_EQ(complaint("s\n1.5,3\n", "s"), "t.csv: row 2 has 2 columns instead of 1");
  for (const char* wrong : {"soon", "1.1234567891", "--1", "1.-5", ".5", ""}) {
    EXPECT_EQ(
        complaint(std::string("s\n") + wrong + "\n", "s"),
        std::string("t.csv: row 2: s '") + wrong + "' is no time in seconds");
  }
}

} // namespace
} // namespace migralab
