// SPDX-License-Identifier: Apache-2.0
#include "bench.hpp"

#include "migralab/core/error.hpp"

#include <deque>
#include <gtest/gtest.h>
#include <set>
#include <thread>

namespace migralab {
namespace {

using namespace std::chrono_literals;

/// Answers one request per call, the oldest first, after a while.
class SlowDisk final : public AsyncDisk {
public:
  explicit SlowDisk(Nanoseconds each) : each_(each) {}

  void read(std::uint64_t offset, std::uint64_t /*count*/, Done done) override { submit(offset, std::move(done)); }
  void write(std::uint64_t offset, std::shared_ptr<const std::string> data, Done done) override {
    written.insert(*data);
    submit(offset, std::move(done));
  }
  void service(const Deadline& /*deadline*/) override {
    std::this_thread::sleep_for(each_);
    if (!waiting_.empty()) {
      const Done done = std::move(waiting_.front());
      waiting_.pop_front();
      done();
    }
  }

  std::vector<std::uint64_t> offsets;
  std::set<std::string> written;
  std::size_t deepest = 0;

private:
  void submit(std::uint64_t offset, Done done) {
    offsets.push_back(offset);
    waiting_.push_back(std::move(done));
    deepest = std::max(deepest, waiting_.size());
  }

  Nanoseconds each_;
  std::deque<Done> waiting_;
};

BenchLoad load(unsigned depth) {
  return {.block = {512}, .depth = depth, .span = 40ms};
}

TEST(BenchLoop, KeepsTheWishedNumberOfRequestsInFlightAndTimesEach) {
  SlowDisk disk(1ms);
  const BenchResult result = run_load(disk, Bytes{64 * 512}, load(4));
  EXPECT_EQ(disk.deepest, 4U);
  EXPECT_EQ(result.latencies.size(), disk.offsets.size()) << "what was submitted was waited for";
  EXPECT_GE(result.took, 40ms);
  // In a queue of four each waits for three others.
  EXPECT_GE(result.percentile(0.5), 4ms);
  EXPECT_TRUE(std::is_sorted(result.latencies.begin(), result.latencies.end()));
  for (const std::uint64_t offset : disk.offsets) {
    EXPECT_EQ(offset % 512, 0U);
    EXPECT_LT(offset, 64U * 512U);
  }
}

TEST(BenchLoop, TakesTheSameOffsetsForTheSameSeed) {
  const auto offsets = [](std::uint64_t seed) {
    SlowDisk disk(0ns);
    BenchLoad random = load(1);
    random.seed = seed;
    static_cast<void>(run_load(disk, Bytes::mib(64), random));
    disk.offsets.resize(20);
    return disk.offsets;
  };
  EXPECT_EQ(offsets(1), offsets(1));
  EXPECT_NE(offsets(1), offsets(2));
}

TEST(BenchLoop, GoesThroughTheDiskInOrderWhenSequential) {
  SlowDisk disk(1ms);
  BenchLoad sequential = load(2);
  sequential.pattern = BenchLoad::Pattern::sequential;
  sequential.operation = BenchLoad::Operation::write;
  static_cast<void>(run_load(disk, Bytes{4 * 512}, sequential));
  ASSERT_GE(disk.offsets.size(), 6U);
  disk.offsets.resize(6);
  EXPECT_EQ(disk.offsets, (std::vector<std::uint64_t>{0, 512, 1024, 1536, 0, 512}));
  ASSERT_EQ(disk.written.size(), 1U);
  EXPECT_EQ(disk.written.begin()->size(), 512U);
}

TEST(BenchLoop, RefusesABlockLargerThanTheDisk) {
  SlowDisk disk(0ns);
  EXPECT_THROW(static_cast<void>(run_load(disk, Bytes{511}, load(1))), Error);
}

TEST(BenchResult, PercentilesAreNearestRank) {
  BenchResult result;
  EXPECT_EQ(result.percentile(0.5), 0ns);
  for (int i = 1; i <= 200; ++i) {
    result.latencies.emplace_back(i);
  }
  EXPECT_EQ(result.percentile(0), 1ns);
  EXPECT_EQ(result.percentile(0.5), 100ns);
  EXPECT_EQ(result.percentile(0.99), 198ns);
  EXPECT_EQ(result.percentile(0.999), 200ns);
  EXPECT_EQ(result.percentile(1), 200ns);
  result.took = 2s;
  result.load.block = {4096};
  EXPECT_DOUBLE_EQ(result.operations_per_second(), 100);
  EXPECT_DOUBLE_EQ(result.bytes_per_second(), 409600);
}

TEST(Bench, RefusesAFileOfTheHost) {
  EXPECT_THROW(static_cast<void>(bench_disk(FileSource{"/x"}, Bytes::mib(1), load(1))), Error);
}

} // namespace
} // namespace migralab
