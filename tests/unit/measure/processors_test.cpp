// SPDX-License-Identifier: Apache-2.0
#include "loopback.hpp"
#include "migralab/measure/processors.hpp"

#include <gtest/gtest.h>

namespace migralab::test {
namespace {

TEST(ProcessorSampler, ReadsAtOnceThenRegularlyAndOnceMore) {
  std::atomic<int> readings = 0;
  const auto sampler = start_processor_sampler(10ms, [&] {
    return std::map<std::string, Nanoseconds>{{"h1", ++readings * 1us}};
  });
  std::this_thread::sleep_for(105ms);
  const std::vector<ProcessorSample> samples = sampler->stop();
  ASSERT_GE(samples.size(), 3U) << "even on a busy machine";
  EXPECT_LE(samples.size(), 14U);
  EXPECT_EQ(samples.size(), static_cast<std::size_t>(readings)) << "all of them are kept";
  for (std::size_t i = 0; i < samples.size(); ++i) {
    EXPECT_EQ(samples[i].used.at("h1"), static_cast<Nanoseconds::rep>(i + 1) * 1us);
    EXPECT_TRUE(i == 0 || samples[i].at > samples[i - 1].at);
  }
}

TEST(ProcessorSampler, IsBehindWithoutABurst) {
  const auto sampler = start_processor_sampler(5ms, [] {
    std::this_thread::sleep_for(20ms);
    return std::map<std::string, Nanoseconds>{};
  });
  std::this_thread::sleep_for(100ms);
  const std::vector<ProcessorSample> samples = sampler->stop();
  EXPECT_GE(samples.size(), 2U);
  EXPECT_LE(samples.size(), 8U);
}

TEST(ProcessorSampler, RethrowsAndRefusesNonsense) {
  const auto sampler =
      start_processor_sampler(1ms, []() -> std::map<std::string, Nanoseconds> { throw Error("no such group"); });
  EXPECT_THROW(static_cast<void>(sampler->stop()), Error);
  EXPECT_THROW(
      static_cast<void>(start_processor_sampler(0ms, [] { return std::map<std::string, Nanoseconds>{}; })), Error);
  EXPECT_THROW(static_cast<void>(start_processor_sampler(1ms, {})), Error);
}

} // namespace
} // namespace migralab::test
