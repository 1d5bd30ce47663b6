// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/units.hpp"

#include <gtest/gtest.h>
#include <string>
#include <utility>

namespace migralab {
namespace {

using namespace std::chrono_literals;

TEST(Bytes, ReadsUnits) {
  const std::pair<const char*, std::uint64_t> cases[] = {
      {"256MiB", 268435456},
      {"1.5 GiB", 1610612736},
      {"64MB", 64000000},
      {"512B", 512},
      {"4KiB", 4096},
      {"3kB", 3000},
      {"0B", 0},
      {"0.5KiB", 512},
      {"2TiB", 2199023255552},
      {"9223372036854775807B", 9223372036854775807U}};
  for (const auto& [text, count] : cases) {
    const auto parsed = parse_bytes(text);
    if (std::string(text).size() > 19) {
      EXPECT_FALSE(parsed.value) << text; // 19 digits: refused, a larger unit says it shorter
      continue;
    }
    ASSERT_TRUE(parsed.value) << text << ": " << parsed.problem;
    EXPECT_EQ(parsed.value->count, count) << text;
  }
}

TEST(Bytes, SaysWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"256", "no unit: write 256MiB (1024 x 1024 bytes) or 256MB (a million bytes)"},
      {"256M", "unit 'M' has two meanings: write 256MiB (1024-based) or 256MB (1000-based)"},
      {"4k", "unit 'k' has two meanings: write 4KiB (1024-based) or 4kB (1000-based)"},
      {"1Gbit/s", "'Gbit/s' is a rate, not an amount: write for example 256MiB"},
      {"1MB/s", "'MB/s' is a rate, not an amount: write for example 256MiB"},
      {"1mib", "unknown unit 'mib': write B, KiB, MiB, GiB, TiB, kB, MB, GB or TB"},
      {"1.5B", "not a whole number of bytes: write fewer decimals"},
      {"9999999TiB", "too large: the limit is 2^63-1 bytes"},
      {"-1MiB", "negative: write a number without a sign, then a unit, for example 256MiB"},
      {"MiB", "not a quantity: write a number, then a unit, for example 256MiB"},
      {"1.MiB", "not a quantity: write a number, then a unit, for example 256MiB"},
      {".5MiB", "not a quantity: write a number, then a unit, for example 256MiB"},
      {"", "not a quantity: write a number, then a unit, for example 256MiB"},
      {"1.2.3MiB", "unknown unit '.3MiB': write B, KiB, MiB, GiB, TiB, kB, MB, GB or TB"}};
  for (const auto& [text, problem] : cases) {
    const auto parsed = parse_bytes(text);
    EXPECT_FALSE(parsed.value) << text;
    EXPECT_EQ(parsed.problem, problem) << text;
  }
}

TEST(Bytes, PrintsTheShortestExactForm) {
  EXPECT_EQ(to_string(Bytes::mib(256)), "256MiB");
  EXPECT_EQ(to_string(Bytes::mib(1536)), "1.5GiB");
  EXPECT_EQ(to_string(Bytes{1000}), "1000B");
  EXPECT_EQ(to_string(Bytes{1024}), "1KiB");
  EXPECT_EQ(to_string(Bytes{0}), "0B");
  EXPECT_EQ(to_string(Bytes{100000000}), "100000000B");
  EXPECT_EQ(to_string(Bytes::mib(1025)), "1025MiB");
}

TEST(Bytes, PrintedFormReadsBack) {
  for (const std::uint64_t count : {1ULL, 511ULL, 1536ULL, 1048577ULL, 1ULL << 40U, 123456789012ULL}) {
    EXPECT_EQ(parse_bytes(to_string(Bytes{count})).value, Bytes{count});
  }
}

TEST(BitRate, ReadsUnits) {
  const std::pair<const char*, std::uint64_t> cases[] = {
      {"1Gbit/s", 1000000000},
      {"100 Mbit/s", 100000000},
      {"10kbit/s", 10000},
      {"1Gbps", 1000000000},
      {"2.5Gbit/s", 2500000000},
      {"7bit/s", 7}};
  for (const auto& [text, rate] : cases) {
    const auto parsed = parse_bit_rate(text);
    ASSERT_TRUE(parsed.value) << text << ": " << parsed.problem;
    EXPECT_EQ(parsed.value->bits_per_second, rate) << text;
  }
}

TEST(BitRate, SaysWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"100", "no unit: write 100Mbit/s or 100Gbit/s"},
      {"125MB/s", "'MB/s' counts bytes per second, links count bits per second: write 1Gbit/s"},
      {"1MiB/s", "'MiB/s' counts bytes per second, links count bits per second: write 8388608bit/s"},
      {"1GBps", "'GBps' counts bytes per second, links count bits per second: write 8Gbit/s"},
      {"1Gbit", "'Gbit' is an amount, not a rate: write 1Gbit/s"},
      {"1gbit/s", "unknown unit 'gbit/s': write bit/s, kbit/s, Mbit/s or Gbit/s"},
      {"fast", "not a quantity: write a number, then a unit, for example 1Gbit/s"}};
  for (const auto& [text, problem] : cases) {
    const auto parsed = parse_bit_rate(text);
    EXPECT_FALSE(parsed.value) << text;
    EXPECT_EQ(parsed.problem, problem) << text;
  }
}

TEST(BitRate, Prints) {
  EXPECT_EQ(to_string(BitRate{1000000000}), "1Gbit/s");
  EXPECT_EQ(to_string(BitRate{100000000}), "100Mbit/s");
  EXPECT_EQ(to_string(BitRate{2500000000}), "2.5Gbit/s");
  EXPECT_EQ(to_string(BitRate{7}), "7bit/s");
}

TEST(Duration, ReadsUnits) {
  EXPECT_EQ(parse_duration("250ms").value, 250ms);
  EXPECT_EQ(parse_duration("1.5s").value, 1500ms);
  EXPECT_EQ(parse_duration("2min").value, 120s);
  EXPECT_EQ(parse_duration("10us").value, 10us);
  EXPECT_EQ(parse_duration("1h").value, 3600s);
  EXPECT_EQ(parse_duration("5").problem, "no unit: write 5ms or 5s");
  EXPECT_EQ(parse_duration("5m").problem, "unknown unit 'm': write ns, us, ms, s, min, h or d");
}

TEST(Human, ThreeFigures) {
  EXPECT_EQ(human(45200us), "45.2 ms");
  EXPECT_EQ(human(1200ms), "1.20 s");
  EXPECT_EQ(human(980us), "980 us");
  EXPECT_EQ(human(999600ns), "1.00 ms"); // not "1000 us"
  EXPECT_EQ(human(9996us), "10.0 ms");
  EXPECT_EQ(human(12ns), "12 ns");
  EXPECT_EQ(human(0ns), "0 s");
  EXPECT_EQ(human(-45200us), "-45.2 ms");
  EXPECT_EQ(human(1234s), "1234 s");
  EXPECT_EQ(human(Bytes{12897485}), "12.3 MiB");
  EXPECT_EQ(human(Bytes{512}), "512 B");
  EXPECT_EQ(human(Bytes::gib(1)), "1.00 GiB");
}

} // namespace
} // namespace migralab
