// SPDX-License-Identifier: Apache-2.0
#include "id_map.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

std::optional<IdRange> range_of(const std::string& text) {
  return parse_subordinate_ids(text, "anna", 1000);
}

TEST(SubordinateIds, AreFoundByNameAndByNumber) {
  EXPECT_EQ(range_of("anna:100000:65536\n"), (IdRange{100000, 65536}));
  EXPECT_EQ(range_of("1000:100000:65536\n"), (IdRange{100000, 65536}));
  EXPECT_EQ(range_of("bob:1:2\nanna:100000:65536\ncarl:3:4\n"), (IdRange{100000, 65536}));
  EXPECT_EQ(range_of("anna:100000:65536"), (IdRange{100000, 65536})) << "no newline at the end";
  EXPECT_EQ(range_of("anna:0:4294967295\n"), (IdRange{0, 4294967295}));
}

TEST(SubordinateIds, OfOthersAreNotTaken) {
  EXPECT_EQ(range_of(""), std::nullopt);
  EXPECT_EQ(range_of("annabel:100000:65536\nann:100000:65536\n10001:100000:65536\n100:100000:65536\n"), std::nullopt);
  EXPECT_EQ(range_of(" anna:100000:65536\n"), std::nullopt);
  EXPECT_EQ(range_of("#anna:100000:65536\n"), std::nullopt);
}

TEST(SubordinateIds, TheLongestRangeCounts) {
  EXPECT_EQ(range_of("anna:1:10\nanna:100000:65536\n1000:5:100\n"), (IdRange{100000, 65536}));
  EXPECT_EQ(range_of("anna:1:10\nanna:2:10\n"), (IdRange{1, 10})) << "of equal ones the first";
}

TEST(SubordinateIds, LinesThatAreNoneAreSkipped) {
  for (const char* line :
       {"anna",
        "anna:",
        "anna:100000",
        "anna:100000:",
        "anna:100000:many",
        "anna:many:65536",
        "anna:-1:65536",
        "anna:100000:-65536",
        "anna:100000 65536",
        "anna:100000:99999999999999999999999",
        "anna:100000:65536:",
        "anna:100000: 65536",
        "anna:100000:65536\r", // newuidmap(1) does not read it either
        ":100000:65536",
        "\n\n"}) {
    EXPECT_EQ(range_of(line), std::nullopt) << line;
    EXPECT_EQ(range_of(std::string(line) + "\nanna:7:8\n"), (IdRange{7, 8})) << line;
  }
}

} // namespace
} // namespace migralab
