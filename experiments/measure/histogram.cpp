// SPDX-License-Identifier: Apache-2.0
#include "migralab/measure/histogram.hpp"

#include "migralab/core/error.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <fmt/format.h>

namespace migralab {

namespace {

// Values below 2 * half have a bucket each. From there on each doubling of the value has `half` buckets, of twice the
// width of those before, so that a bucket's width is never more than 1/half of its least value.
constexpr unsigned half_bits = 10;
constexpr std::uint64_t half = std::uint64_t{1} << half_bits;

/// log2 of the width of the value's bucket.
unsigned width_bits(std::uint64_t value) {
  const auto bits = static_cast<unsigned>(std::bit_width(value));
  return bits > half_bits + 1 ? bits - half_bits - 1 : 0;
}

std::size_t index_of(Nanoseconds time) {
  const auto value = static_cast<std::uint64_t>(time.count());
  const unsigned width = width_bits(value);
  return width * half + (value >> width);
}

HistogramBucket bucket_at(std::size_t index) {
  const std::uint64_t width = index < 2 * half ? 0 : index / half - 1;
  const std::uint64_t least = (index - width * half) << width;
  return {
      .least = Nanoseconds(static_cast<Nanoseconds::rep>(least)),
      .greatest = Nanoseconds(static_cast<Nanoseconds::rep>(least + (std::uint64_t{1} << width) - 1))};
}

} // namespace

void Histogram::record(Nanoseconds value, std::uint64_t times) {
  if (value < Nanoseconds(0)) {
    throw Error(fmt::format("a time of {} ns does not belong in a histogram", value.count()));
  }
  if (times == 0) {
    return;
  }
  counts_[index_of(value)] += times;
  minimum_ = count_ == 0 ? value : std::min(minimum_, value);
  maximum_ = std::max(maximum_, value);
  sum_ += static_cast<long double>(value.count()) * static_cast<long double>(times);
  count_ += times;
}

void Histogram::merge(const Histogram& other) {
  if (other.count_ == 0) {
    return;
  }
  minimum_ = count_ == 0 ? other.minimum_ : std::min(minimum_, other.minimum_);
  maximum_ = std::max(maximum_, other.maximum_);
  sum_ += other.sum_;
  count_ += other.count_;
  for (const auto& [index, count] : other.counts_) {
    counts_[index] += count;
  }
}

Nanoseconds Histogram::mean() const {
  return count_ == 0 ? Nanoseconds(0) : Nanoseconds(std::llround(sum_ / static_cast<long double>(count_)));
}

Nanoseconds Histogram::quantile(double share) const {
  if (!(share >= 0.0 && share <= 1.0)) {
    throw Error(fmt::format("{} is no share of all values: 0 to 1", share));
  }
  // A hair less than the product: 0.99 * 100 is a little above 99 in binary.
  const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_) * (1 - 1e-12)));
  std::uint64_t below = 0;
  for (const auto& [index, count] : counts_) {
    below += count;
    if (below >= std::max<std::uint64_t>(rank, 1)) {
      return std::clamp(bucket_at(index).greatest, minimum_, maximum_);
    }
  }
  return maximum_;
}

std::vector<HistogramBucket> Histogram::buckets() const {
  std::vector<HistogramBucket> filled;
  for (const auto& [index, count] : counts_) {
    filled.push_back(bucket_at(index));
    filled.back().count = count;
  }
  return filled;
}

} // namespace migralab
