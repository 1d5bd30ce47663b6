// SPDX-License-Identifier: Apache-2.0
#include "places.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

const std::string text = "lab: small\n"
                         "guests:\n"
                         "  web:\n"
                         "    memory: 1GiB\n"
                         "    services: [http, ssh]\n"
                         "  db: {memory: 2GiB}\n"
                         "rows:\n"
                         "  - [a, b]\n";

std::pair<std::size_t, std::size_t> place(const std::string& path) {
  const Location where = Places(text).of(path);
  return {where.line, where.column};
}

using At = std::pair<std::size_t, std::size_t>;

TEST(Places, OfAValue) {
  EXPECT_EQ(place("lab"), At(1, 6));
  EXPECT_EQ(place("guests.web.memory"), At(4, 13));
  EXPECT_EQ(place("guests.db.memory"), At(6, 16));
}

TEST(Places, OfListItemsByNumber) {
  EXPECT_EQ(place("guests.web.services.1"), At(5, 22));
  EXPECT_EQ(place("rows.0.1"), At(8, 8));
}

TEST(Places, OfAMapOrAListAreItsKey) {
  EXPECT_EQ(place("guests"), At(2, 1));
  EXPECT_EQ(place("guests.web"), At(3, 3));
  EXPECT_EQ(place("guests.web.services"), At(5, 5));
}

TEST(Places, OfWhatIsNotThereAreWhatWouldHoldIt) {
  EXPECT_EQ(place("guests.db.disk.size"), At(6, 3));
  EXPECT_EQ(place("guests.mail.memory"), At(2, 1));
  EXPECT_EQ(place("guests.web.services.7"), At(5, 5));
  EXPECT_EQ(place("hosts.h1"), At(0, 0));
}

TEST(Places, OfAFileThatCannotBeReadAreNone) {
  const std::string broken = "lab: [";
  EXPECT_EQ(Places(broken).of("lab").line, 0U);
}

} // namespace
} // namespace migralab
