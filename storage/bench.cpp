// SPDX-License-Identifier: Apache-2.0
#include "bench.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/interrupt.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <random>
#include <variant>

namespace migralab {

namespace {

constexpr auto silence_limit = std::chrono::seconds(10);

/// Incompressible, and the same for the same seed.
std::string noise(std::uint64_t length, std::uint64_t seed) {
  std::mt19937_64 generator(seed);
  std::string bytes;
  bytes.reserve(length);
  while (bytes.size() < length) {
    const std::uint64_t word = generator();
    bytes.append(reinterpret_cast<const char*>(&word), sizeof word);
  }
  return bytes;
}

class Loop {
public:
  Loop(AsyncDisk& disk, Bytes size, const BenchLoad& load)
      : disk_(disk), load_(load), blocks_(size.count / load.block.count), offsets_(load.seed),
        data_(std::make_shared<const std::string>(noise(load.block.count, load.seed))) {
    if (blocks_ == 0 || load.depth == 0) {
      throw Error(fmt::format("no block of {} fits on a disk of {}", to_string(load.block), to_string(size)));
    }
  }

  BenchResult run() {
    BenchResult result;
    result.load = load_;
    const Instant began = std::chrono::steady_clock::now();
    end_ = began + load_.span;
    last_ = began;
    latencies_.reserve(std::size_t{1} << 16U);
    while (true) {
      throw_if_interrupted();
      while (in_flight_ < load_.depth && std::chrono::steady_clock::now() < end_) {
        submit();
      }
      if (in_flight_ == 0) {
        break;
      }
      const std::uint64_t before = latencies_.size();
      disk_.service(Deadline(std::chrono::milliseconds(200)));
      if (latencies_.size() == before && std::chrono::steady_clock::now() - last_ > silence_limit) {
        throw Error(fmt::format("no request of {} in flight was answered for {}", in_flight_, human(silence_limit)));
      }
    }
    result.took = last_ - began;
    std::sort(latencies_.begin(), latencies_.end());
    result.latencies = std::move(latencies_);
    return result;
  }

private:
  std::uint64_t next_offset() {
    const std::uint64_t block = load_.pattern == BenchLoad::Pattern::random
                                    ? std::uniform_int_distribution<std::uint64_t>(0, blocks_ - 1)(offsets_)
                                    : next_++ % blocks_;
    return block * load_.block.count;
  }

  void submit() {
    const std::uint64_t offset = next_offset();
    const Instant submitted = std::chrono::steady_clock::now();
    ++in_flight_;
    const auto done = [this, submitted] {
      last_ = std::chrono::steady_clock::now();
      latencies_.push_back(last_ - submitted);
      --in_flight_;
    };
    if (load_.operation == BenchLoad::Operation::read) {
      disk_.read(offset, load_.block.count, done);
    } else {
      disk_.write(offset, data_, done);
    }
  }

  AsyncDisk& disk_;
  const BenchLoad& load_;
  std::uint64_t blocks_;
  std::mt19937_64 offsets_;
  std::shared_ptr<const std::string> data_;
  std::uint64_t next_ = 0;
  unsigned in_flight_ = 0;
  Instant end_;
  Instant last_;
  std::vector<Nanoseconds> latencies_;
};

struct Open {
  std::unique_ptr<AsyncDisk> operator()(const FileSource& source) const {
    throw Error(
        fmt::format("{} is a file on its host: there is no storage server to measure", source.path.native()),
        ExitStatus::bad_input);
  }
  std::unique_ptr<AsyncDisk> operator()(const BlockSource& source) const {
    throw Error(
        fmt::format("{} is a block device of a machine, which is not measured from here", source.path.native()),
        ExitStatus::bad_input);
  }
  std::unique_ptr<AsyncDisk> operator()(const AoeSource& /*source*/) const {
    throw Error("a disk served by AoE is measured on a machine only, not from here", ExitStatus::bad_input);
  }
  template <typename Remote> std::unique_ptr<AsyncDisk> operator()(const Remote& source) const {
    return open_for_bench(source);
  }
};

} // namespace

double BenchResult::operations_per_second() const {
  const double seconds = std::chrono::duration<double>(took).count();
  return seconds > 0 ? static_cast<double>(latencies.size()) / seconds : 0;
}

double BenchResult::bytes_per_second() const {
  return operations_per_second() * static_cast<double>(load.block.count);
}

Nanoseconds BenchResult::percentile(double share) const {
  if (latencies.empty()) {
    return {};
  }
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(latencies.size())));
  return latencies[std::clamp<std::size_t>(rank, 1, latencies.size()) - 1];
}

BenchResult run_load(AsyncDisk& disk, Bytes size, const BenchLoad& load) {
  return Loop(disk, size, load).run();
}

BenchResult bench_disk(const DiskSource& source, Bytes size, const BenchLoad& load) {
  const std::unique_ptr<AsyncDisk> disk = std::visit(Open{}, source);
  return run_load(*disk, size, load);
}

std::string to_string(BenchLoad::Operation operation) {
  return operation == BenchLoad::Operation::read ? "read" : "write";
}

std::string to_string(BenchLoad::Pattern pattern) {
  return pattern == BenchLoad::Pattern::random ? "random" : "sequential";
}

} // namespace migralab
