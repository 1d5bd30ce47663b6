// SPDX-License-Identifier: Apache-2.0
#include "some_messages.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <limits>
#include <random>

namespace migralab::coordination::test {
namespace {

std::string longest(char letter, std::size_t number) {
  const std::string digits = std::to_string(number);
  return std::string(longest_name - digits.size(), letter) + digits;
}

/// The most that a report may be: every name and every text at its longest.
Report largest_report() {
  Report report{42, std::string(longest_text, '!'), {{1, 1, 1}, {1, 1, 1}, {}}, {}};
  for (std::size_t i = 0; i < most_guests; ++i) {
    report.sample.guests.push_back(guest(longest('g', i), 0.5));
  }
  for (std::size_t i = 0; i < 20; ++i) {
    report.orders.push_back({{1, i}, longest('g', i), longest('h', i)});
  }
  return report;
}

TEST(Report, EveryPartFitsADatagram) {
  const auto parts = split(largest_report());
  EXPECT_GT(parts.size(), 100U);
  EXPECT_LE(parts.size(), 255U);
  for (const ReportPart& part : parts) {
    const Message message{longest('a', 1), longest('c', 1), 1, 2, 3, Info{4, part}};
    EXPECT_EQ(opened(seal(message, some_key())), message);
  }
}

TEST(Report, OfAFewGuestsIsOneDatagram) {
  EXPECT_EQ(split(some_report(10)).size(), 1U);
  EXPECT_EQ(split(some_report(0)).size(), 1U);
}

TEST(Assembly, TakesPartsInAnyOrder) {
  const Report report = some_report(500);
  std::mt19937 random(1);
  for (int i = 0; i < 20; ++i) {
    auto parts = split(report);
    std::shuffle(parts.begin(), parts.end(), random);
    Assembly assembly;
    for (std::size_t at = 0; at + 1 < parts.size(); ++at) {
      EXPECT_EQ(assembly.add(parts[at]), std::nullopt);
      EXPECT_EQ(assembly.add(parts[at]), std::nullopt) << "twice is once";
    }
    EXPECT_EQ(assembly.add(parts.back()), report);
  }
}

TEST(Assembly, NewerReportsReplaceOlderOnes) {
  Report older = some_report(100);
  Report newer = some_report(90);
  newer.ticket = older.ticket + 1;
  const auto old_parts = split(older);
  const auto new_parts = split(newer);
  ASSERT_GT(old_parts.size(), 2U);
  Assembly assembly;
  EXPECT_EQ(assembly.add(old_parts[0]), std::nullopt);
  EXPECT_EQ(assembly.add(new_parts[0]), std::nullopt);
  for (std::size_t at = 1; at < old_parts.size(); ++at) {
    EXPECT_EQ(assembly.add(old_parts[at]), std::nullopt);
  }
  for (std::size_t at = 1; at + 1 < new_parts.size(); ++at) {
    EXPECT_EQ(assembly.add(new_parts[at]), std::nullopt);
  }
  EXPECT_EQ(assembly.add(new_parts.back()), newer);
}

TEST(HostSample, SaysWhatMakesItUnusable) {
  const auto problem = [](const auto& change) {
    HostSample sample = some_report().sample;
    change(sample);
    return problem_of(sample);
  };
  EXPECT_EQ(problem([](HostSample&) {}), "");
  EXPECT_EQ(problem([](HostSample& s) { s.load.net = std::numeric_limits<double>::quiet_NaN(); }), "net is nan");
  EXPECT_EQ(problem([](HostSample& s) { s.load.cpu = -0.5; }), "cpu is -0.5");
  EXPECT_EQ(problem([](HostSample& s) { s.capacity.mem = 0; }), "capacity: mem is 0");
  EXPECT_EQ(
      problem([](HostSample& s) { s.guests[0].load.mem = std::numeric_limits<double>::infinity(); }),
      "guest guest-0: mem is inf");
  EXPECT_EQ(problem([](HostSample& s) { s.guests[0].image_mb = 0; }), "guest guest-0: its memory is 0");
  EXPECT_EQ(problem([](HostSample& s) { s.guests[1].name = "guest-0"; }), "guest guest-0: listed twice");
  EXPECT_EQ(
      problem([](HostSample& s) { s.guests[1].name = "my guest"; }),
      "guest 'my guest': a name is 1 to 63 letters, digits, '.', '_' and '-'");
  EXPECT_EQ(problem([](HostSample& s) { s.guests.resize(most_guests + 1); }), "1025 guests; a report carries 1024");
}

} // namespace
} // namespace migralab::coordination::test
