// SPDX-License-Identifier: Apache-2.0
// A histogram of times with three significant digits over their whole range, after HdrHistogram (Tene): log-linear
// buckets, of which only those that hold something take room: at most 1024 for each doubling of the times recorded.
#pragma once

#include "migralab/core/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace migralab {

/// From `least` to `greatest`, both included.
struct HistogramBucket {
  Nanoseconds least;
  Nanoseconds greatest;
  std::uint64_t count = 0;
};

class Histogram {
public:
  /// Throws Error for a negative time.
  void record(Nanoseconds value, std::uint64_t times = 1);
  /// As if everything recorded there had been recorded here.
  void merge(const Histogram& other);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// Exact; 0 when empty.
  [[nodiscard]] Nanoseconds minimum() const { return minimum_; }
  [[nodiscard]] Nanoseconds maximum() const { return maximum_; }
  /// Exact to a nanosecond; 0 when empty.
  [[nodiscard]] Nanoseconds mean() const;
  /// The value that at least the `share` (0 to 1) of all values are not above (nearest rank), as the greatest of its
  /// bucket: never below the exact one, and above it by less than a thousandth. 0 when empty. Throws Error for a share
  /// that is none.
  [[nodiscard]] Nanoseconds quantile(double share) const;
  /// Those that are not empty, in order.
  [[nodiscard]] std::vector<HistogramBucket> buckets() const;

private:
  std::map<std::size_t, std::uint64_t> counts_; // by bucket
  std::uint64_t count_ = 0;
  long double sum_ = 0; // of nanoseconds; 64 bits of mantissa
  Nanoseconds minimum_{};
  Nanoseconds maximum_{};
};

} // namespace migralab
